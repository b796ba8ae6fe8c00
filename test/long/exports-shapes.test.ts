/** Data of awkward shapes, one by one. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { Cell } from '../../simulator/store/export-table.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps } from '../support/export-steps.ts';

let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const fresh = (settings: Parameters<typeof exportSteps>[2] = {}): ExportSteps =>
  exportSteps(rig, `shape_${++number}`, settings);
const FORMATS = ['csv', 'jsonl'] as const;

test.each(FORMATS)('a NUL byte is rejected by row and column, and harms nothing else: %s', async (format) => {
  const one = fresh({ format });
  const other = fresh();
  const from = rig.log.length;
  const bad = one.definition({
    columns: ['id', 'Some "Text"'],
    rows: [...[1, 2, 3, 4].map((i): Cell[] => [i, i % 2 === 0 ? `a\0${i}` : `b${i}`])],
  });
  const good = other.definition({ columns: ['id'], rows: [[1]] });
  const { report } = await rig.run([bad, good]);
  expect(report.status).toBe('partial');
  const reason = 'a NUL byte, which Postgres does not store';
  const rejections = [2, 4].map((row) => ({ row, column: 'Some "Text"', reason }));
  expect(report.exports).toMatchObject([
    { status: 'partial', rows: 4, inserted: 2, rejected: 2, rejections },
    { status: 'complete', rows: 1, rejected: 0 },
  ]);
  expect(report.exports[0]?.error).toBe(
    `2 rows were rejected; the first: row 2, column "Some \\"Text\\"": ${reason}.`,
  );
  const told = rig.log.slice(from).filter(({ name }) => name === 'export.rejected');
  expect(told.map(({ fields }) => fields)).toMatchObject(
    rejections.map((one) => ({ export: bad.name, ...one })),
  );
  expect(await one.rows()).toEqual([
    [1, 'b1'],
    [3, 'b3'],
  ]);
  expect(await other.rows()).toEqual([[1]]);
});

test.each(FORMATS)('a NUL byte in a label is no trouble: %s', async (format) => {
  const one = fresh({ format });
  await one.load({ columns: ['a\0b', 'constructor', '__proto__'], rows: [['x', 1, 'y']] });
  await one.load({ columns: ['a\0b', 'constructor', '__proto__'], rows: [['z', 2, 'y']] });
  expect(await one.types()).toEqual({ a_b: 'text', constructor: 'bigint', proto: 'text' });
  expect(await one.rows()).toEqual([['z', 2, 'y']]);
});

describe('wide tables', () => {
  const wide = (columns: number): { columns: string[]; rows: Cell[][] } => ({
    columns: Array.from({ length: columns }, (_, i) => `c ${i}`),
    rows: [1, 2].map((row) => Array.from({ length: columns }, (_, i) => (i % 3 === 0 ? `x${row}` : null))),
  });
  test.each(FORMATS)('1,500 columns load: %s', async (format) => {
    const one = fresh({ format, mode: 'merge', key: ['c 0'] });
    await one.load(wide(1500));
    expect(await one.load(wide(1500))).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
    const rows = await one.rows();
    expect(rows.map((row) => row.length)).toEqual([1500, 1500]);
    expect(rows[1]).toEqual(Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? 'x2' : null)));
  });
  test.each(FORMATS)('1,598 columns are one clear error: %s', async (format) => {
    const one = fresh({ format });
    const { error } = await one.load(wide(1598), { status: 'failed' });
    expect(error).toContain('The table would need 1598 columns; Postgres allows 1597 beside three of ours.');
    expect(error).toContain('Hide columns');
  });
  test.each(FORMATS)('a row that is too large is one clear error: %s', async (format) => {
    const one = fresh({ format });
    const { columns } = wide(1500);
    const rows = [columns.map((_, i) => `text ${i} of some length`)];
    const { error } = await one.load({ columns, rows }, { status: 'failed' });
    expect(error).toContain('larger than Postgres can store');
    expect(error).toContain('Load fewer or smaller columns');
  });
});

test.each(FORMATS)('large cells: %s', async (format) => {
  const one = fresh({ format });
  const texts = [1, 5].map((megabytes) => 'line "1", é🙂\n'.repeat((megabytes << 20) / 16));
  await one.load({ columns: ['id', 'text'], rows: texts.map((text, i) => [i, text]) });
  const rows = await rig.query<{ text: string }>(`select text from ${one.table} order by id`);
  expect(rows.map(({ text }) => text.length)).toEqual(texts.map(({ length }) => length));
  expect(rows.every(({ text }, i) => text === texts[i])).toBe(true);
});

test('ragged rows: what lacks is null, what is too much is rejected', async () => {
  const one = fresh();
  const report = await one.load(
    { columns: ['a', 'b', 'c'], rows: [[1, 2, 3], [4], [5, 6, 7, 8], [9, null, 9]] },
    { status: 'partial' },
  );
  expect(report.rejections).toEqual([{ row: 3, column: null, reason: '4 cells instead of 3' }]);
  expect(await one.rows()).toEqual([
    [1, 2, 3],
    [4, null, null],
    [9, null, 9],
  ]);
});

describe('files of little', () => {
  it('loads one column with backslashes, dots and nothing', async () => {
    const one = fresh();
    const texts = ['\\.', '', '\\N', null, '\\', 'a\\.b', 'NULL', '""', '\\.\n\\.'];
    await one.load({ columns: ['a'], rows: texts.map((text) => [text]) });
    expect(await one.rows()).toEqual(texts.map((text) => [text === '' ? null : text]));
  });
  it('loads a header alone, and types come with the first values', async () => {
    const one = fresh();
    expect(await one.load({ columns: ['a', 'b'], rows: [] })).toMatchObject({ rows: 0, drift: [] });
    expect(await one.types()).toEqual({ a: 'text', b: 'text' });
    expect(await one.load({ columns: ['a', 'b'], rows: [[1, '2026-01-01']] })).toMatchObject({ drift: [] });
    expect(await one.types()).toEqual({ a: 'bigint', b: 'date' });
  });
  test.each(['evolve', 'freeze', 'fail'] as const)(
    'takes JSON lines of no rows for no rows: %s',
    async (schema) => {
      // The table may be emptied.
      const one = fresh({ format: 'jsonl', schema, leastRows: 0 });
      expect(await one.load({ columns: ['a'], rows: [] })).toMatchObject({ rows: 0 });
      await one.load({ columns: ['a'], rows: [[1]] });
      expect(await one.load({ columns: ['a'], rows: [] })).toMatchObject({ rows: 0, deleted: 1, drift: [] });
      expect(await one.load({ columns: ['a'], rows: [[2]] })).toMatchObject({ drift: [] });
      expect(await one.rows()).toEqual([[2]]);
    },
  );
});

test('labels that repeat or are empty keep their columns from run to run', async () => {
  for (const format of FORMATS) {
    const one = fresh({ format });
    const columns = ['a', '', 'a', 'A', '', 'a_2', '"; drop table x; --', '🙂', 'select', 'é'.repeat(200)];
    const row = (by: number): number[] => columns.map((_, i) => by * 100 + i);
    await one.load({ columns, rows: [row(1)] });
    const names = Object.keys(await one.types());
    expect(new Set(names).size).toBe(columns.length);
    expect(await one.load({ columns, rows: [row(2)] })).toMatchObject({ drift: [] });
    expect(Object.keys(await one.types())).toEqual(names);
    expect(await one.rows()).toEqual([row(2)]);
    const comments = await rig.query<{ comment: string }>(
      `select col_description($1::regclass, attnum) as comment from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and attname !~ '^_' order by attnum`,
      [one.table],
    );
    expect(comments.map(({ comment }) => comment.split('\n')[0])).toEqual(columns);
  }
});

describe('declared types', () => {
  const types = {
    ...{ amount: 'numeric(18,2)', code: 'varchar(3)', count: 'integer', id: 'uuid', tags: 'text[]' },
    ...{ price: 'text', when: 'timestamp(0) without time zone' },
  };
  const columns = Object.keys(types);
  const uuid = '6b1e0b4e-2f6c-4d6c-9f0e-5d6f5e1b7a10';
  const good = ['12.5', 'abc', '7', uuid, '{a,"b c"}', '$1,234.50', '2026-01-31T10:00:00Z'];
  const bad = (column: number, text: string): string[] => good.with(column, text);

  test.each(FORMATS)('are kept, and rows that do not fit are told: %s', async (format) => {
    const one = fresh({ format, types });
    const rows = [good, bad(0, 'x'), bad(1, 'abcd'), bad(2, '1.5'), bad(3, 'x'), bad(4, '{'), good];
    const report = await one.load({ columns, rows }, { status: 'partial' });
    expect(report.rejections).toEqual(
      ['numeric(18,2)', 'varchar(3)', 'integer', 'uuid', 'text[]'].map((type, i) => ({
        ...{ row: i + 2, column: columns[i], reason: `the value is no ${type}` },
      })),
    );
    const when = '2026-01-31T10:00:00';
    const stored = [12.5, 'abc', 7, uuid, ['a', 'b c'], '$1,234.50', when];
    expect(await one.rows()).toEqual([stored, stored]);
    expect(Object.values(await one.types())).toEqual([
      ...['numeric(18,2)', 'character varying(3)', 'integer', 'uuid', 'text[]', 'text'],
      'timestamp(0) without time zone',
    ]);
  });

  it('takes formatted numbers where a number is declared, by label or by name', async () => {
    const one = fresh({ types: { 'The Amount': 'numeric(18,2)', the_price: 'numeric' } });
    const shown = {
      columns: ['The Amount', 'The Price'],
      rows: [
        ['$1,234.50', '1,000'],
        ['7', 'free'],
      ],
    };
    const report = await one.load(shown, { status: 'partial' });
    expect(report.rejections).toEqual([{ row: 2, column: 'The Price', reason: 'the value is no numeric' }]);
    expect(await one.rows()).toEqual([[1234.5, 1000]]);
  });

  it('loses nothing when a declaration is taken back', async () => {
    const one = fresh({ mode: 'append' });
    const declared = { types: { n: 'numeric(9,1)', zip: 'text', code: 'varchar(9)', big: 'integer' } };
    // Long enough that what differs is no part of the sample.
    const rows = Array.from({ length: 70_000 }, (_, i): Cell[] =>
      i < 69_999 ? ['1', '2', '3', '4'] : ['1.5', '007', '008', '5'],
    );
    await one.load({ columns: ['n', 'zip', 'code', 'big'], rows }, declared);
    await one.load({ columns: ['n', 'zip', 'code', 'big'], rows: [['1', '2', '3', '4']] });
    expect(await one.types()).toEqual({ n: 'numeric', zip: 'text', code: 'text', big: 'bigint' });
    expect(await rig.query(`select n::text, zip, code, big::text from ${one.table} where n <> 1`)).toEqual([
      { n: '1.5', zip: '007', code: '008', big: '5' },
    ]);
  });
});

test('formatted numbers that turn out to be texts are read once more, however many columns', async () => {
  const one = fresh();
  const columns = Array.from({ length: 30 }, (_, i) => `c ${i}`);
  const rows = ['$1,234.50', '007', '12.5%', null].map((text) =>
    columns.map((_, i) => (i === 0 ? '$5' : text)),
  );
  const { endpoints } = rig.simulator.counters;
  const before = endpoints.get('GET /v2/query/{queryId}/download') ?? 0;
  await one.load({ columns, rows });
  // A request that finds the job running, and two that read.
  expect(endpoints.get('GET /v2/query/{queryId}/download')).toBe(before + 3);
  expect(await one.rows()).toEqual(rows.map((row) => [5, ...row.slice(1)]));
});

test('JSON that Postgres can not take is text, on both ways', async () => {
  const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  for (const hostile of [
    deep(300),
    deep(50_000),
    '{"a":"\\u0000"}',
    '["\\ud83d"]',
    '[1e999999]',
    '{"a":"\\u0000","a":1}',
  ]) {
    for (const lead of [0, 40_000]) {
      const one = fresh();
      const rows = [...Array.from({ length: lead }, () => ['{"a": 1}']), [hostile], ['{"b":"Release2024"}']];
      await one.load({ columns: ['j'], rows });
      expect([hostile.slice(0, 20), lead, await one.types()]).toEqual([
        hostile.slice(0, 20),
        lead,
        { j: 'text' },
      ]);
      const [last] = await rig.query<{ j: string }>(`select j from ${one.table} where j = $1`, [hostile]);
      expect(last?.j.length).toBe(hostile.length);
    }
  }
});
