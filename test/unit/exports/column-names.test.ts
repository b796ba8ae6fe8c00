/** Names of columns: what labels become, and that no label can break, steal or move a name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnNames, type NamedColumn } from '../../../src/exports/decide/column-names.ts';
import { POSTGRES_WORDS } from '../../../src/exports/decide/postgres-words.ts';

const namesOf = (labels: readonly string[], known: readonly NamedColumn[] = []) =>
  columnNames(labels, known).map(({ name }) => name);

/** Letters, digits and marks of any script, in words; what PostgreSQL's lexer takes as an identifier. */
const UNQUOTED = /^\p{L}[\p{L}\p{M}\p{N}]*(?:_[\p{L}\p{M}\p{N}]+)*_?$/u;

/** Labels as people write them, and such that want to break something; few distinct ones, so that they collide. */
const label = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'A', 'a_2', 'a 2', 'a_2_2', 'user', 'User_', '', '!', 'column_2'),
  },
  fc.string({
    unit: fc.constantFrom(
      'a',
      'B',
      '1',
      '_',
      ' ',
      'é',
      '"',
      "'",
      ';',
      '\0',
      '\ud83d',
      '😀',
      'ש',
      '一',
      '\u0301',
    ),
  }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"; drop table users; --',
    '\u202eevil\u202c',
    'שלום עולם',
    '👩‍👩‍👧',
    'x'.repeat(500),
    'é'.repeat(62),
    '名'.repeat(40),
    `${'x'.repeat(62)}😀`,
    `${'x'.repeat(62)} y`,
    '__proto__',
    'constructor',
    '_row_number',
    'CTID',
  ),
);
const labels = fc.array(label, { maxLength: 12 });

describe('a label', () => {
  it.each([
    ['Event ID', 'event_id'],
    ['createdAt', 'created_at'],
    ['IP Address', 'ip_address'],
    ['HTTPServer', 'http_server'],
    ['User IDs', 'user_ids'],
    ['URLsFound', 'urls_found'],
    ['Q1Sales', 'q1_sales'],
    ['  Sum of  Amount ($) ', 'sum_of_amount'],
    ['2024 Sales', 'c_2024_sales'],
    ['٣ مبيعات', 'c_٣_مبيعات'],
    ['Prénom', 'prenom'],
    ['Straße', 'straße'],
    ['ΕΛΛΆΔΑ', 'ελλάδα'],
    ['İstanbul', 'istanbul'],
    ['हिन्दी', 'हिन्दी'],
    ['Ｆｕｌｌ ｗｉｄｔｈ', 'full_width'],
    ['\ufeffid', 'id'],
    ['_row_number', 'row_number'],
    ['order', 'order_'],
    ['Left', 'left_'],
    ['ctid', 'ctid_'],
    ['1️⃣', 'c_1'],
    ['', 'column_1'],
    ['😀', 'column_1'],
    ['\u3164', 'column_1'],
    ['"; DROP TABLE users; --', 'drop_table_users'],
  ])('%j is %s', (given, expected) => {
    expect(namesOf([given])).toEqual([expected]);
  });

  it('is cut between characters', () => {
    expect(namesOf(['名'.repeat(40)])).toEqual(['名'.repeat(21)]);
    expect(namesOf([`${'x'.repeat(62)}𐐷`, `${'x'.repeat(62)}𐐷`])).toEqual([
      'x'.repeat(62),
      `${'x'.repeat(61)}_2`,
    ]);
  });

  it('is a name already where it is made of what makes one', () => {
    const again: string[] = [];
    for (let code = 1; code < 0x30000; code++) {
      const [name = ''] = namesOf([`aB${String.fromCodePoint(code)}b`]);
      if (namesOf([name])[0] !== name) again.push(code.toString(16));
    }
    expect(again).toEqual([]);
  });
});

describe('labels', () => {
  it('that collide are numbered, but never with a name that is another label', () => {
    expect(namesOf(['a', 'a', 'A', 'a_2'])).toEqual(['a', 'a_3', 'a_4', 'a_2']);
    expect(namesOf(['', '!', 'column 2'])).toEqual(['column_1', 'column_2', 'column_2_2']);
    expect(namesOf(['user', 'User'])).toEqual(['user_', 'user_2']);
  });

  it('become unique names that need no quotes', () => {
    fc.assert(
      fc.property(labels, (labels) => {
        const columns = columnNames(labels);
        expect(columns.map(({ label }) => label)).toEqual(labels);
        expect(new Set(columns.map(({ name }) => name)).size).toBe(labels.length);
        for (const { name } of columns) {
          expect(name).toMatch(UNQUOTED);
          expect(POSTGRES_WORDS.has(name)).toBe(false);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
          expect(name.isWellFormed() && name === name.toLowerCase() && name === name.normalize()).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keep their names when columns come, go and move', () => {
    fc.assert(
      fc.property(labels, labels, fc.array(fc.nat()), (first, others, keys) => {
        const known = columnNames(first);
        expect(columnNames(first, known)).toEqual(known);

        const key = (index: number) => keys[index % Math.max(1, keys.length)] ?? index;
        const mixed = [...first, ...others]
          .map((label, index) => ({ label, key: key(index) }))
          .sort((a, b) => a.key - b.key)
          .map(({ label }) => label)
          .slice((keys[0] ?? 0) % 4);
        const before = new Map(
          known.map((column) => [JSON.stringify([column.label, column.occurrence]), column.name]),
        );
        const names = new Set(before.values());
        const after = columnNames(mixed, known);
        expect(new Set(after.map(({ name }) => name)).size).toBe(mixed.length);
        for (const { label, occurrence, name } of after) {
          const old = before.get(JSON.stringify([label, occurrence]));
          if (old === undefined) expect(names).not.toContain(name);
          else expect(name).toBe(old);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leave the name of a column that is missing alone', () => {
    const known = columnNames(['Event ID', 'event id']);
    expect(namesOf(['EVENT ID', 'event id'], known)).toEqual(['event_id_3', 'event_id_2']);
  });

  it('leave a name to the label it is natural for, even where that has another', () => {
    const known = [{ label: 'a 2', occurrence: 0, name: 'a_2_2' }];
    expect(namesOf(['a', 'a', 'a 2'], known)).toEqual(['a', 'a_3', 'a_2_2']);
  });

  it('may be as many as a table holds, all equal', () => {
    expect(new Set(namesOf(Array.from({ length: 1_600 }, () => 'x'.repeat(100)))).size).toBe(1_600);
  });
});
