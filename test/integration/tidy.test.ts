/** Tables are vacuumed where much of them changed, and nothing else is; whatever stands in the way, nothing fails. */
import { describe, expect, it } from 'vitest';
import { compact } from '../../src/core/database/compact.ts';
import type { Database, Session } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { tidy } from '../../src/core/database/tidy.ts';
import { databaseKind, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { definitionOf } from '../support/export-definition.ts';
import { startExportRig } from '../support/export-rig.ts';
import { startRig } from '../support/rig.ts';

const ROWS = 5000;
const FILL = `insert into data.rows select n, repeat('x', 100), n from generate_series(1, ${ROWS}) n`;

/** A table that is full of old versions of rows, of which nothing is known yet where statistics come late. */
async function withChurn(): Promise<TestDatabase & { query: Session['query'] }> {
  const test = await openTestDatabase();
  const query: Session['query'] = (sql, parameters) =>
    test.database.session((session) => session.query(sql, parameters));
  await query('create schema data');
  await query('create table data.rows (id integer primary key, text text, number integer)');
  await query(FILL);
  await query('analyze data.rows');
  await query('update data.rows set number = number + 1');
  return { ...test, query };
}

const dead = new Map([['data.rows', ROWS]]);

/** The same database, with what it is asked. */
function listening(database: Database): { database: Database; asked: string[] } {
  const asked: string[] = [];
  const heard = (session: Session): Session => ({
    ...session,
    query: (sql, parameters) => {
      asked.push(sql);
      return session.query(sql, parameters);
    },
  });
  return { asked, database: { ...database, session: (work) => database.session((s) => work(heard(s))) } };
}

const vacuums = (asked: readonly string[]): string[] => asked.filter((sql) => /^vacuum.*"data"/.test(sql));
const pages = `select pg_relation_size('data.rows') / 8192 as pages`;

describe('tidy', () => {
  it('vacuums what changed, so that its space is used again', async () => {
    await using test = await withChurn();
    const { database } = listening(test.database);
    const [before] = await test.query<{ pages: number }>(pages);
    for (let night = 0; night < 8; night++) {
      await tidy({ database, schemas: [], tables: ['data.rows'], dead });
      await test.query('update data.rows set number = number + 1');
    }
    const [after] = await test.query<{ pages: number }>(pages);
    expect(Number(after?.pages)).toBeLessThanOrEqual(1.25 * Number(before?.pages));
  });

  it('is one look where nothing changed', async () => {
    await using rig = await startRig({ organization: { seed: 3, workbooks: 20 } });
    await rig.sync();
    const { database, schemas } = rig.test;
    const own = { schemas: [schemas.target, schemas.state] };
    await tidy({ database, ...own });
    await rig.sync();
    await tidy({ database, ...own });
    const { database: heard, asked } = listening(database);
    expect(await tidy({ database: heard, ...own })).toBe(0);
    expect(asked.filter((sql) => /^vacuum/.test(sql))).toEqual([]);
    expect(asked.filter((sql) => /^\/\*/.test(sql))).toHaveLength(1);
    expect(asked.length).toBeLessThanOrEqual(databaseKind() === 'pglite' ? 3 : 1);
  });

  it('leaves small changes, tables of others and what was interrupted alone', async () => {
    await using test = await withChurn();
    const { database, asked } = listening(test.database);
    await tidy({ database, schemas: [], tables: [], dead: new Map() });
    await tidy({ database, schemas: ['data'], dead, signal: AbortSignal.abort() });
    expect(vacuums(asked)).toEqual([]);
    await tidy({ database, schemas: ['data'], dead });
    const before = vacuums(asked);
    await test.query('update data.rows set number = 0 where id <= 10');
    await tidy({ database, schemas: ['data'], dead: new Map([['data.rows', 10]]) });
    expect(vacuums(asked)).toEqual(before);
    expect(before).toHaveLength(1);
  });

  it.runIf(databaseKind() === 'postgres')('never throws: locked, of another role, gone', async () => {
    await using test = await withChurn();
    const { url = '' } = test;
    const options = { schemas: ['data'], dead };
    const begun = performance.now();
    await test.database.transaction(async (session) => {
      await session.query('lock table data.rows in access exclusive mode');
      await tidy({ database: test.database, ...options });
    });
    // It does not wait for the lock.
    expect(performance.now() - begun).toBeLessThan(20_000);
    const role = `tidy_${Date.now()}`;
    await test.query(`create role ${role} login password 'other'`);
    await test.query(`grant usage on schema data to ${role}`);
    const other = new URL(url);
    other.username = role;
    other.password = 'other';
    const database = openPostgres({ url: other.href });
    try {
      const { database: heard, asked } = listening(database);
      expect(await tidy({ database: heard, ...options })).toBe(0);
      expect(vacuums(asked)).toEqual([]);
    } finally {
      await database.close();
      await test.query(`drop owned by ${role}`);
      await test.query(`drop role ${role}`);
    }
    await test.close();
    expect(await tidy({ database: test.database, ...options })).toBe(0);
  });

  it.runIf(databaseKind() === 'postgres')(
    'keeps a limit of the role that is stricter, and gives it back',
    async () => {
      await using test = await withChurn();
      const limit = `select current_setting('statement_timeout') as at`;
      await test.query(`alter table data.rows set (autovacuum_enabled = false)`);
      await tidy({ database: test.database, schemas: ['data'], dead });
      expect(await test.query(limit)).toEqual([{ at: '0' }]);
    },
  );
});

describe('an export that replaces its table', () => {
  it('leaves it as large as two of it, however often', async () => {
    await using rig = await startExportRig();
    const { organization } = rig.simulator;
    const place = organization.addExport({
      columns: ['Id', 'Text'],
      count: 3000,
      rows: (i) => [`${i}`, 'a text of some length '.repeat(5)],
    });
    const definition = definitionOf(place, { name: 'nightly' });
    const sizes: number[] = [];
    for (let night = 0; night < 8; night++) {
      const { updated, deleted } = await rig.load(definition);
      const gone = new Map([['sigma_data.nightly', updated + deleted]]);
      await tidy({ database: rig.test.database, schemas: [], dead: gone });
      const [size] = await rig.query<{ bytes: number }>(
        `select pg_relation_size('sigma_data.nightly') as bytes`,
      );
      sizes.push(Number(size?.bytes));
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2.1 * (sizes[0] ?? 0));
    // Also where nobody looked for a while.
    for (let night = 0; night < 12; night++) await rig.load(definition);
    await compact({ database: rig.test.database, schemas: [], tables: ['sigma_data.nightly'] });
    const [size] = await rig.query<{ bytes: number }>(
      `select pg_relation_size('sigma_data.nightly') as bytes`,
    );
    if (databaseKind() === 'pglite') expect(Number(size?.bytes)).toBeLessThanOrEqual(1.1 * (sizes[0] ?? 0));
  });
});
