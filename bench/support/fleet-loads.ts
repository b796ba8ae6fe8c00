/** First loads and unchanged runs of many organizations by whole worker processes, and what they take of the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadFleet } from '../../src/config/load-config.ts';
import type { Database } from '../../src/core/database/database.ts';
import { openQueue, PRIORITY, QUEUE, sendOptions } from '../../src/operations/fleet/queue.ts';
import type { RunningCli } from '../../test/support/start-cli.ts';
import { cpuSeconds } from './node-child.ts';
import { note } from './output.ts';
import { machineSeconds, type SimulatedFleet, startFleetCli, writeFleet } from './simulated-fleet.ts';
import { openDatabase, type Target } from './target.ts';

/** Longest wait for anything: on a busy machine, too. */
export const PATIENCE_MS = 1_200_000;

/** Sizes of a load. */
export interface LoadSizes {
  readonly workers: number;
  /** Organizations that a worker works on at once. */
  readonly concurrency: number;
  /** Requests of an organization under way at once. */
  readonly requests: number;
  /** Streams that are synced; without them all. */
  readonly streams: readonly string[] | undefined;
  /** Whether all organizations are run again, with nothing changed. */
  readonly again: boolean;
}

/** Time and resources of the runs of all organizations, once each. */
export interface Taken {
  readonly seconds: number;
  readonly workerCpu: number;
  readonly simulatorCpu: number;
  /** Share of the machine's processors that were at work, for any process. */
  readonly busy: number;
  readonly machine: number;
  readonly walBytes: number;
  readonly requests: number;
  /** Most connections of all workers at one moment. */
  readonly connections: number;
}

/** The first loads, and the unchanged runs where they were wanted. */
export interface Loaded {
  readonly first: Taken;
  readonly again: Taken | undefined;
}

const timeOf = (line: { readonly time: string } | undefined): number => Date.parse(line?.time ?? '');

/** Has workers load all organizations into an empty database. @throws Error where one of them fails */
export async function loadAll(target: Target, fleet: SimulatedFleet, sizes: LoadSizes): Promise<Loaded> {
  const { requests: concurrency, streams } = sizes;
  writeFleet(target, fleet.places, { concurrency, streams });
  await using planner = startFleetCli(target, 'start');
  await planner.event('fleet.planned', { withinMs: PATIENCE_MS });
  planner.signal('SIGTERM');
  await planner.ended;
  const database = await openDatabase(target);
  const count = fleet.places.length;
  const started = Array.from({ length: sizes.workers }, () =>
    startFleetCli(target, 'worker', '--concurrency', String(sizes.concurrency)),
  );
  try {
    await Promise.all(started.map((worker) => worker.event('run.started', { withinMs: PATIENCE_MS })));
    const first = await taking({ database, fleet, started }, 0, count);
    if (!sizes.again) return { first, again: undefined };
    // A job ends a moment after its run, and until then there can be no other one.
    while ((await jobsUnderWay(database)) > 0) await sleep(200);
    await sendAll(target);
    return { first, again: await taking({ database, fleet, started }, count, 2 * count) };
  } finally {
    for (const worker of started) await worker[Symbol.asyncDispose]();
    await database.close();
  }
}

interface Parts {
  readonly database: Database;
  readonly fleet: SimulatedFleet;
  readonly started: readonly RunningCli[];
}

/** Looks at the runs from the one to the other number until they ended. */
async function taking({ database, fleet, started }: Parts, from: number, to: number): Promise<Taken> {
  const cpuOf = (): number => started.reduce((sum, { pid }) => sum + (cpuSeconds(pid) ?? Number.NaN), 0);
  const look = async () => ({
    ...{ simulators: fleet.cpu(), machine: machineSeconds(), requests: await fleet.requests() },
    ...{ wal: await walAt(database), workers: cpuOf() },
  });
  const before = await look();
  let connections = 0;
  const finished = (): readonly { readonly time: string }[] =>
    started.flatMap((worker) => worker.all('run.finished')).sort((a, b) => timeOf(a) - timeOf(b));
  while (finished().length < to) {
    const unwell = started
      .flatMap((worker) => worker.all('run.finished'))
      .find(({ status }) => status !== 'complete');
    if (unwell !== undefined) throw new Error(`a run failed: ${JSON.stringify(unwell)}`);
    connections = Math.max(connections, await connectionsOf(database));
    await sleep(500);
  }
  const after = await look();
  const all = after.machine.all - before.machine.all;
  const begun = started
    .flatMap((worker) => worker.all('run.started'))
    .map(timeOf)
    .sort((a, b) => a - b)[from];
  return {
    seconds: (timeOf(finished()[to - 1]) - (begun ?? Number.NaN)) / 1000,
    workerCpu: from === 0 ? after.workers : after.workers - before.workers,
    simulatorCpu: after.simulators - before.simulators,
    busy: (after.machine.busy - before.machine.busy) / all,
    machine: after.machine.busy - before.machine.busy,
    walBytes: after.wal - before.wal,
    requests: after.requests - before.requests,
    connections,
  };
}

async function walAt(database: Database): Promise<number> {
  const [row] = await database.session((session) =>
    session.query<{ at: string }>("select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as at"),
  );
  return Number(row?.at);
}

/** Connections of workers now: those of the queue, and those of the runs. */
async function connectionsOf(database: Database): Promise<number> {
  const [row] = await database.session((session) =>
    session.query<{ count: number }>(
      `select count(*)::integer as count from pg_stat_activity
        where datname = current_database() and application_name ~ '^sigma-sync (work|job) '`,
    ),
  );
  return row?.count ?? Number.NaN;
}

async function jobsUnderWay(database: Database): Promise<number> {
  const [row] = await database.session((session) =>
    session.query<{ count: number }>(
      `select count(*)::integer as count from sigma_jobs.job where name = $1 and state < 'completed'`,
      [QUEUE],
    ),
  );
  return row?.count ?? Number.NaN;
}

/** Sends a scheduled run of each organization, as if its turn had come. */
async function sendAll(target: Target): Promise<void> {
  const config = loadFleet({ cwd: target.folder, env: target.env, file: 'settings.yaml' });
  const boss = await openQueue(config, { name: 'bench', plans: false, concurrency: 1, onError: note });
  try {
    const jobs = config.organizations.map(({ name: organization }) => ({ organization, job: 'nightly' }));
    await boss.insert(
      QUEUE,
      jobs.map((data) => ({ data, ...sendOptions(data, PRIORITY.scheduled) })),
    );
  } finally {
    await boss.stop({ graceful: false });
  }
}
