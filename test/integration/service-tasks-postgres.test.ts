/** Single tasks on request: begun beside the schedules, one of a name at a time, and remembered when they ended. */
import { expect, it } from 'vitest';
import { NIGHTLY, startServiceRig } from '../support/service-rig.ts';

const ended = async (look: () => unknown): Promise<void> =>
  expect.poll(look, { timeout: 60_000, interval: 50 }).toBeDefined();

it('a sync and a refresh are done once, and how they ended is known', async () => {
  await using rig = await startServiceRig();
  rig.settings(NIGHTLY);
  const service = rig.open({ schedules: false });
  const sync = { kind: 'sync', stream: 'team_members', acceptsDeletions: false } as const;
  await service.ask(sync);
  expect(service.running()).toMatchObject([{ name: 'sync team_members, by hand', trigger: 'page' }]);
  await expect(service.ask(sync)).rejects.toThrow('"sync team_members, by hand" is already running.');
  await service.ask({ kind: 'refresh' });
  await ended(() => service.ended('sync team_members, by hand'));
  expect(service.ended('sync team_members, by hand')).toMatchObject({ status: 'complete', error: undefined });
  await ended(() => service.ended('refresh of the answers'));
  expect(service.ended('refresh of the answers')).toMatchObject({ status: 'complete', runId: undefined });
  // No schedule counts it as its turn.
  expect(await service.schedules()).toMatchObject([{ name: 'nightly', lastRunId: null, servedTurn: null }]);
  expect(rig.all('schedule.due')).toEqual([]);
});

it('what is not there is refused before anything begins', async () => {
  await using rig = await startServiceRig();
  rig.settings(NIGHTLY);
  const service = rig.open({ schedules: false });
  const [from, to] = [new Date('2026-03-02'), new Date('2026-03-03')];
  await expect(service.ask({ kind: 'sync', stream: 'team_member', acceptsDeletions: true })).rejects.toThrow(
    'There is no stream "team_member".',
  );
  await expect(service.ask({ kind: 'export', export: 'orders', from, to })).rejects.toThrow(
    'The settings have no exports.',
  );
  expect(service.running()).toEqual([]);
});

it('what is asked for is stopped by hand, and by the end of the process', async () => {
  await using rig = await startServiceRig();
  rig.simulator.faults.inject({ kinds: ['slow'], rate: 1, slowMs: 500, maxInARow: 1_000_000 });
  rig.settings(NIGHTLY);
  const service = rig.open({ schedules: false });
  await service.ask({ kind: 'sync', stream: 'team_members', acceptsDeletions: false });
  expect(service.cancel('sync team_members, by hand')).toBe(true);
  await ended(() => service.ended('sync team_members, by hand'));
  expect(service.ended('sync team_members, by hand')?.status).toBe('interrupted');
  await service.ask({ kind: 'sync', stream: 'teams', acceptsDeletions: false });
  await service.stop('the test');
  expect(service.ended('sync teams, by hand')?.status).toBe('interrupted');
  await expect(service.ask({ kind: 'refresh' })).rejects.toThrow('is stopping');
});
