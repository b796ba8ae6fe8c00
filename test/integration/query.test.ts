import { expect, it } from 'vitest';
import { query } from '../../src/analytics/answer-query.ts';
import type { Answer } from '../../src/core/database/answer.ts';
import { exactly } from '../../src/core/exact-json.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const asking =
  (test: TestDatabase) =>
  (sql: string): Promise<Answer> =>
    query(test.database, test.schemas, sql);

it('a query only reads, whatever stands behind it', async () => {
  await using test = await openTestDatabase();
  const ask = asking(test);
  const count = async (): Promise<unknown> =>
    (await ask('select count(*) as n from migrations')).rows[0]?.[0];
  expect(await ask(`select 1 as one; -- a comment`)).toEqual({ columns: ['one'], rows: [[1]] });
  const before = await count();
  expect(before).toBeGreaterThan(0);
  const tail = 'delete from sigma_sync.migrations';
  for (const sql of [`commit; ${tail}`, `rollback; ${tail}`, `select 1; commit; begin; ${tail}; commit`])
    await expect(ask(sql), sql).rejects.toMatchObject({
      message: expect.stringContaining('cannot insert multiple commands') as unknown,
      advice: 'Ask one statement at a time.',
    });
  await expect(ask(tail)).rejects.toThrow('read-only transaction');
  expect(await count()).toEqual(before);
});

it('a query is a statement that reads, by what the statement is', async () => {
  await using test = await openTestDatabase();
  const ask = asking(test);
  const comments = '/* delete /* from */ it */ -- copy\n ;\t(';
  for (const sql of [
    ...[
      'SELECT 1',
      'select(1)',
      "select'1'",
      '(select 1)',
      'values (1)',
      'table migrations',
      'show work_mem',
    ],
    ...[
      'with one as (select 1) select * from one',
      `${comments}select 1)`,
      '-- one\rselect 1',
      '\v\f select 1',
    ],
    ...[
      'explain select 1',
      'explain analyze verbose select 1',
      'explain (select 1)',
      'explain ((values (1)))',
    ],
    ...[
      'explain (format json, costs off) /* it */ select 1',
      "explain (format 'text', analyze) table migrations",
    ],
  ])
    expect((await ask(sql)).rows.length, sql).toBeGreaterThan(0);

  const refused = {
    COPY: 'copy (select 1) to stdout',
    LOCK: 'lock table migrations in access share mode',
    DO: "do 'begin end'",
    LISTEN: 'listen news',
    NOTIFY: `${comments.slice(0, -1)} notify news`,
    RESET: 'reset work_mem',
    PREPARE: 'prepare one as select 1',
    CHECKPOINT: 'checkpoint',
    BEGIN: 'begin',
    DELETE: '-- select\n delete from migrations where false',
    'EXPLAIN DELETE': 'explain (analyze, costs off) delete from migrations where false',
    'EXPLAIN EXECUTE': 'explain analyze execute one',
    this: '"select" 1',
  };
  for (const [named, sql] of Object.entries(refused))
    await expect(ask(sql), sql).rejects.toMatchObject({
      message: `The query failed: cannot execute ${named} in a read-only transaction.`,
      advice: expect.stringMatching(/^Only reading is allowed, with SELECT, /) as unknown,
    });
  await expect(ask('selec 1')).rejects.toMatchObject({
    message: 'The query failed: syntax error at or near "selec".',
    advice: expect.stringMatching(/^Did you mean SELECT\? Only reading is allowed, with SELECT, /) as unknown,
  });
  await expect(ask('selects 1')).rejects.toThrow('syntax error at or near "selects"');
  // A text that begins like a question, and is none, is refused by the database.
  for (const sql of [
    'select 1 as one into one',
    'select 1 as one into temp one',
    'select * from migrations for update',
    'with gone as (delete from migrations where false returning *) select * from gone',
    'explain analyze with gone as (delete from migrations where false returning *) select * from gone',
    'with one as (select 1) delete from migrations where false',
  ])
    await expect(ask(sql), sql).rejects.toThrow('in a read-only transaction');
});

it('an answer has every column in its order, and values as they are', async () => {
  await using test = await openTestDatabase();
  const answer = await asking(test)(`select 1 as a, 2 as a, 12::bigint as small, 9007199254740993 as large,
    1.50 as price, 0.12345678901234567 as exact, 'NaN'::numeric as none, date '2026-03-01' as day,
    timestamp '2026-03-01 02:30:00' as local, timestamptz '2026-03-01T02:30:00.123456Z' as at,
    array['x', 'y'] as list, '{"b": 1}'::jsonb as data, interval '1 day' as span, '\\x00ff'::bytea as bytes,
    true as yes, null as nothing, array[12345678901234567890.123, 1.10, null] as prices,
    array[9007199254740993, 12]::bigint[] as counts, array[date '2026-03-01'] as days,
    array[timestamptz '2026-03-01T02:30:00.123456Z'] as times`);
  expect(answer.columns.slice(0, 3)).toEqual(['a', 'a', 'small']);
  expect(answer.rows).toEqual([
    [
      1,
      2,
      12,
      '9007199254740993',
      1.5,
      '0.12345678901234567',
      'NaN',
      '2026-03-01',
      '2026-03-01 02:30:00',
      '2026-03-01T02:30:00.123456Z',
      ['x', 'y'],
      { b: 1 },
      '1 day',
      '\\x00ff',
      true,
      null,
      ['12345678901234567890.123', 1.1, null],
      ['9007199254740993', 12],
      ['2026-03-01'],
      ['2026-03-01T02:30:00.123456Z'],
    ],
  ]);
  expect(await asking(test)('select 1 as one where false')).toEqual({ columns: ['one'], rows: [] });
});

it('a query that takes longer than it may is ended, with what to do', async () => {
  await using test = await openTestDatabase();
  // The engine of the other tests is in this thread, and can't be ended.
  if (test.kind === 'pglite') return;
  const endless = 'select count(*) from generate_series(1, 1000000000)';
  await expect(query(test.database, test.schemas, endless, { limitMs: 200 })).rejects.toMatchObject({
    message: 'The query failed: canceling statement due to statement timeout.',
    advice: expect.stringContaining('--timeout') as unknown,
  });
});

it('JSON keeps the digits of its numbers, as a value and in a list', async () => {
  await using test = await openTestDatabase();
  const { rows } = await asking(test)(`select '{"n": 9007199254740993, "p": [1.10]}'::jsonb as one,
    array['{"p": 1.10}'::jsonb] as many, '{"p": 1.10}'::json as text`);
  expect(JSON.stringify(rows, exactly)).toBe('[[{"n":9007199254740993,"p":[1.10]},[{"p":1.10}],{"p":1.10}]]');
});

it('what is misspelt is told with what was meant, or where to look', async () => {
  await using test = await openTestDatabase();
  const ask = asking(test);
  await expect(ask('select * from workbok')).rejects.toMatchObject({
    advice: expect.stringMatching(
      /^Did you mean workbooks\? Tables are in \S+ \(one per stream\) and \S+, models in \S+;/,
    ) as unknown,
  });
  await expect(ask('select nam from workbooks')).rejects.toMatchObject({
    advice: expect.stringContaining('Perhaps you meant') as unknown,
  });
  await expect(ask('select * from openings')).rejects.toMatchObject({
    advice: expect.stringContaining('Did you mean openings()?') as unknown,
  });
  await expect(ask('select $1::text')).rejects.toMatchObject({
    message: expect.stringMatching(/^The query failed: .*parameter/) as unknown,
    advice: expect.stringContaining('write values') as unknown,
  });
  for (const sql of ['', '-- nothing', 'set statement_timeout = 0'])
    await expect(ask(sql), sql).rejects.toThrow('The statement answers nothing.');
  expect((await ask('select from generate_series(1, 2)')).rows).toHaveLength(2);
});
