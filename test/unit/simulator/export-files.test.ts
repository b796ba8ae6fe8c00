/** Rows that become files, and rows that do not. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encoded, encoderOf } from '../../../simulator/exports/export-encode.ts';
import { type Cell, type ExportColumn, rowsOf } from '../../../simulator/store/export-table.ts';
import { AWKWARD } from '../../../simulator/store/names.ts';
import type { Json } from './api.ts';
import { dataElementsOf, exported, openExports, parseCsv } from './exports.ts';

const COLUMNS: ExportColumn[] = [
  { label: 'Text', type: 'text' },
  { label: 'Number', type: 'number' },
  { label: 'Day', type: 'date' },
  { label: 'At', type: 'datetime' },
  { label: 'Flag', type: 'boolean' },
];
const AT = new Date('2026-03-04T05:06:07.890Z');
const ROWS: Cell[][] = [
  ['a "b", c\nd', 12.5, AT, AT, true],
  ['', 9_007_199_254_740_993n, null, null, null],
  [null, 1e21, AT, AT, false],
];

test('the three formats of the same rows', async () => {
  const client = await openExports();
  const place = client.simulator.organization.addExport({
    columns: COLUMNS,
    count: 3,
    rows: (i) => ROWS[i] ?? [],
  });
  expect(await exported(client, place)).toBe(
    'Text,Number,Day,At,Flag\n' +
      '"a ""b"", c\nd",12.5,2026-03-04,2026-03-04T05:06:07.890Z,true\n' +
      ',9007199254740993,,,\n' +
      ',1e+21,2026-03-04,2026-03-04T05:06:07.890Z,false\n',
  );
  const lines = await exported(client, place, 'jsonl');
  expect(lines).toContain('"Number":9007199254740993,');
  const objects = lines
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as Json);
  expect(objects[0]).toEqual({
    Text: 'a "b", c\nd',
    Number: 12.5,
    Day: '2026-03-04',
    At: AT.toISOString(),
    Flag: true,
  });
  expect(objects.map((object) => object['Text'])).toEqual(['a "b", c\nd', '', null]);
  expect(JSON.parse(await exported(client, place, 'json'))).toEqual(objects);
});

test('no rows at all', async () => {
  const client = await openExports();
  const place = client.simulator.organization.addExport({ columns: COLUMNS, count: 0, rows: () => [] });
  const files = await Promise.all(['csv', 'jsonl', 'json'].map((type) => exported(client, place, type)));
  expect(files).toEqual(['Text,Number,Day,At,Flag\n', '', '[]']);
});

test('any cells come back from CSV and JSON as they were', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...AWKWARD, '\0', '"', '\r', '', '0'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (rows) => {
      const columns = ['', 'a', 'a', 'say "hi",\n'].map((label): ExportColumn => ({ label, type: 'text' }));
      const file = (format: 'csv' | 'json' | 'jsonl'): string =>
        Buffer.concat([
          ...encoded(encoderOf(columns, { format, lineEnd: '\n', formatted: false }), rows),
        ]).toString();
      const [header, ...records] = parseCsv(file('csv'));
      expect(header).toEqual(columns.map(({ label }) => label));
      // Bytes can't hold half of a surrogate pair.
      const text = (value: unknown): string => Buffer.from(String(value)).toString();
      expect(records).toEqual(rows.map((row) => row.map(text)));
      const parsed = JSON.parse(file('json')) as Json[];
      expect(parsed).toHaveLength(rows.length);
      const lines = file('jsonl')
        .split('\n')
        .filter((line) => line !== '');
      expect(lines.map((line) => JSON.parse(line) as Json)).toEqual(parsed);
      for (const [i, row] of rows.entries()) {
        // JSON has no minus zero; of labels that repeat the last one is kept.
        const value = (one: unknown): unknown => (one === 0 ? 0 : one);
        expect(parsed[i]?.['']).toBe(value(row[0]));
        if (row.length > 1) expect(parsed[i]?.['a']).toBe(value(row[2] ?? row[1]));
      }
    }),
    { numRuns: 150 },
  );
});

test('hostile data: repeated and empty labels, 1,500 columns, a megabyte in a cell, ragged rows', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const columns = Array.from({ length: 1500 }, (_, i) => (i % 3 === 0 ? '' : `Column ${i % 40}, "x"`));
  const wide = organization.addExport({
    columns,
    count: 20,
    rows: (i) => columns.map((_, j) => `${i} ${j}\0`),
  });
  const [header, ...records] = parseCsv(await exported(client, wide));
  expect(header).toEqual(columns);
  expect(records.map((record) => record.length)).toEqual(Array(20).fill(1500));
  expect(records[19]?.[1499]).toBe('19 1499\0');

  const long = 'é"\n'.repeat(350_000);
  const one = organization.addExport({ columns: ['text'], count: 3, rows: (i) => [i === 1 ? long : ''] });
  expect(parseCsv(await exported(client, one))).toEqual([['text'], [''], [long], ['']]);
  expect((JSON.parse(await exported(client, one, 'json')) as Json[])[1]).toEqual({ text: long });

  const ragged = organization.addExport({
    columns: ['a', 'b'],
    count: 3,
    rows: (i) => ['x', 'y', 'z'].slice(0, i + 1),
  });
  expect(await exported(client, ragged)).toBe('a,b\nx\nx,y\nx,y,z\n');
  expect(JSON.parse(await exported(client, ragged, 'json'))).toEqual([
    { a: 'x' },
    { a: 'x', b: 'y' },
    { a: 'x', b: 'y' },
  ]);
});

test('derived data is the same for a seed, awkward, and changes with a version', async () => {
  const sizes = { organization: { workbooks: 30, seed: 5 } };
  const [one, two] = [await openExports(sizes), await openExports(sizes)];
  const { organization } = one.simulator;
  const texts = [];
  for (const place of dataElementsOf(one)) {
    const text = await exported(one, place, 'json');
    if (texts.length < 10) expect(await exported(two, place, 'json')).toBe(text);
    texts.push(text);
  }
  const cells = texts.flatMap((text) => (JSON.parse(text) as Json[]).flatMap((row) => Object.values(row)));
  for (const value of [null, '', true, false, 9_007_199_254_740_991, ...AWKWARD])
    expect(cells).toContain(value);
  expect(cells.some((value) => /^\d{4}-\d\d-\d\d$/.test(String(value)))).toBe(true);
  const place = dataElementsOf(one).find((p) => organization.exportOf(p.workbookId, p.elementId).count > 20);
  if (place === undefined) throw new Error('all tables are small');
  const before = await exported(one, place);
  organization.publishVersion(place.workbookId);
  const again = dataElementsOf(one).some((p) => p.elementId === place.elementId);
  if (again) expect(await exported(one, place)).not.toBe(before);
});

test('no more rows than the limit; further ones by offset', async () => {
  const client = await openExports({ exportRowLimit: 10 });
  const place = client.simulator.organization.addExport({ columns: ['n'], count: 25, rows: (i) => [i] });
  const numbers = async (more: Json): Promise<number[]> =>
    parseCsv(await exported(client, place, 'csv', more))
      .slice(1)
      .map(([n]) => Number(n));
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  expect(await numbers({})).toEqual(range(0, 10));
  expect(await numbers({ rowLimit: 2_000_000 })).toEqual(range(0, 10));
  expect(await numbers({ rowLimit: 3, offset: 9 })).toEqual(range(9, 12));
  expect(await numbers({ offset: 20 })).toEqual(range(20, 25));
  expect(await numbers({ offset: 25 })).toEqual([]);
  client.simulator.faults.set({ exports: { oneBasedOffset: true } });
  expect(await numbers({ rowLimit: 3, offset: 9 })).toEqual(range(8, 11));
  expect(await numbers({ rowLimit: 3, offset: 0 })).toEqual(range(0, 3));
});

test('an element added to a workbook publishes a version and is listed with its columns and controls', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const workbookId = organization.addWorkbook();
  const before = organization.workbooks.get(workbookId)?.version ?? 0;
  const controls = { Day: { valueType: 'date', column: 1 } } as const;
  const { elementId } = organization.addExport({
    workbookId,
    columns: COLUMNS,
    controls,
    count: 3,
    rows: (i) => ROWS[i] ?? [],
    type: 'pivot-table',
  });
  expect(organization.workbooks.get(workbookId)?.version).toBe(before + 1);
  const elements = await client.all(`/v2/workbooks/${workbookId}/elements`);
  const labels = COLUMNS.map(({ label }) => label);
  expect(elements.find((e) => e['elementId'] === elementId)).toMatchObject({
    type: 'pivot-table',
    columns: labels,
  });
  expect(await client.all(`/v2/workbooks/${workbookId}/controls`)).toContainEqual({
    name: 'Day',
    valueType: 'date',
  });
  expect([...rowsOf(organization.exportOf(workbookId, elementId))]).toEqual(ROWS);
});
