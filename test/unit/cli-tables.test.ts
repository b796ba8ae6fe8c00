import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { cell, printAnswer, printTable, table } from '../../src/cli/output/tables.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Lines that are printed to a terminal of that width; without one, to a file. */
function printedTo(width: number | undefined, work: () => void): string[] {
  const written: string[] = [];
  const { isTTY, columns } = process.stdout;
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  Object.assign(process.stdout, { isTTY: width !== undefined, columns: width });
  try {
    work();
  } finally {
    Object.assign(process.stdout, { isTTY, columns });
  }
  return written.join('').trimEnd().split('\n').map(stripVTControlCharacters);
}

it('a terminal shows the beginning of a long error, and a file all of it', () => {
  const rows = [{ status: 'failed', rows: '-', error: 'x'.repeat(300) }];
  const print = () => printTable(rows, ['status', 'rows', 'error']);
  const lines = printedTo(80, print);
  expect(lines.slice(0, 3).every((line) => line.length <= 80)).toBe(true);
  expect(lines[2]).toBe(`failed  ${'x'.repeat(71)}…`);
  expect(lines[3]).toBe('(cut to the width of the terminal; --json has it all)');
  expect(printedTo(undefined, print)[2]).toBe(`failed  ${'x'.repeat(300)}`);
});

it('a column without a value is left out, but not of an answer', () => {
  const rows = [{ run: 'a', rows: '-' }];
  expect(printedTo(80, () => printTable(rows, ['run', 'rows']))[0]).toBe('run');
  expect(printedTo(80, () => printTable([...rows, { run: 'b', rows: 1 }], ['run', 'rows']))[0]).toBe(
    'run  rows',
  );
  const long = [
    { run: 'a', error: 'x'.repeat(100) },
    { run: '-', error: '-' },
  ];
  expect(printedTo(80, () => printAnswer(long, ['run', 'error']))[2]).toHaveLength(105);
});

it('a table has as many rows as there are', () => {
  const rows = Array.from({ length: 300_000 }, (_, n) => n);
  const lines = table(rows, [{ title: 'n', value: (n) => n }]);
  expect(lines).toHaveLength(rows.length + 2);
  expect([lines[0], lines[2], lines.at(-1)]).toEqual(['     n', '     0', '299999']);
});

it('a table of a given width breaks its last column into lines, and long words too', () => {
  const rows = [
    { name: 'a', text: `${'word '.repeat(30)}end` },
    { name: 'b', text: 'x'.repeat(120) },
    { name: 'c', text: 'short' },
  ];
  const lines = table(rows, ['name', 'text'], 60);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  const [, , ...cells] = lines;
  expect(cells.filter((line) => /^[abc]/.test(line))).toHaveLength(3);
  expect(cells.join(' ').match(/word/g)).toHaveLength(30);
  expect(cells.join('').match(/x/g)).toHaveLength(120);
});

it.each([
  [1.5, 1.5],
  [null, ''],
  [['a', 1], 'a, 1'],
  [['a', null], '["a",null]'],
  [[[1], [2]], '[[1],[2]]'],
  [{ a: 1 }, '{"a":1}'],
  [true, 'true'],
])('%j is shown as %j', (value, shown) => expect(cell(value)).toBe(shown));
