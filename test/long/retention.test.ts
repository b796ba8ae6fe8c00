/** Retention: old records go, needed ones stay, whatever the clocks say and however many processes remove them. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteTable } from '../../src/core/database/database.ts';
import { LockedError } from '../../src/core/errors.ts';
import type { Events } from '../../src/core/events/bus.ts';
import { applyRetention, planRetention } from '../../src/operations/upkeep/retention.ts';
import { storedSizes } from '../../src/operations/upkeep/stored-sizes.ts';
import { recordSizes } from '../../src/operations/upkeep/table-sizes.ts';
import { retentionLock } from '../../src/state/lock.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { startRig } from '../support/rig.ts';
import { DAY_MS, expectedLeft, type RunBook, runBooks } from '../support/run-book.ts';
import { namesIn, writeBook } from '../support/run-book-store.ts';

const RETENTION = { runDays: 400, detailDays: 90, sizeMonths: 13 };
const NOW = new Date('2026-03-15T12:00:00Z');
const NUMBER = Number(process.env['RUN_BOOKS'] ?? 25);

const optionsOf = ({ database, schemas, events }: TestDatabase, now = NOW) => ({
  ...{ database, schemas, events, retention: RETENTION, now: () => now },
});

const EMPTY: RunBook = {
  ...{ runs: [], windows: [], lastOfStream: [], lastOfExport: [], lastOfSchedule: [], cursors: [] },
  ...{ alerts: [], sizes: [] },
};
const run = (age: number): RunBook['runs'][number] => ({
  ...{ command: 'sync', status: 'complete', age, lasted: 0, ended: true, continues: false },
  ...{ streams: [], events: 2, exports: [] },
});

describe('of any run book', () => {
  it('exactly what is old and not needed goes', { timeout: 120_000 }, async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const options = optionsOf(test);
    await fc.assert(
      fc.asyncProperty(runBooks, async (book) => {
        await writeBook(database, schemas, book, NOW);
        const before = await namesIn(database, schemas);
        const plan = await planRetention(options);
        expect(await namesIn(database, schemas)).toEqual(before);
        const report = await applyRetention(options);
        const left = await namesIn(database, schemas);
        expect(left).toEqual(expectedLeft(book, NOW, RETENTION));
        expect(report).toEqual(plan);
        expect(report.runs).toBe(before.runs.length - left.runs.length);
        expect(report.runEvents).toBe(before.events.length - left.events.length);
        expect(Object.values(await applyRetention(options)).every((count) => count === 0)).toBe(true);
      }),
      { numRuns: NUMBER },
    );
  });

  it('a large one goes in batches', async () => {
    await using test = await openTestDatabase();
    const { database, schemas, events } = test;
    const told: Events['retention.applied'][] = [];
    events.on('retention.applied', (fields) => told.push(fields));
    const runs = Array.from({ length: 1201 }, (_, i) => ({ ...run(500 - i / 1201), events: 0 }));
    await writeBook(database, schemas, { ...EMPTY, runs }, NOW);
    let transactions = 0;
    const counting = {
      ...database,
      transaction: (async (work) => {
        transactions++;
        return database.transaction(work);
      }) as typeof database.transaction,
    };
    expect(await applyRetention({ ...optionsOf(test), database: counting })).toMatchObject({ runs: 1200 });
    expect(transactions).toBeGreaterThanOrEqual(9);
    expect(told).toEqual([{ runs: 1200, events: 0, alerts: 0, durationMs: 0 }]);
  });
});

describe('clocks', () => {
  it('ours, years ahead, removes nothing that is young by the clock of the database', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const real = new Date();
    await writeBook(database, schemas, { ...EMPTY, runs: [run(1), run(300), run(500), run(0)] }, real);
    await applyRetention(optionsOf(test, new Date(real.getTime() + 3000 * DAY_MS)));
    expect((await namesIn(database, schemas)).runs).toEqual(['run 0', 'run 1', 'run 3']);
  });

  it('ours, years behind, removes nothing that is young by it', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const real = new Date();
    await writeBook(database, schemas, { ...EMPTY, runs: [run(500), run(0)] }, real);
    expect(await applyRetention(optionsOf(test, new Date(0)))).toMatchObject({ runs: 0 });
  });
});

describe('beside others', () => {
  it('a second process is refused, and a run under way goes on', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const lock = await database.tryLock(retentionLock(schemas), () => undefined);
    await expect(applyRetention(optionsOf(test))).rejects.toThrow(LockedError);
    await lock?.release();
    await expect(applyRetention(optionsOf(test))).resolves.toMatchObject({ runs: 0 });
  });

  it('a sync that runs meanwhile ends with the truth', async () => {
    await using rig = await startRig({ organization: { seed: 5, workbooks: 30, members: 10 }, latencyMs: 2 });
    await rig.sync();
    rig.simulator.organization.mutate(20);
    const { test } = rig;
    let over = false;
    const running = rig.sync().finally(() => {
      over = true;
    });
    let times = 0;
    const later = new Date(Date.now() - DAY_MS);
    while (!over) {
      await applyRetention({
        ...optionsOf(test, later),
        retention: { ...RETENTION, runDays: 0, detailDays: 0 },
      });
      times++;
      // The embedded database answers without a turn of the event loop, which the sync needs.
      await sleep(5);
    }
    await running;
    expect(times).toBeGreaterThan(0);
    expect(await rig.differences()).toEqual([]);
  });
});

describe('sizes', () => {
  it('are one record for each table and day, without rows that are marked as deleted', async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    const query = (sql: string, parameters: readonly unknown[] = []) =>
      database.session((session) => session.query(sql, parameters));
    await query(`insert into ${quoteTable(schemas.target, 'tags')} (version_tag_id, _deleted_at, _raw, _first_synced_at, _synced_at)
      select i::text, case when i > 7 then now() end, '{}', now(), now() from generate_series(1, 10) i`);
    await query(`create schema data`);
    await query(`create table data."My ""orders" (id int)`);
    await query(`create table data.other (id int)`);
    await query(`insert into data."My ""orders" select generate_series(1, 5)`);
    await query(
      `insert into ${quoteTable(schemas.state, 'exports')} (export, table_name, mode, last_run_id, last_status, last_attempt_at)
       values ('orders', 'My "orders', 'replace', 'r', 'complete', now()), ('gone', 'gone', 'replace', 'r', 'failed', now())`,
    );
    const options = { database, schemas, exportsSchema: 'data', now: () => NOW };
    const tables = await recordSizes(options);
    expect(tables).toBeGreaterThan(40);
    await query(`delete from ${quoteTable(schemas.target, 'tags')} where version_tag_id = '1'`);
    await recordSizes(options);
    await recordSizes({ ...options, now: () => new Date(NOW.getTime() + DAY_MS) });
    const rows = await query(
      `select schema_name, table_name, day::text, rows::integer, bytes > 8000 as large from ${quoteTable(schemas.state, 'table_sizes')}
        where rows > 0 order by 1, 2, 3`,
    );
    const [orders, tags] = [
      { schema_name: 'data', table_name: 'My "orders', rows: 5, large: true },
      { schema_name: 'sigma', table_name: 'tags', rows: 6, large: true },
    ];
    const [first, second] = [{ day: '2026-03-15' }, { day: '2026-03-16' }];
    expect(rows).toEqual([
      { ...orders, ...first },
      { ...orders, ...second },
      { ...tags, ...first },
      { ...tags, ...second },
    ]);
  });

  it('of a table with more than a million rows are those of the planner', { timeout: 120_000 }, async () => {
    await using test = await openTestDatabase();
    const { database, schemas } = test;
    await database.session(async (session) => {
      await session.query('create schema data');
      await session.query('create table data.many as select i from generate_series(1, 1200000) i');
      await session.query(
        "create table data.few as select i, repeat('x', 400) as t from generate_series(1, 90000) i",
      );
      await session.query('analyze data.many');
      await session.query(
        `insert into ${quoteTable(schemas.state, 'exports')} (export, table_name, mode, last_run_id, last_status, last_attempt_at)
         values ('many', 'many', 'replace', 'r', 'complete', now()), ('few', 'few', 'replace', 'r', 'complete', now())`,
      );
    });
    const asked: string[] = [];
    const listening = {
      ...database,
      session: ((work) =>
        database.session((session) =>
          work({
            ...session,
            query: ((sql: string, parameters?: readonly unknown[]) => {
              asked.push(sql);
              return session.query(sql, parameters);
            }) as typeof session.query,
          }),
        )) as typeof database.session,
    };
    await recordSizes({ database: listening, schemas, exportsSchema: 'data', now: () => NOW });
    const rows = await database.session((session) =>
      session.query<{ name: string; rows: number }>(
        `select table_name as name, rows::integer as rows from ${quoteTable(schemas.state, 'table_sizes')} where rows > 0 order by 1`,
      ),
    );
    expect(rows[0]).toEqual({ name: 'few', rows: 90_000 });
    expect(rows[1]?.rows).toBeGreaterThan(1_150_000);
    expect(rows[1]?.rows).toBeLessThan(1_250_000);
    expect(asked.some((sql) => /count\(\*\) from "data"\."many"/.test(sql))).toBe(false);
  });

  it('of the state schema count the months of the change log as one', async () => {
    await using test = await openTestDatabase();
    const sizes = await storedSizes(test.database, {
      schemas: [test.schemas.state],
      tables: [],
      state: test.schemas.state,
    });
    const names = sizes.map(({ table }) => table);
    expect(names).toEqual(expect.arrayContaining(['runs', 'changes', 'partitions', 'table_sizes']));
    expect(names.filter((name) => name.startsWith('changes'))).toEqual(['changes']);
  });
});
