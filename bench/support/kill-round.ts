/** One organization, loaded by a process that is killed at random moments and started again until it is done. */

import type { FaultKind } from '../../simulator/http/faults.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { Random } from '../../simulator/store/random.ts';
import type { Database } from '../../src/core/database/database.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { endingThreads, THREAD_ENDED } from '../../test/support/ending-threads.ts';
import { differences } from '../../test/support/truth.ts';
import { type Completed, listingOf, listingsOf } from './listings.ts';
import { runCli } from './node-child.ts';
import { openDatabase, type Target } from './target.ts';

/** The settings of a round. */
export interface RoundOptions {
  readonly seed: number;
  readonly workbooks: number;
  /** Share of the requests that are made to fail. */
  readonly faults: number;
  readonly latencyMs: number;
  readonly earliestMs: number;
  readonly latestMs: number;
  readonly mostRuns: number;
  /** The thread of the embedded database is ended after at most so long, again and again. */
  readonly threadMs?: number | undefined;
}

/** The result of a round. */
export interface RoundResult {
  readonly runs: number;
  readonly kills: number;
  /** Ends of threads in processes that lived on. */
  readonly threadKills: number;
  readonly requests: number;
  readonly faulted: number;
  /** Asked for again although what they read was complete. */
  readonly wasted: readonly string[];
  /** Good answers whose rows were not committed yet when the process was killed. */
  readonly repeated: number;
  readonly tokenViolations: number;
  /** Between the tables and the organization at the end. */
  readonly differences: readonly string[];
  /** Runs that ended by themselves and not well. */
  readonly failures: readonly string[];
}

/** All but those that change the organization, which would make other requests necessary. */
const KINDS: FaultKind[] = [
  ...(['429', '429-retry-after', '429-html', '500', '502', '503', '504', 'html-200', 'reset'] as const),
  ...(['cut', 'truncated', 'slow', 'expired-token', 'empty-page', 'repeat-token'] as const),
];
const schemas = schemasFor('sigma');
/** Runs live so many times as long after one that finished nothing. */
const LONGER = 1.2;

/** Plays a round. */
export async function playRound(target: Target, options: RoundOptions): Promise<RoundResult> {
  const { seed, workbooks, faults: rate, latencyMs, earliestMs, latestMs, mostRuns, threadMs } = options;
  await using simulator = await startSimulator({ organization: { seed, workbooks }, latencyMs });
  if (rate > 0) simulator.faults.inject({ kinds: KINDS, rate, seed, retryAfterS: 0 });
  simulator.counters.logging = true;
  const random = new Random(seed, 'kills');
  const env = {
    ...{ SIGMA_BASE_URL: simulator.url, SIGMA_SYNC_LOG_LEVEL: 'error' },
    ...{ SIGMA_CLIENT_ID: simulator.clientId, SIGMA_CLIENT_SECRET: simulator.clientSecret, ...target.env },
  };
  const failures: string[] = [];
  const wasted: string[] = [];
  /** Answered well in an earlier run. */
  let asked = new Set<string>();
  let [runs, kills, threadKills, repeated] = [0, 0, 0, 0];
  let finished = new Set<string>();
  /**
   * Factor by which runs live longer than at first. A run that finishes nothing shows that the machine is slow or
   * busy.
   */
  let longer = 1;
  for (let done = false; !done && runs < mostRuns; ) {
    const killAfterMs = earliestMs + random.below(Math.ceil(Math.max(1, latestMs - earliestMs) * longer));
    const nodeFlags = threadMs === undefined ? [] : endingThreads(Math.ceil(threadMs * longer));
    const result = await runCli(['sync', '--json'], { cwd: target.folder, env, killAfterMs, nodeFlags });
    runs++;
    threadKills += result.stderr.split(THREAD_ENDED).length - 1;
    if (result.signal === 'SIGKILL') kills++;
    else if (result.code !== 0 && !result.stderr.includes('the embedded database ended'))
      failures.push(`exit ${result.code ?? result.signal}: ${result.stderr.trim().slice(0, 300)}`);
    done = result.code === 0;
    const database = await openDatabase(target);
    try {
      const start = await startOfLastRun(database);
      // A run that was killed after its last commit was complete: the next one is another night's and starts over.
      if (start === 'anew') [finished, asked] = [new Set(), new Set()];
      if (start === 'lost') failures.push('a run did not go on from the one before');
      const targets = takeLog(simulator);
      wasted.push(...targets.filter((target) => finished.has(listingOf(target))));
      repeated += [...new Set(targets)].filter((target) => asked.has(target)).length;
      asked = new Set([...asked, ...targets]);
      const before = finished.size;
      finished = new Set((await completed(database)).flatMap(listingsOf));
      if (finished.size <= before) longer *= LONGER;
      if (!done) continue;
      const differing = await differences(database, schemas, simulator.organization);
      return {
        ...summary(simulator),
        ...{ runs, kills, threadKills, wasted, repeated, differences: differing, failures },
      };
    } finally {
      await database.close();
    }
  }
  failures.push(`not done after ${runs} runs`);
  return {
    ...summary(simulator),
    ...{ runs, kills, threadKills, wasted, repeated, differences: [], failures },
  };
}

function summary({ counters }: Simulator): Pick<RoundResult, 'requests' | 'faulted' | 'tokenViolations'> {
  const faulted = [...counters.faults.values()].reduce((sum, count) => sum + count, 0);
  return { requests: counters.requests, faulted, tokenViolations: counters.tokenRateViolations };
}

/** Targets of the well-answered API requests since the last call. */
function takeLog({ counters }: Simulator): string[] {
  const good = counters.log.filter(({ method, status }) => method === 'GET' && status === 200);
  counters.log.length = 0;
  return good.map(({ path }) => path);
}

/** Looks whether the latest run resumed the one before, started over as it should, or lost its progress. */
async function startOfLastRun(database: Database): Promise<'resumed' | 'anew' | 'lost'> {
  const [last, before] = await rowsOf<{ status: string; resumed_from: string | null }>(
    database,
    'select status, resumed_from from sigma_sync.runs order by started_at desc limit 2',
  );
  if (last === undefined || last.resumed_from !== null) return 'resumed';
  return before === undefined || before.status === 'complete' ? 'anew' : 'lost';
}

/** Partitions that the latest run completed, or the run it resumed. Partitions of an earlier night are read again. */
function completed(database: Database): Promise<Completed[]> {
  return rowsOf(
    database,
    `select stream, partition, kind from sigma_sync.partitions
      where status = 'complete'
        and cycle_id = (select cycle_id from sigma_sync.runs order by started_at desc limit 1)`,
  );
}

/** Rows of a state table; none where a run was killed before it had made the tables. */
async function rowsOf<T>(database: Database, sql: string): Promise<T[]> {
  return database.session(async (session) => {
    const tables = await session.query(
      `select 1 from pg_tables where schemaname = 'sigma_sync' and tablename = 'runs'`,
    );
    return tables.length === 0 ? [] : ((await session.query(sql)) as T[]);
  });
}
