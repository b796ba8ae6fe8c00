/** `start` as a process: its turns, its signals, its settings, and its exit codes. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OVERLAPS, settingsOf, startServiceProcesses } from '../support/service-process.ts';

const EVERY_TWO_SECONDS = '*/2 * * * * *';
const NIGHTLY = '0 2 * * *';

describe('a schedule of every two seconds', () => {
  it('runs at once and again, never twice at a time, until SIGTERM, and the next start goes on', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 60 }, latencyMs: 10 });
    rig.settings(settingsOf(EVERY_TWO_SECONDS));
    const first = rig.start();
    await first.event('service.started');
    let last = await first.event('run.finished');
    expect(await rig.differences()).toEqual([]);
    for (let turn = 0; turn < 3; turn++) {
      rig.simulator.organization.mutate(5);
      last = await first.event('run.finished', { after: last });
    }
    const due = first.all('schedule.due').map(({ turn }) => String(turn));
    expect(new Set(due).size).toBe(due.length);
    // All but the very first are those of the clock on the wall.
    expect(due.slice(1).filter((turn) => !/[02468]\.000Z$/.test(turn))).toEqual([]);
    expect(await rig.query(OVERLAPS)).toEqual([]);

    // In the middle of a run: slowly, from now on.
    // Not so many that the deletion guard objects to the few teams that are left.
    rig.simulator.organization.mutate(60);
    rig.simulator.faults.inject({ kinds: ['slow'], slowMs: 400 });
    const begun = await first.event('run.started', { after: last });
    await sleep(600);
    const asked = performance.now();
    first.signal('SIGTERM');
    expect((await first.ended).code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(first.all('service.stopping')).toHaveLength(1);
    expect(
      await rig.query(`select status, resumable from sigma_sync.runs where run_id = '${begun['runId']}'`),
    ).toEqual([{ status: 'interrupted', resumable: true }]);
    expect(await rig.query('select expires_at <= clock_timestamp() as free from sigma_sync.leases')).toEqual([
      { free: true },
    ]);

    rig.simulator.faults.clear();
    const second = rig.start();
    const acquired = await second.event('lease.acquired');
    const resumed = await second.event('run.started');
    expect(Date.parse(acquired.time)).toBeLessThanOrEqual(Date.parse(resumed.time));
    expect(resumed['resumedFrom']).toBe(begun['runId']);
    await second.event('run.finished');
    expect(await rig.differences()).toEqual([]);
    second.signal('SIGINT');
    expect((await second.ended).code).toBe(0);
  });

  it('ends at once with a second signal', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 60 } });
    rig.settings(settingsOf(EVERY_TWO_SECONDS));
    rig.simulator.faults.inject({ kinds: ['slow'], slowMs: 30_000, match: 'workbooks' });
    const service = rig.start();
    await service.event('run.started');
    await sleep(300);
    service.signal('SIGTERM');
    await service.event('service.stopping');
    const asked = performance.now();
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(1000);
  });

  it('takes new settings with SIGHUP, and refuses broken ones', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 5 } });
    rig.settings(settingsOf(NIGHTLY));
    const service = rig.start();
    await service.event('run.finished');

    rig.settings('schedules: [{ name: broken, cron: "often" }]');
    service.signal('SIGHUP');
    await service.event('config.refused');
    await sleep(2500);
    expect(service.all('config.refused')).toHaveLength(1);
    expect(service.all('config.refused')[0]).toMatchObject({ level: 'error' });
    expect(service.all('config.refused')[0]?.['error']).toMatch(/cron/);
    expect(service.all('run.started')).toHaveLength(1);

    rig.settings(settingsOf(EVERY_TWO_SECONDS));
    service.signal('SIGHUP');
    const reloaded = await service.event('config.reloaded');
    const next = await service.event('run.finished', { after: reloaded });
    await service.event('run.finished', { after: next });
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(0);
    expect(service.all('service.unreachable')).toEqual([]);
  });
});

describe('the page', () => {
  it('that can not move stays where it was, and moves with the next reload', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 1 } });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    rig.settings(settingsOf(NIGHTLY));
    const service = rig.start();
    const { url } = await service.event('service.started');
    rig.settings(settingsOf(NIGHTLY).replace('port: 0', `port: ${port}`));
    service.signal('SIGHUP');
    const failed = await service.event('page.failed');
    expect((await fetch(`${url}/healthz`)).ok).toBe(true);
    taken.close();
    await once(taken, 'close');
    service.signal('SIGHUP');
    await service.event('config.reloaded', { after: failed });
    const answers = async (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(answers, { timeout: 10_000 }).toBe(true);
    service.signal('SIGTERM');
    expect((await service.ended).code).toBe(0);
  });
});

describe.concurrent('start --once', () => {
  it('runs what is due and ends; then nothing is due', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 5 } });
    rig.settings(settingsOf(NIGHTLY));
    expect((await rig.start(['--once']).ended).code).toBe(0);
    expect(await rig.differences()).toEqual([]);
    rig.simulator.counters.reset();
    expect((await rig.start(['--once']).ended).code).toBe(0);
    expect(rig.simulator.counters.toJSON()).toMatchObject({ requests: 0 });
    expect(await rig.query('select trigger, schedule from sigma_sync.runs')).toEqual([
      { trigger: 'schedule', schedule: 'steady' },
    ]);
  });

  it('fails where the API does, and the next call after the wait repeats it', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 5 } });
    rig.settings(settingsOf(NIGHTLY, undefined, 'sigma: { max_attempts: 2 }'));
    rig.simulator.faults.set({ down: true });
    expect((await rig.start(['--once']).ended).code).toBe(1);
    rig.simulator.faults.clear();
    rig.simulator.counters.reset();
    expect((await rig.start(['--once']).ended).code).toBe(0);
    expect(rig.simulator.counters.toJSON()).toMatchObject({ requests: 0 });
    const [waits] = await rig.query<{ seconds: number; attempts: number }>(
      `select extract(epoch from retry_at - clock_timestamp())::float8 as seconds, attempts from sigma_sync.schedules`,
    );
    expect(waits?.attempts).toBe(1);
    expect(waits?.seconds).toBeGreaterThan(20);
    expect(waits?.seconds).toBeLessThan(60);
    await rig.query(`update sigma_sync.schedules set retry_at = clock_timestamp()`);
    expect((await rig.start(['--once']).ended).code).toBe(0);
    expect(await rig.differences()).toEqual([]);
  });

  it('leaves it to another process that runs, and says so when it is stopped', async () => {
    await using rig = await startServiceProcesses({ organization: { workbooks: 5 } });
    rig.settings(settingsOf(NIGHTLY));
    const service = rig.start();
    await service.event('run.finished');
    const [refused, stopped] = [rig.start(['--once']), rig.start(['--once'])];
    await stopped.event('service.started');
    await sleep(2000);
    stopped.signal('SIGTERM');
    expect((await stopped.ended).code).toBe(130);
    const { code, stderr } = await refused.ended;
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/Another process runs the schedules/);

    await service[Symbol.asyncDispose]();
    await rig.query('delete from sigma_sync.leases; delete from sigma_sync.schedules');
    rig.simulator.faults.inject({ kinds: ['slow'], slowMs: 2000 });
    const cut = rig.start(['--once']);
    await cut.event('run.started');
    cut.signal('SIGTERM');
    expect((await cut.ended).code).toBe(130);
  });
});

describe('over the embedded database', () => {
  it('is the only one in its folder, and goes on after it was killed', async () => {
    await using rig = await startServiceProcesses({ embedded: true, organization: { workbooks: 60 } });
    rig.settings(settingsOf(NIGHTLY));
    // Longer than it takes a second process to start.
    rig.simulator.faults.inject({ kinds: ['slow'], slowMs: 1500 });
    const first = rig.start();
    const begun = await first.event('run.started');
    const second = await rig.start().ended;
    expect(second.code, second.stderr).toBe(4);
    expect(second.stderr).toMatch(/Another process \(\d+ on .*\) has the embedded database in .* open/);
    first.signal('SIGKILL');
    await first.ended;
    expect(first.all('run.finished')).toEqual([]);
    rig.simulator.faults.clear();

    const third = rig.start();
    const resumed = await third.event('run.started');
    expect(resumed['resumedFrom']).toBe(begun['runId']);
    await third.event('run.finished');
    third.signal('SIGTERM');
    expect((await third.ended).code).toBe(0);
    expect(await rig.differences()).toEqual([]);
  });
});
