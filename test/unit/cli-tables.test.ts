import { expect, it } from 'vitest';
import { cell, table } from '../../src/cli/output/tables.ts';

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
