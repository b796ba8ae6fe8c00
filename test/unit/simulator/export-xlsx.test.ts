/** Workbook files: what is in them, and that it comes back as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xlsx } from '../../../simulator/exports/export-xlsx.ts';
import { type Cell, type ExportColumn, rowsOf } from '../../../simulator/store/export-table.ts';
import { AWKWARD } from '../../../simulator/store/names.ts';
import { contentOf } from '../../../simulator/streams/shared/contents.ts';
import type { Json } from './api.ts';
import { fileOf, openExports } from './exports.ts';
import { readXlsx, type SheetCell } from './xlsx.ts';

const DAY = 86_400_000;
const XLSX = { format: { type: 'xlsx' } };

/** A cell as a reader of the sheet sees it: null has none, and a sheet knows days from instants by their format. */
function seen(cell: Cell, column: ExportColumn | undefined): SheetCell | undefined {
  if (cell === null) return undefined;
  if (typeof cell === 'bigint') return Number(cell);
  if (!(cell instanceof Date)) return cell;
  const isDay = column?.type === 'date';
  const at = cell.getTime();
  return {
    at: isDay ? Math.floor(at / DAY) * DAY : at,
    code: isDay ? 'yyyy\\-mm\\-dd' : 'yyyy\\-mm\\-dd\\ hh:mm:ss.000',
  };
}

/** The header and the rows as they should be, without the nulls at the end of a row. */
function sheetOf(columns: readonly ExportColumn[], rows: Iterable<readonly Cell[]>): unknown[][] {
  const all = [...rows].map((cells) => cells.map((cell, i) => seen(cell, columns[i])));
  return [columns.map(({ label }) => label), ...all].map(trimmed);
}

function trimmed(row: readonly unknown[]): unknown[] {
  return row.slice(0, row.findLastIndex((cell) => cell !== undefined) + 1);
}

test('any cells come back as they were, in as many columns as there are', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('_', 'x', '00', '41', 'D', '\x01', '\r', '\n', ' ', '\ud800', '\uffff'))
      .map((all) => all.join('')),
    fc.constantFrom(...AWKWARD, '_x0041_x0041_', '\ufffe', ']]>', '<&"\'', '00123'),
  );
  const cell: fc.Arbitrary<Cell> = fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.date({ min: new Date('1900-03-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
  );
  const column = fc.record({ label: text, type: fc.constantFrom('date' as const, 'datetime' as const) });
  fc.assert(
    fc.property(
      fc.array(column, { maxLength: 30 }),
      fc.array(fc.array(cell, { maxLength: 40 }), { maxLength: 8 }),
      (columns, rows) => {
        const file = Buffer.concat([...xlsx([{ name: 'S', columns, rows: () => rows }])]);
        const [sheet] = readXlsx(file);
        expect(sheet?.rows).toEqual(sheetOf(columns, rows));
      },
    ),
    { numRuns: 150 },
  );
});

test('what a sheet cannot hold: early dates and infinity are texts, long texts are cut', () => {
  const columns = [{ label: 'a', type: 'date' as const }];
  const long = `${'x'.repeat(32_766)}💡`;
  const rows = [[new Date('1900-02-28')], [Number.POSITIVE_INFINITY], [long]];
  const [sheet] = readXlsx(Buffer.concat([...xlsx([{ name: 'S', columns, rows: () => rows }])]));
  expect(sheet?.rows).toEqual([['a'], ['1900-02-28'], ['Infinity'], ['x'.repeat(32_766)]]);
});

test('names of sheets are those that Excel takes', () => {
  const names = ['a/b:c', 'A_B_C', '', "'q'", 'x'.repeat(40), 'X'.repeat(31), '<&">\n'];
  const sheets = names.map((name) => ({ name, columns: [], rows: () => [] }));
  const read = readXlsx(Buffer.concat([...xlsx(sheets)])).map(({ name }) => name);
  expect(read).toEqual([
    ...['a_b_c', 'A_B_C (2)', 'Sheet', '_q_', 'x'.repeat(31), `${'X'.repeat(27)} (2)`, '<&">_'],
  ]);
});

test('an element, a page and a workbook: a sheet for each element with data', async () => {
  const client = await openExports({ organization: { workbooks: 6, elements: 60 } });
  const { organization } = client.simulator;
  let sheetsInAll = 0;
  for (const workbook of organization.workbooks.list.toArray().filter(({ archived }) => !archived)) {
    const content = contentOf(organization, workbook);
    const expected = content.map(({ elements }) =>
      elements
        .filter((element) => element.columns !== undefined)
        .map(({ elementId }) => organization.exportOf(workbook.id, elementId))
        .map((table) => sheetOf(table.columns, rowsOf(table))),
    );
    const { bytes } = await fileOf(client, workbook.id, XLSX);
    const all = readXlsx(bytes);
    expect(all.map(({ rows }) => rows.map(trimmed))).toEqual(expected.flat());
    sheetsInAll += all.length;
    for (const [i, { page }] of content.entries()) {
      const ofPage = readXlsx((await fileOf(client, workbook.id, { pageId: page.pageId, ...XLSX })).bytes);
      // A file must have a sheet, even of a page without data.
      if (expected[i]?.length === 0) expect(ofPage.map(({ rows }) => rows)).toEqual([[[]]]);
      else expect(ofPage.map(({ rows }) => rows.map(trimmed))).toEqual(expected[i]);
    }
    const first = content.flatMap(({ elements }) => elements).find(({ columns }) => columns !== undefined);
    if (first === undefined) continue;
    const one = readXlsx((await fileOf(client, workbook.id, { elementId: first.elementId, ...XLSX })).bytes);
    expect(one.map(({ rows }) => rows.map(trimmed))).toEqual(expected.flat().slice(0, 1));
  }
  expect(sheetsInAll).toBeGreaterThan(20);
});

test('controls, rowLimit, offset, the limit of rows and their order', async () => {
  const client = await openExports({ exportRowLimit: 10 });
  const { organization, faults } = client.simulator;
  const spec = { columns: ['n'], count: 25, rows: (i: number) => [i] };
  const controls = { Range: { valueType: 'number-range', column: 0 } } as const;
  const { workbookId, elementId } = organization.addExport({ ...spec, controls });
  organization.addExport({ ...spec, workbookId, name: 'Another' });
  const numbers = async (more: Json): Promise<unknown[]> => {
    const sheets = readXlsx((await fileOf(client, workbookId, { ...XLSX, ...more })).bytes);
    // A version that is published brings elements of its own.
    return sheets.filter(({ rows }) => rows[0]?.[0] === 'n').map(({ rows }) => rows.slice(1).map(([n]) => n));
  };
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  expect(await numbers({ elementId })).toEqual([range(0, 10)]);
  expect(await numbers({ elementId, rowLimit: 99, offset: 20 })).toEqual([range(20, 25)]);
  expect(await numbers({ rowLimit: 3, parameters: { Range: 'min:20,max:' } })).toEqual([
    ...[range(20, 23), range(0, 3)],
  ]);
  faults.set({ exports: { shuffle: true, oneBasedOffset: true } });
  const [shuffled] = await numbers({ elementId, offset: 1 });
  expect(shuffled).toHaveLength(10);
  expect(shuffled).not.toEqual(range(0, 10));
});

test('a large sheet is made without being held, the same for a seed', async () => {
  const files = [];
  for (let i = 0; i < 2; i++) {
    const client = await openExports({ organization: { workbooks: 3, seed: 9 } });
    const { workbookId, elementId } = client.simulator.organization.addBigExport({ rows: 5000 });
    files.push(await fileOf(client, workbookId, { elementId, ...XLSX }));
  }
  const [one, two] = files.map(({ bytes }) => bytes);
  expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  const [sheet] = readXlsx(one ?? Buffer.alloc(0));
  expect(sheet?.rows.slice(1).map(([id]) => id)).toEqual(
    Array.from({ length: 5000 }, (_, i) => 1_000_000_000_000 + i),
  );
  const { headers } = files[0] ?? {};
  expect(headers?.get('content-type')).toBe(
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  );
  expect(headers?.get('content-disposition')).toContain('filename="Export.xlsx"');
});
