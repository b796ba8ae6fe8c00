/**
 * Two processes on one database: one runs each turn, and the other goes on where it dies or hangs. The tests mostly
 * wait for leases, so they wait side by side.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  LEFT_OVERS,
  OVERLAPS,
  type ServiceProcesses,
  settingsOf,
  startServiceProcesses,
} from '../support/service-process.ts';
import type { RunningCli } from '../support/start-cli.ts';

const EVERY_TWO_SECONDS = '*/2 * * * * *';

/** Starts two; the first one that is ready leads. */
async function startPair(rig: ServiceProcesses): Promise<{ leader: RunningCli; standby: RunningCli }> {
  const leader = rig.start();
  await leader.event('lease.acquired');
  const standby = rig.start();
  await standby.event('service.started');
  return { leader, standby };
}

/** Waits until the run book has a number of runs that are at their end. */
async function runsDone(rig: ServiceProcesses, wanted: number): Promise<void> {
  const count = async (): Promise<number> => {
    const rows = await rig
      .query<{ done: number }>(`select count(*)::int as done from sigma_sync.runs where status = 'complete'`)
      .catch(() => []);
    return rows[0]?.done ?? 0;
  };
  for (const deadline = Date.now() + 60_000; (await count()) < wanted; await sleep(200))
    if (Date.now() > deadline) throw new Error(`only ${await count()} runs in a minute`);
}

it.concurrent('each turn is served by one of them, once, whoever comes and goes', async () => {
  await using rig = await startServiceProcesses({ organization: { workbooks: 10 } });
  rig.settings(settingsOf(EVERY_TWO_SECONDS));
  const all = [rig.start(), rig.start()];
  await runsDone(rig, 4);
  // The one that stood by has done nothing; it takes over when the other one goes.
  const led = all.filter((one) => one.all('schedule.due').length > 0);
  expect(led).toHaveLength(1);
  led[0]?.signal('SIGTERM');
  all.push(rig.start());
  await runsDone(rig, 10);
  const turns = all.flatMap((one) => one.all('schedule.due').map(({ turn }) => String(turn)));
  expect(turns.length).toBeGreaterThanOrEqual(10);
  expect(new Set(turns).size).toBe(turns.length);
  expect(await rig.query(OVERLAPS)).toEqual([]);
  expect(all.filter((one) => one.all('schedule.due').length > 0)).toHaveLength(2);
  // Every run in the book belongs to the process that said so, and to one only.
  const runs = await rig.query<{ run_id: string }>('select run_id from sigma_sync.runs');
  const told = all.flatMap((one) => one.all('run.started').map(({ runId }) => String(runId)));
  expect(told.toSorted()).toEqual(runs.map((run) => run.run_id).toSorted());
});

it.concurrent('takes over within a minute from one that was killed in the middle of a run', async () => {
  await using rig = await startServiceProcesses({ organization: { workbooks: 200 }, latencyMs: 250 });
  rig.settings(settingsOf('0 2 * * *'));
  const { leader, standby } = await startPair(rig);
  const begun = await leader.event('run.started');
  await sleep(2000);
  leader.signal('SIGKILL');
  const killedAt = performance.now();
  expect((await leader.ended).signal).toBe('SIGKILL');
  expect(leader.all('run.finished')).toEqual([]);
  const before = rig.simulator.counters.paths.get('GET /v2/workbooks') ?? 0;
  const resumed = await standby.event('run.started', { withinMs: 60_000 });
  const seconds = (performance.now() - killedAt) / 1000;
  console.info(`a killed leader was replaced after ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(60);
  expect(resumed['resumedFrom']).toBe(begun['runId']);
  await standby.event('schedule.finished', { matches: ({ status }) => status === 'complete' });
  // The completed listing was not asked for again.
  expect(rig.simulator.counters.paths.get('GET /v2/workbooks') ?? 0).toBe(before);
  expect(await rig.differences()).toEqual([]);
  expect(await rig.query(LEFT_OVERS)).toEqual([]);
});

it.concurrent('takes the run from one that hangs, which notices and stands by', async () => {
  await using rig = await startServiceProcesses({ organization: { workbooks: 200 }, latencyMs: 250 });
  rig.settings(settingsOf('0 2 * * *'));
  const { leader, standby } = await startPair(rig);
  const begun = await leader.event('run.started');
  await sleep(2000);
  leader.signal('SIGSTOP');
  const haltedAt = performance.now();
  const resumed = await standby.event('run.started', { withinMs: 90_000 });
  const seconds = (performance.now() - haltedAt) / 1000;
  console.info(`a leader that hangs was replaced after ${seconds.toFixed(1)} s`);
  expect(seconds).toBeLessThan(60);
  expect(standby.all('lease.enforced')).toHaveLength(1);
  expect(standby.all('lease.enforced')[0]?.['sessions']).toBeGreaterThan(0);
  expect(resumed['resumedFrom']).toBe(begun['runId']);
  await standby.event('schedule.finished', { matches: ({ status }) => status === 'complete' });
  expect(await rig.differences()).toEqual([]);
  // The result is recorded at the next look.
  await sleep(2000);

  const state = 'select * from sigma_sync.schedules';
  const runs = 'select run_id, status, resumable, error from sigma_sync.runs order by started_at';
  const before = [await rig.query(state), await rig.query(runs)];
  leader.signal('SIGCONT');
  await leader.event('lease.lost', { withinMs: 40_000 });
  await leader.event('schedule.finished');
  // Time enough for it to do what it must not.
  await sleep(3000);
  expect([await rig.query(state), await rig.query(runs)]).toEqual(before);
  expect(leader.all('run.started')).toHaveLength(1);
  expect(await rig.differences()).toEqual([]);
  expect(await rig.query(LEFT_OVERS)).toEqual([]);

  // It stands by, and takes over in its turn.
  standby.signal('SIGTERM');
  expect((await standby.ended).code).toBe(0);
  await leader.event('lease.acquired', { after: leader.all('lease.lost')[0] });
  leader.signal('SIGTERM');
  expect((await leader.ended).code).toBe(0);
});
