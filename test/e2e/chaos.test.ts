/**
 * A server or network that goes away in the middle of a run and comes back: the process survives, says so once, and
 * catches up.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { openTestDatabase } from '../support/database.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { CORE } from '../support/rig.ts';
import { LEFT_OVERS, settingsOf, startServiceProcesses, warnings } from '../support/service-process.ts';
import { tcpProxy, through } from '../support/tcp-proxy.ts';

const EVERY_FIVE_SECONDS = '*/5 * * * * *';
/** Stands for the 30 seconds of a database that fails over; what is repeated is repeated by the next turn. */
const AWAY_MS = 8000;
const WORKBOOKS = catalogue.filter(({ name }) => name === 'workbooks');
/** One line for each stream that was under way, one for the run that is repeated, one for what is away. */
const ENOUGH = CORE.length + 2;

describe.concurrent('the database', () => {
  it.each(['cut', 'silence'] as const)('goes away in the middle of a run: %s', async (how) => {
    await using test = await openTestDatabase({ migrated: false });
    const direct = test.url ?? '';
    await using proxy = await tcpProxy(Number(new URL(direct).port));
    await using rig = await startServiceProcesses({
      ...{ url: direct, organization: { workbooks: 120 }, latencyMs: 100 },
    });
    rig.settings(settingsOf(EVERY_FIVE_SECONDS));
    const service = rig.start([], { env: { DATABASE_URL: through(direct, proxy) } });
    await service.event('run.started');
    await sleep(1000);
    if (how === 'cut') await proxy.cut();
    else proxy.silence();
    // A server that does not answer is found out by its silence.
    const told = await service.event('service.unreachable', { withinMs: 60_000 });
    await sleep(AWAY_MS);
    await proxy.restore();
    await service.event('service.recovered', { after: told });
    await service.event('schedule.finished', {
      ...{ after: told, withinMs: 60_000 },
      matches: ({ status }) => status === 'complete',
    });
    expect(await rig.differences()).toEqual([]);
    expect(service.all('service.unreachable')).toHaveLength(1);
    expect(service.all('run.started').some(({ resumedFrom }) => resumedFrom !== undefined)).toBe(true);
    expect(warnings(service).length).toBeLessThanOrEqual(ENOUGH);
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(0);
    expect(await rig.query(LEFT_OVERS)).toEqual([]);
  });

  it('has no space left, and then it has', async () => {
    await using server = await startPrivatePostgres();
    await using rig = await startServiceProcesses({
      ...{ url: server.url, organization: { workbooks: 3000, grants: 3000 } },
      streams: WORKBOOKS,
    });
    rig.settings(settingsOf(EVERY_FIVE_SECONDS, WORKBOOKS));
    await server.stop();
    // Its tables can't grow beyond this, which an empty schema does not reach.
    await server.start({ maxFileBytes: 1 << 20 });
    const service = rig.start();
    const failed = await service.event('schedule.finished');
    expect(failed['status']).toBe('failed');
    expect(failed['error']).toMatch(/ran out of disk space.*Free some space/);
    await sleep(AWAY_MS);
    await server.stop();
    await server.start();
    await service.event('schedule.finished', {
      ...{ after: failed, withinMs: 60_000 },
      matches: ({ status }) => status === 'complete',
    });
    expect(await rig.differences()).toEqual([]);
    // Each turn that fails says so twice: the stream, and that it is repeated.
    const turns = service.all('schedule.due').length;
    expect(warnings(service).length).toBeLessThanOrEqual(2 * turns + 2);
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(0);
    expect(await rig.query(LEFT_OVERS)).toEqual([]);
  });
});

/** True where a process with a mount table of its own can be made, so that names resolve differently there. */
const canUnshare = spawnSync('unshare', ['--mount', 'true']).status === 0;
if (!canUnshare) console.warn('the test of DNS is skipped: this user may not make a mount namespace');

it.skipIf(!canUnshare)('the name of the API does not resolve, and then it does', async () => {
  await using rig = await startServiceProcesses({ organization: { workbooks: 20 } });
  const settings = settingsOf(EVERY_FIVE_SECONDS, undefined, 'sigma: { max_attempts: 3, allow_http: true }');
  rig.settings(settings);
  const hosts = join(rig.folder, 'hosts');
  const order = join(rig.folder, 'nsswitch.conf');
  writeFileSync(hosts, '127.0.0.1 localhost\n');
  writeFileSync(order, 'hosts: files\n');
  // The system's own resolver, for this process with files of its own.
  const script = `mount --bind ${hosts} /etc/hosts && mount --bind ${order} /etc/nsswitch.conf && exec "$@"`;
  const { port } = new URL(rig.simulator.url);
  const service = rig.start([], {
    through: ['unshare', '--mount', 'sh', '-c', script, 'sh'],
    env: { SIGMA_BASE_URL: `http://api.sigma.test:${port}` },
  });
  const failed = await service.event('schedule.finished');
  expect(failed['status']).toBe('failed');
  expect(failed['error']).toMatch(/resolve/);
  writeFileSync(hosts, '127.0.0.1 localhost api.sigma.test\n');
  await service.event('schedule.finished', {
    ...{ after: failed, withinMs: 60_000 },
    matches: ({ status }) => status === 'complete',
  });
  expect(await rig.differences()).toEqual([]);
  // A stream that is a listing says that it failed, and of which part.
  const failures = service.all('schedule.finished').filter(({ status }) => status === 'failed').length;
  expect(warnings(service).length).toBeLessThanOrEqual(failures * (2 * CORE.length + 1));
  service.signal('SIGTERM');
  expect((await service.ended).code).toBe(0);
  expect(await rig.query(LEFT_OVERS)).toEqual([]);
});
