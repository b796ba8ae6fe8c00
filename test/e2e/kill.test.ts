/** Killed at random moments and started again until it is done: the tables of a clean run, and nothing done twice. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { Random } from '../../simulator/store/random.ts';
import type { Database } from '../../src/core/database/database.ts';
import { openEmbedded } from '../../src/core/database/embedded/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { endingThreads } from '../support/ending-threads.ts';
import { CORE } from '../support/rig.ts';
import { differences } from '../support/truth.ts';

const schemas = schemasFor('sigma');
const TARGETS = [
  { name: 'PostgreSQL', seeds: [1, 2] },
  { name: 'PGlite', seeds: [3] },
  { name: 'PGlite, whose thread ends as well', seeds: [4] },
];
/** One start in so many is killed before it asks anything. */
const EARLY = 6;
const EARLIEST_MS = 400;
/**
 * The others are killed so long after their first request: how long a process takes to start is the machine's affair.
 * Each kill gives the next start a fifth more, so that a slow machine is done in the end, too.
 */
const LATEST_MS = 1500;
/** A thread of the embedded database that is not killed with its process ends within this. */
const LONGEST_THREAD_MS = 6000;

describe.each(TARGETS)('killed over $name', ({ name, seeds }) => {
  it.each(seeds)('at random moments, seed %i', async (seed) => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { seed, workbooks: 500 }, latencyMs: 12 });
    await using server = name === 'PostgreSQL' ? await openTestDatabase({ migrated: false }) : undefined;
    const url = server?.url;
    const open = (): Promise<Database> =>
      url === undefined
        ? openEmbedded({ directory: join(folder.path, '.sigma-sync') })
        : Promise.resolve(openPostgres({ url }));
    const endsThreads = name.includes('thread');
    const random = new Random(seed, 'kills');
    /** Requests so far to what was complete when we looked. */
    const finished = new Map<string, number>();
    let kills = 0;
    let code: number | undefined;
    for (let start = 0; start < 40 && code !== 0; start++) {
      const begun = performance.now();
      const before = requestsIn(simulator);
      const isEarly = random.below(EARLY) === 0;
      const afterMs = random.below(LATEST_MS * (1 + kills / 5));
      let askedAt: number | undefined;
      const when = (): boolean => {
        const now = performance.now();
        if (isEarly) return now - begun > EARLIEST_MS;
        if (askedAt === undefined && requestsIn(simulator) > before) askedAt = now;
        return askedAt !== undefined && now - askedAt > afterMs;
      };
      const result = await runCli(['sync', ...CORE.map(({ name: stream }) => stream), '--json'], {
        cwd: folder.path,
        env: envFor(simulator, url),
        kill: { when, signal: 'SIGKILL' },
        nodeFlags: endsThreads ? endingThreads(LONGEST_THREAD_MS) : [],
      });
      if (result.signal === 'SIGKILL') kills++;
      else if (result.code !== 0 && endsThreads)
        expect(result.stderr).toContain('the embedded database ended');
      else expect(result.code, result.stderr).toBe(0);
      code = result.code;
      const database = await open();
      try {
        // A run that was killed after its last commit was complete: the next one is another night's and starts over.
        if (await beganAnew(database)) finished.clear();
        for (const [path, count] of finished) expect(requestsTo(simulator, path), path).toBe(count);
        for (const path of await completePaths(database)) finished.set(path, requestsTo(simulator, path));
        if (code === 0)
          expect(await differences(database, schemas, simulator.organization, CORE)).toEqual([]);
      } finally {
        await database.close();
      }
    }
    expect(code).toBe(0);
    expect(kills).toBeGreaterThan(1);
    expect(simulator.counters.tokenRateViolations).toBe(0);
  });
});

/** Requests so far, whatever they were for. */
function requestsIn(simulator: Simulator): number {
  let total = 0;
  for (const count of simulator.counters.endpoints.values()) total += count;
  return total;
}

function requestsTo(simulator: Simulator, path: string): number {
  return simulator.counters.paths.get(`GET ${path}`) ?? 0;
}

/** True where the latest run does not resume the one before. It may do so only where that one was complete. */
async function beganAnew(database: Database): Promise<boolean> {
  const rows = await database.session((session) =>
    session
      .query<{ status: string; resumed_from: string | null }>(
        'select status, resumed_from from sigma_sync.runs order by started_at desc limit 2',
      )
      .catch(() => []),
  );
  const [last, before] = rows;
  if (last === undefined || last.resumed_from !== null) return false;
  if (before !== undefined) expect(before.status).toBe('complete');
  return true;
}

/** Paths of what the latest cycle completed, children and root listings; nothing where the tables are not there yet. */
async function completePaths(database: Database): Promise<string[]> {
  const tables = await database.session((session) =>
    session.query(`select 1 from pg_tables where schemaname = $1 and tablename = 'partitions'`, [
      schemas.state,
    ]),
  );
  if (tables.length === 0) return [];
  const rows = await database.session((session) =>
    session.query<{ stream: string; partition: string }>(
      `select stream, partition from sigma_sync.partitions
        where status = 'complete'
          and cycle_id = (select cycle_id from sigma_sync.runs order by started_at desc limit 1)`,
    ),
  );
  return rows.flatMap(({ stream, partition }) => {
    if (stream === 'workbook_pages') return [`/v2/workbooks/${partition}/pages`];
    if (stream === 'workbook_elements') return [`/v2/workbooks/${partition}/elements`];
    if (stream === 'team_members') return [`/v2/teams/${partition}/members`];
    const roots: Record<string, string> = {
      members: '/v2.1/members',
      files: '/v2/files',
      workbooks: '/v2/workbooks',
    };
    const root = roots[stream];
    return root === undefined ? [] : [root];
  });
}
