/** The search of the change log: complete, in order, paged without gaps, and quick however long the log is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quoteTable } from '../../src/core/database/database.ts';
import {
  type ChangeSearch,
  type LogPosition,
  searchChanges,
} from '../../src/operations/web/data/search-changes.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { fillChanges } from '../support/web-data.ts';

const CHANGES = 30_000;
const NOW = new Date('2026-06-15T12:00:00Z');
let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
  await fillChanges(test.database, test.schemas, { changes: CHANGES, now: NOW, everyMs: 60_000 });
  // Many of one moment, as a first load leaves them, with values that need escapes in JSON.
  await test.database.session((session) =>
    session.query(
      `insert into ${quoteTable(test.schemas.state, 'changes')} (changed_at, run_id, stream, key, operation, after)
       select $1, 'first', 'members', array['m' || n], 'insert', jsonb_build_object('name', 'Ms. "Quote" \\ Ünal ' || n)
         from generate_series(1, 300) n`,
      ['2026-06-15T12:00:00.123456Z'],
    ),
  );
});
afterAll(() => test.close());

async function all(
  search: ChangeSearch,
  rows = 50,
  parts?: number,
): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let after: LogPosition | undefined;
  for (let pages = 1; ; pages++) {
    const found = await searchChanges(
      test.database,
      test.schemas,
      { ...search, after },
      { rows, budgetMs: 60_000 },
      parts,
    );
    ids.push(...found.rows.map(({ id }) => id));
    if (found.next === undefined) return { ids, pages };
    after = found.next;
  }
}

async function expected(where: string): Promise<string[]> {
  const rows = await test.database.session((session) =>
    session.query<{ id: string }>(
      `select change_id::text as id from ${quoteTable(test.schemas.state, 'changes')} where ${where} order by changed_at desc, change_id desc`,
    ),
  );
  return rows.map(({ id }) => id);
}

describe.each<[string, ChangeSearch, string, number | undefined]>([
  ['a stream', { stream: 'members' }, "stream = 'members'", 1],
  ['one row', { stream: 'workbooks', key: ['key-3'] }, "stream = 'workbooks' and key = array['key-3']", 1],
  ['a key of whatever stream', { key: ['key-77'] }, "'key-77' = any(key)", undefined],
  ['an operation', { operation: 'insert' }, "operation = 'insert'", undefined],
  ['a run', { runId: 'run-000007' }, "run_id = 'run-000007'", undefined],
  ['a text, whatever its case', { text: 'aFtEr 1234' }, "after::text like '%After 1234%'", undefined],
  [
    'a text with a quote',
    { text: '"quote" \\ Ünal 7' },
    "stream = 'members' and after ->> 'name' like '%nal 7%'",
    undefined,
  ],
  ['a text that is nowhere', { text: 'nowhere' }, 'false', undefined],
  [
    'a time',
    { from: new Date('2026-06-14T00:00:00Z'), to: new Date('2026-06-14T03:00:00Z') },
    "changed_at >= '2026-06-14' and changed_at < '2026-06-14 03:00'",
    undefined,
  ],
  [
    'a row and a time',
    {
      stream: 'workbooks',
      key: ['key-3'],
      from: new Date('2026-05-30T00:00:00Z'),
      to: new Date('2026-06-10T00:00:00Z'),
    },
    "stream = 'workbooks' and key = array['key-3'] and changed_at >= '2026-05-30' and changed_at < '2026-06-10'",
    1,
  ],
])('%s', (_, search, where, parts) => {
  it('is found, all of it, in order and once', async () => {
    const { ids } = await all(search, 50, parts);
    expect(ids).toEqual(await expected(where));
  });
});

it('pages have no gaps among changes of one moment', async () => {
  const { ids, pages } = await all({ stream: 'members' }, 7, 1);
  expect([ids.length, new Set(ids).size, pages]).toEqual([300, 300, 43]);
});

it('what takes too long is cut and can be gone on with', async () => {
  const limits = { rows: 50, budgetMs: 0 };
  const found = await searchChanges(test.database, test.schemas, { text: 'nowhere' }, limits, undefined);
  expect(found.rows).toEqual([]);
  expect(found.looked).toBe(500);
  expect(found.next).toBeDefined();
  const further = await searchChanges(
    test.database,
    test.schemas,
    { text: 'nowhere', after: found.next },
    limits,
    undefined,
  );
  expect(further.next).not.toEqual(found.next);
});

it('the latest changes are read by an index, not by sorting the log', async () => {
  const plan = await test.database.session(async (session) => {
    await session.query(`analyze ${quoteTable(test.schemas.state, 'changes')}`);
    return session.query<{ 'QUERY PLAN': string }>(
      `explain select change_id from ${quoteTable(test.schemas.state, 'changes')}
        where changed_at <= '2026-06-01' and (changed_at, change_id) < ('2026-06-01', 5)
        order by changed_at desc, change_id desc limit 500`,
    );
  });
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).toMatch(/Index (Only )?Scan Backward/);
  expect(text).not.toMatch(/\bSort\b/);
});
