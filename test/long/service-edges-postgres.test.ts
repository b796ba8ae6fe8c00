/** The service where two things happen at once: stops, reloads, requests by hand and turns. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LockedError } from '../../src/core/errors.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { openTestDatabase } from '../support/database.ts';
import { NIGHTLY, type ServiceRig, startServiceRig } from '../support/service-rig.ts';

const HOUR = 3_600_000;
const TWO = `${NIGHTLY}  - { name: people, cron: "0 2 * * *", streams: [members] }\n`;

const finished = (rig: ServiceRig): string[] =>
  rig.all('schedule.finished').map(({ schedule, status }) => `${schedule} ${status}`);

it('leaves no job behind that a stop met while its turn was being taken', async () => {
  await using rig = await startServiceRig();
  rig.settings(TWO);
  const service = rig.open();
  const look = service.tick();
  while (rig.all('lease.acquired').length === 0) await systemClock.sleep(1);
  await service.stop('SIGTERM');
  await look;
  expect(service.running()).toEqual([]);
  expect(rig.all('run.started').length).toBe(rig.all('run.finished').length);
  await expect(service.database()).rejects.toThrow('was closed');
  await expect(service.trigger('nightly')).rejects.toThrow(LockedError);

  const again = rig.open();
  await rig.turn(again);
  await rig.turn(again);
  expect(
    finished(rig)
      .filter((line) => line.endsWith('complete'))
      .sort(),
  ).toEqual(['nightly complete', 'people complete']);
});

it('begins a job once, however many ask for it at once', async () => {
  await using rig = await startServiceRig({ latencyMs: 50 });
  const service = rig.open();
  await rig.turn(service);
  const asked = await Promise.allSettled([service.trigger('nightly'), service.trigger('nightly')]);
  expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(service.running()).toHaveLength(1);
  while (service.running().length > 0) await systemClock.sleep(10);
  expect(finished(rig)).toEqual(['nightly complete', 'nightly complete']);
  expect(rig.all('run.started')).toHaveLength(2);
});

it('stops a job that waits for another one at once', async () => {
  await using rig = await startServiceRig({ latencyMs: 300 });
  rig.settings(TWO);
  const service = rig.open({ schedules: false });
  await service.trigger('nightly');
  await service.trigger('people');
  expect(service.cancel('people')).toBe(true);
  await systemClock.sleep(20);
  expect(service.running().map(({ name }) => name)).toEqual(['nightly']);
  expect(finished(rig)).toEqual(['people interrupted']);
});

it('moves to another database, though the old one is gone', async () => {
  await using rig = await startServiceRig();
  await using old = await openTestDatabase({ migrated: false });
  const env: Record<string, string> = { DATABASE_URL: old.url ?? '' };
  // It knows that the schedule was served, by a process that is gone, and with the fence that we have, too.
  const before = rig.open({ env: { DATABASE_URL: rig.test?.url ?? '' } });
  await rig.turn(before);
  await before.stop('SIGTERM');
  const service = rig.open({ env });
  await rig.turn(service);
  await rig.test?.database.session((session) =>
    session.query(`update sigma_sync.leases set holder = '${service.instance}', fence = 1`),
  );
  expect(finished(rig)).toHaveLength(2);
  await old.close();
  rig.clock.at += 60_000;
  await service.tick();
  expect(service.unreachable).toBeDefined();

  env['DATABASE_URL'] = rig.test?.url ?? '';
  expect(await service.reload()).toBe(true);
  expect(service.role).toBe('standby');
  await rig.turn(service);
  expect(service.role).toBe('leader');
  expect(service.unreachable).toBeUndefined();
  // Its turn was served there.
  expect(finished(rig)).toHaveLength(2);
});

it('tells once that a secret was rotated, however many runs follow', async () => {
  await using rig = await startServiceRig();
  const file = join(rig.folder, 'secret');
  writeFileSync(file, rig.simulator.clientSecret);
  const service = rig.open({ env: { SIGMA_CLIENT_SECRET_FILE: file } });
  await rig.turn(service);
  rig.simulator.rotateSecret('a-brand-new-secret');
  writeFileSync(`${file}.new`, 'a-brand-new-secret\n');
  renameSync(`${file}.new`, file);
  for (let night = 0; night < 3; night++) {
    rig.clock.at += 24 * HOUR;
    await rig.turn(service);
  }
  expect(finished(rig)).toEqual(Array.from({ length: 4 }, () => 'nightly complete'));
  expect(rig.all('credentials.rotated')).toEqual([{ secret: 'sigma.client_secret' }]);
  expect(service.secrets().filter((secret) => secret === 'a-brand-new-secret')).toHaveLength(1);
});
