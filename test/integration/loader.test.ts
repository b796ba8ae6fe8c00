/** The loader by itself: what it leaves in staging, and that nobody gets far ahead of the database. */
import { expect, it } from 'vitest';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Unit } from '../../src/extractors/unit.ts';
import { DEFAULT_LIMITS, type Loader, openLoader } from '../../src/loaders/loader.ts';
import { openRunBook } from '../../src/state/run-book.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const stream = catalogue.find(({ name }) => name === 'team_members') ?? fail();

function fail(): never {
  throw new Error('there is no stream team_members');
}

function unitOf(team: string): Unit {
  return { stream: stream.name, partition: team, kind: 'team', value: team, params: {}, signal: undefined };
}

function rowsOf(team: string, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const values: Record<string, string> = { team_id: team, member_id: `m${i}` };
    return { cells: stream.columns.map(({ name }) => values[name] ?? null), raw: '{}' };
  });
}

async function open(test: TestDatabase, limits?: Partial<typeof DEFAULT_LIMITS>): Promise<Loader> {
  const { database, schemas, events } = test;
  const book = openRunBook(database, schemas);
  const run = await book.start({ command: 'sync', full: false, now: new Date(), resumeWithinMs: 0 });
  const now = () => new Date();
  return openLoader({
    database,
    schemas,
    stream,
    streams: catalogue,
    run,
    events,
    logged: true,
    now,
    ...(limits === undefined ? {} : { limits: { ...DEFAULT_LIMITS, ...limits } }),
  });
}

it('clears what a failed unit had spilled, keeps the staging table small, and drops it with the last commit', async () => {
  await using test = await openTestDatabase();
  const loader = await open(test, { spillBytes: 10, commitUnits: 2 });
  const failed = loader.open(unitOf('failed'));
  await failed.add({ rows: rowsOf('failed', 1000) });
  failed.discard();
  for (let i = 0; i < 20; i++) {
    const load = loader.open(unitOf(`t${i}`));
    await load.add({ rows: rowsOf(`t${i}`, 500) });
    await load.finish({ pages: 1, atOnce: true, rejected: 0 });
  }
  const staged = (): Promise<{ name: string; bytes: number }[]> =>
    test.database.session((session) =>
      session.query(
        `select tablename as name, pg_relation_size(format('%I.%I', schemaname, tablename)::regclass)::integer as bytes
           from pg_tables where schemaname = 'sigma_sync' and tablename like 'staging%'`,
      ),
    );
  const [staging] = await staged();
  // 500 rows take less than 64 kB; all that went through would take twenty times as much.
  expect(staging?.bytes).toBeLessThan(200_000);
  const last = loader.open(unitOf('last'));
  await last.add({ rows: rowsOf('last', 5) });
  await last.finish({ pages: 1, atOnce: true, rejected: 0 });
  await loader.drain();
  expect(await staged()).toEqual([]);
  expect(loader.counts).toMatchObject({ read: 10_005, inserted: 10_005 });
  await loader.close();
  const rows = await test.database.session((session) =>
    session.query(`select 1 from sigma.team_members where team_id = 'failed'`),
  );
  expect(rows).toEqual([]);
});

it('holds whoever extracts back while the database is slow', async () => {
  await using test = await openTestDatabase();
  const events = new EventBus();
  let commits = 0;
  events.on('batch.committed', () => commits++);
  const slow: TestDatabase = {
    ...test,
    events,
    database: {
      ...test.database,
      transaction: (work) =>
        test.database.transaction(async (session) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return work(session);
        }),
    },
  };
  const loader = await open(slow, { commitMs: 1, commitUnits: 5 });
  let ahead = 0;
  for (let i = 0; i < 30; i++) {
    const load = loader.open(unitOf(`t${i}`));
    await load.add({ rows: rowsOf(`t${i}`, 2) });
    await load.finish({ pages: 1, atOnce: true, rejected: 0 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    ahead = Math.max(ahead, i + 1 - loader.counts.read / 2);
  }
  await loader.drain();
  await loader.close();
  expect(loader.counts.read).toBe(60);
  // One batch of five under way and one that fills up behind it.
  expect(ahead).toBeLessThanOrEqual(11);
  expect(commits).toBeGreaterThan(4);
});

it('commits little at a time where everybody else waits for the only connection', async () => {
  await using test = await openTestDatabase();
  const events = new EventBus();
  let commits = 0;
  events.on('batch.committed', () => commits++);
  const loader = await open({ ...test, events });
  for (let i = 0; i < 6; i++) {
    const load = loader.open(unitOf(`t${i}`));
    // Some 200 kB.
    const rows = rowsOf(`t${i}`, 20).map((row) => ({ ...row, raw: JSON.stringify('x'.repeat(10_000)) }));
    await load.add({ rows });
    await load.finish({ pages: 1, atOnce: true, rejected: 0 });
  }
  await loader.drain();
  await loader.close();
  expect(loader.counts.inserted).toBe(120);
  if (test.database.kind === 'pglite') expect(commits).toBeGreaterThanOrEqual(2);
});
