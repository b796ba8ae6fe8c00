/** The service over months: what is due is run once, what failed is repeated, and settings change under way. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ConfigError, LockedError } from '../../src/core/errors.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { Service } from '../../src/operations/service/service.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { NIGHTLY, type ServiceRig, schemas, startServiceRig } from '../support/service-rig.ts';
import { differences } from '../support/truth.ts';

const HOUR = 3_600_000;
const STREAMS = withAncestors(catalogue, new Set(['team_members']));

const finished = (rig: ServiceRig): string[] =>
  rig.all('schedule.finished').map(({ schedule, status }) => `${schedule} ${status}`);

async function isTrue(rig: ServiceRig, service: Service): Promise<string[]> {
  return differences(await service.database(), schemas, rig.simulator.organization, STREAMS);
}

it('runs a new schedule at once, then at its turns, and once for those that were missed', async () => {
  await using rig = await startServiceRig();
  const service = rig.open();
  await rig.turn(service);
  expect(finished(rig)).toEqual(['nightly complete']);
  expect(await isTrue(rig, service)).toEqual([]);

  rig.clock.at += 13 * HOUR;
  await rig.turn(service);
  expect(finished(rig)).toHaveLength(1);
  rig.simulator.organization.mutate(20);
  rig.clock.at += 2 * HOUR;
  await rig.turn(service);
  expect(finished(rig)).toEqual(['nightly complete', 'nightly complete']);
  expect(await isTrue(rig, service)).toEqual([]);

  // Ten days without power.
  await service.stop('SIGTERM');
  rig.clock.at += 240 * HOUR;
  const again = rig.open();
  await rig.turn(again);
  await rig.turn(again);
  expect(finished(rig)).toHaveLength(3);
  const [state] = await again.schedules();
  expect(state).toMatchObject({
    name: 'nightly',
    servedTurn: '2026-12-05T02:00:00.000Z',
    nextTurn: '2026-12-06T02:00:00.000Z',
    lastStatus: 'complete',
    attempts: 0,
    error: null,
  });
});

it('repeats a run while the API is away, and catches up', async () => {
  await using rig = await startServiceRig();
  const service = rig.open({ env: { SIGMA_SYNC_LOG_LEVEL: 'error' } });
  await rig.turn(service);
  rig.simulator.organization.mutate(20);
  rig.clock.at += 15 * HOUR;
  rig.simulator.faults.inject({ kinds: ['reset'], maxInARow: 1000 });
  const waits: number[] = [];
  for (let minute = 0; minute < 10; minute++) {
    await rig.turn(service);
    rig.clock.at += 60_000;
  }
  waits.push(...rig.all('schedule.retry').map(({ delayMs }) => delayMs / 60_000));
  expect(waits).toEqual([1, 2, 4, 8]);
  rig.simulator.faults.clear();
  for (let minute = 0; minute < 8; minute++) {
    await rig.turn(service);
    rig.clock.at += 60_000;
  }
  expect(finished(rig)).toEqual([
    'nightly complete',
    ...['nightly failed', 'nightly failed', 'nightly failed', 'nightly failed'],
    'nightly complete',
  ]);
  expect(await isTrue(rig, service)).toEqual([]);
  const [state] = await service.schedules();
  expect(state).toMatchObject({ attempts: 0, retryAt: null, servedTurn: '2026-11-25T02:00:00.000Z' });
}, 60_000);

it('refuses broken settings and keeps the old ones; takes new ones for what is run next', async () => {
  await using rig = await startServiceRig();
  const service = rig.open();
  await rig.turn(service);

  for (const broken of [
    'schedules: [',
    'schedules:\n  - { name: nightly, cron: "never" }',
    'schedules:\n  - { name: nightly, cron: "0 2 * * *", streams: [workboks] }',
    'schedules:\n  - { name: a, cron: "0 2 * * *" }\n  - { name: a, cron: "0 3 * * *" }',
    'sync: { exclude: [teams] }\nschedules:\n  - { name: a, cron: "0 2 * * *", streams: [team_members], exclude: [slow, members] }',
  ]) {
    rig.settings(broken);
    expect(await service.reload()).toBe(false);
    expect(service.refusedConfig).toBeDefined();
    expect((await service.schedules()).map(({ cron }) => cron)).toEqual(['0 2 * * *']);
  }
  expect(rig.all('config.refused').map(({ error }) => error)[2]).toMatch(/no stream "workboks".*workbooks/);

  rig.settings(NIGHTLY.replace('0 2 * * *', '0 3 * * *').replace('nightly', 'people'));
  expect(await service.reload()).toBe(true);
  expect(service.refusedConfig).toBeUndefined();
  await rig.turn(service);
  expect(finished(rig)).toEqual(['nightly complete', 'people complete']);
});

it('runs and stops what somebody asks for, with or without schedules', async () => {
  await using rig = await startServiceRig({ latencyMs: 200 });
  const service = rig.open({ schedules: false });
  expect(service.role).toBe('page');
  await rig.turn(service);
  expect(finished(rig)).toEqual([]);
  await expect(service.trigger('nighty')).rejects.toThrow(ConfigError);
  await service.trigger('nightly');
  await expect(service.trigger('nightly')).rejects.toThrow(LockedError);
  while (service.running()[0]?.progress.requests === 0) await systemClock.sleep(10);
  expect(service.running()[0]).toMatchObject({ name: 'nightly', trigger: 'page', stopping: false });
  expect(service.cancel('nightly')).toBe(true);
  expect(service.running()[0]).toMatchObject({ stopping: true });
  while (service.running().length > 0) await systemClock.sleep(10);
  expect(service.cancel('nightly')).toBe(false);
  expect(finished(rig)).toEqual(['nightly interrupted']);
  const rows = await (await service.database()).session((session) =>
    session.query('select trigger, schedule, status from sigma_sync.runs'),
  );
  expect(rows).toEqual([{ trigger: 'page', schedule: 'nightly', status: 'interrupted' }]);
});

it('goes on after a stop from where it stopped', async () => {
  await using rig = await startServiceRig({ latencyMs: 100 });
  const service = rig.open();
  await service.tick();
  while (service.running()[0]?.progress.requests === 0) await systemClock.sleep(10);
  await service.stop('SIGTERM');
  const again = rig.open();
  await rig.turn(again);
  expect(finished(rig)).toEqual(['nightly interrupted', 'nightly complete']);
  expect(rig.all('run.started').map(({ resumedFrom }) => resumedFrom !== undefined)).toEqual([false, true]);
  expect(await isTrue(rig, again)).toEqual([]);
});

it('takes a rotated client secret from its file in the middle of a run', async () => {
  // Tokens of a second: the old secret is refused soon after it was revoked.
  await using rig = await startServiceRig({
    tokenLifetimeS: 1,
    latencyMs: 250,
    organization: { members: 20, teams: 80 },
  });
  const file = join(rig.folder, 'secret');
  writeFileSync(file, `${rig.simulator.clientSecret}\n`);
  const service = rig.open({ env: { SIGMA_CLIENT_SECRET_FILE: file } });
  await service.tick();
  while ((service.running()[0]?.progress.requests ?? 0) < 5) await systemClock.sleep(10);
  rig.simulator.rotateSecret('a-brand-new-secret');
  while (rig.all('credentials.refused').length === 0 && service.running().length > 0)
    await systemClock.sleep(10);
  writeFileSync(`${file}.new`, 'a-brand-new-secret\n');
  renameSync(`${file}.new`, file);
  while (service.running().length > 0) await systemClock.sleep(10);
  expect(finished(rig)).toEqual(['nightly complete']);
  expect(rig.all('credentials.refused')).toHaveLength(1);
  expect(service.secrets()).toContain('a-brand-new-secret');
  expect(await isTrue(rig, service)).toEqual([]);
});
