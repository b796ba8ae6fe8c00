/** Downloads: what programs read is what the rows hold, and no cell of a spreadsheet is a formula. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvColumns, csvHead, csvRows } from '../../src/operations/web/view/csv.ts';
import { type Column, figure, text } from '../../src/operations/web/view/table.ts';

/** Cells of a file, by the rules of RFC 4180. */
function parsed(file: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < file.length; i++) {
    const one = file.charAt(i);
    if (quoted && one === '"' && file.charAt(i + 1) === '"') {
      cell += one;
      i++;
    } else if (one === '"') quoted = !quoted;
    else if (!quoted && (one === ',' || one === '\r')) {
      rows.at(-1)?.push(cell);
      cell = '';
      if (one === '\r') {
        rows.push([]);
        i++;
      }
    } else cell += one;
  }
  return rows.slice(0, -1);
}

interface Row {
  readonly name: string | null;
  readonly size: number | null;
}
const COLUMNS: readonly Column<Row>[] = [
  text('Name, "as it is"', ({ name }) => name, { sort: 'name' }),
  figure('Size', ({ size }) => size),
  { title: 'Only shown', cell: () => 'x' },
];

describe('a cell', () => {
  it.each([
    ['plain', '"plain"'],
    ['with "quotes", commas\r\nand lines', '"with ""quotes"", commas\r\nand lines"'],
    ['=1+1', `"'=1+1"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@SUM(A1)', `"'@SUM(A1)"`],
    ['  =1', `"'  =1"`],
    ['\t=1', `"'\t=1"`],
    ['\r\n=1', `"'\r\n=1"`],
    ['\ttext', `"'\ttext"`],
    ['\u200b=1', `"'\u200b=1"`],
    ['\ufeff=1', `"'\ufeff=1"`],
    ['＝1', `"'＝1"`],
    ['＋1', `"'＋1"`],
    ['－1', `"'－1"`],
    ['＠x', `"'＠x"`],
    ['a=1', '"a=1"'],
    ["'", `"'"`],
    ['nul\0l', '"null"'],
    ['\ud800half', '"\ufffdhalf"'],
    ['', '""'],
  ])('%j', (given, expected) => expect(csvCell(given)).toBe(expected));

  it.each([
    [null, ''],
    [undefined, ''],
    [-5, '-5'],
    [1e21, '1e+21'],
    [Number.NaN, ''],
    [true, 'true'],
    [new Date('2026-11-24T02:15:00Z'), '2026-11-24T02:15:00.000Z'],
    [new Date(Number.NaN), ''],
  ])('of no text: %s', (given, expected) => expect(csvCell(given)).toBe(expected));
});

describe('a file', () => {
  it('has the columns with data', () => {
    expect(csvColumns(COLUMNS).map(({ title }) => title)).toEqual(['Name, "as it is"', 'Size']);
    expect(csvHead(csvColumns(COLUMNS))).toBe('"Name, ""as it is""","Size"\r\n');
  });

  it('gives back what it was made of, and never begins a formula', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('=', '+', '-', '@', '"', "'", ',', ';', '\t', '\r', '\n', ' ', 'a'),
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.record({ name: hostile, size: fc.integer() }), { minLength: 1 }), (rows) => {
        const read = parsed(csvRows(csvColumns(COLUMNS), rows));
        expect(read).toHaveLength(rows.length);
        rows.forEach(({ name, size }, i) => {
          const [cell = '', figures] = read[i] ?? [];
          const clean = name.toWellFormed().replaceAll('\0', '');
          expect([clean, `'${clean}`]).toContain(cell);
          expect(cell).not.toMatch(/^\s*[=+\-@]/);
          expect(figures).toBe(String(size));
        });
      }),
    );
  });
});
