/** Random data that no table wants to see, and what an export of it must become. */
import fc from 'fast-check';
import Papa from 'papaparse';
import { encoderOf } from '../../simulator/exports/export-encode.ts';
import type { Cell, ExportColumn } from '../../simulator/store/export-table.ts';
import { joined, type Kind, kindOf, kindOfString } from '../../src/exports/decide/kinds.ts';

/** An element with such data. */
export interface HostileTable {
  readonly columns: readonly ExportColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** JSON with a number that Postgres does not hold. */
const TOO_LARGE = '[1e999999]';

const awkward = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      ...[
        '"',
        '""',
        ',',
        '\n',
        '\r',
        '\r\n',
        '\t',
        ' ',
        '\\',
        '\\.',
        "'",
        'a',
        '7',
        'é',
        '🙂',
        '\u00a0',
        '\u2028',
        // Behind a letter: PGlite leaves it out at the beginning of what it is read.
        'x\ufeff',
        '\ufffd',
        '\u0001',
        'e\u0301',
        '漢',
      ],
    ),
    maxLength: 12,
  }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    ' ',
    'NULL',
    '\\N',
    '\\.',
    "'; drop table x; --",
    'null',
    '{"a":',
    '=1+1',
    'NaN',
    'Infinity',
  ),
);
const numberLike = fc.constantFrom(
  ...[
    '007',
    '+5',
    '1,234.50',
    '$1,234.50',
    '12.5%',
    '(1,200)',
    '-€5',
    '1,2',
    '12E4',
    '1e5',
    '1e+5',
    '0',
    '-0',
    '00',
  ],
  ...[
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '9007199254740993',
    '1.10',
    '0x1F',
    '.5',
  ],
  ...['1'.repeat(120), '1'.repeat(400), '0.000000000000000000000000000000001', '1e-300'],
);
const timeLike = fc.constantFrom(
  ...[
    '2026-01-31',
    '2026-02-30',
    '1/2/2026',
    '2026-01-31T10:00:00',
    '2026-01-31 10:00',
    '2026-01-31T10:00:00.123456Z',
  ],
  ...[
    '2026-01-31T10:00:00.123456789Z',
    '2026-01-31T23:30:00+05:30',
    '2026-01-31T10:00:00-0800',
    '0001-01-01',
    'now',
  ],
  ...['9999-12-31T23:59:59.999Z', '2026-01-31T10:00:00+02', '2026-13-01', '20ab-01-01', 'infinity', '10:00'],
);
const jsonLike = fc.oneof(
  fc.json(),
  fc.constantFrom(
    '{"b":1,"a":[1.10,null]}',
    '[]',
    '{"a":"\\ud83d\\ude00"}',
    '["\\u0000"]',
    '{"n":"Release2024"}',
    TOO_LARGE,
    '{a}',
  ),
);
const moment = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true });
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((n) => n / 100),
);

/** A kind of column, and its cells. */
const column: fc.Arbitrary<{ type: ExportColumn['type']; cell: fc.Arbitrary<Cell> }> = fc
  .constantFrom<[ExportColumn['type'], fc.Arbitrary<Cell>]>(
    ['number', fc.maxSafeInteger()],
    ['number', fc.bigInt(-(2n ** 70n), 2n ** 70n)],
    ['number', fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)],
    ['number', double],
    ['boolean', fc.boolean()],
    ['date', moment],
    ['datetime', moment],
    ['text', awkward],
    ['text', numberLike],
    ['text', timeLike],
    ['text', jsonLike],
    ['text', fc.constantFrom('true', 'false', 'TRUE', 'False')],
    ['text', fc.constant('')],
    ['text', fc.oneof(awkward, numberLike, timeLike, jsonLike)],
    ['number', fc.oneof<fc.Arbitrary<Cell>[]>(double, fc.boolean(), awkward, moment)],
  )
  .map(([type, cell]) => ({ type, cell }));

const label = fc.oneof(
  fc.constantFrom(
    '',
    '<b>a</b>',
    '{"status":500}',
    'a',
    'A',
    'a_2',
    'id',
    'select',
    '_row_number',
    '_loaded_at',
    'constructor',
    '1',
    '🙂',
    'x'.repeat(200),
  ),
  fc.constantFrom(
    '"; drop table t; --',
    "Robert'); --",
    'a,b',
    'a\nb',
    'a\r\nb',
    '\\',
    'tableoid',
    'ctid',
    ' ',
    '漢字'.repeat(60),
  ),
  awkward,
);

/** Tables of a few columns and rows. Some cells have a NUL in them where `nul` says so. */
export function hostileTable({ nul = false } = {}): fc.Arbitrary<HostileTable> {
  const whole = fc.tuple(
    fc.array(fc.tuple(label, column), { minLength: 1, maxLength: 6 }),
    fc.nat({ max: 12 }),
  );
  return whole.chain(([chosen, count]) => {
    const cells = chosen.map(([, { cell }]) =>
      fc.oneof(
        { weight: 8, arbitrary: cell.map((one) => (typeof one === 'string' ? one.toWellFormed() : one)) },
        { weight: 1, arbitrary: fc.constant<Cell>(null) },
        { weight: nul ? 1 : 0, arbitrary: fc.constant<Cell>('a\0b') },
      ),
    );
    const formats = fc.constantFrom('currency', 'percent', undefined);
    return fc.record({
      columns: fc.tuple(
        ...chosen.map(([text, { type }]) =>
          formats.map((format) => ({ label: text.toWellFormed(), type, format })),
        ),
      ),
      rows: fc.array(fc.tuple(...cells), { minLength: count, maxLength: count }),
    });
  });
}

/** A cell as an export shows it. */
export interface ShownCell {
  readonly text: string;
  /** The format says that it is a text. */
  readonly isString: boolean;
}

/** The cells of a table as its export shows them; null is null, and in a CSV so is an empty text. */
export function shownCells(
  { columns, rows }: HostileTable,
  dialect: { readonly format: 'csv' | 'jsonl'; readonly formatted: boolean },
): (ShownCell | null)[][] {
  if (dialect.format === 'csv') {
    const encoder = encoderOf(columns, { ...dialect, lineEnd: '\n' });
    return rows.map((row) => {
      // It takes a byte-order mark at the beginning for no part of the data.
      const { data } = Papa.parse<string[]>(`,${encoder.row(row)}`, { delimiter: ',', newline: '\n' });
      return (data[0] ?? []).slice(1).map((text) => (text === '' ? null : { text, isString: false }));
    });
  }
  return rows.map((row) =>
    row.map((cell, i) => {
      if (cell === null) return null;
      if (cell instanceof Date) {
        const text = cell.toISOString();
        return { text: columns[i]?.type === 'date' ? text.slice(0, 10) : text, isString: true };
      }
      return { text: String(cell), isString: typeof cell === 'string' };
    }),
  );
}

/** The kind that each column must have. */
export function kindsOf(columns: number, rows: readonly (readonly (ShownCell | null)[])[]): Kind[] {
  return Array.from({ length: columns }, (_, i) =>
    rows.reduce<Kind>((kind, row) => {
      const cell = row[i] ?? null;
      if (cell === null) return kind;
      if (cell.text === TOO_LARGE) return 'text';
      return joined(kind, cell.isString ? kindOfString(cell.text) : kindOf(cell.text));
    }, 'unknown'),
  );
}

/** A value that is the same for texts that mean the same in a column of this kind. */
export function meaning(kind: Kind, text: string | null): unknown {
  if (text === null) return null;
  switch (kind) {
    case 'bigint':
    case 'numeric':
    case 'formatted':
      return decimal(text);
    case 'boolean':
      return text.toLowerCase();
    case 'timestamptz':
      return time(text);
    case 'jsonb':
      return JSON.stringify(JSON.parse(text), sortedKeys);
    default:
      return text;
  }
}

/** Postgres keeps the keys of an object in an order of its own. */
function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // An array: an object would set `__proto__` rather than hold it.
  return { entries };
}

/** Digits without zeros around them, and the place of the point; written apart from the code that is tested. */
function decimal(text: string): string {
  const isNegative = /[-(]/.test(text.replace(/e-/, 'e'));
  const [mantissa = '', exponent = '0'] = text.replace(/[^0-9.e+-]/g, '').split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/[-+]/g, '').split('.');
  const shift = Number(exponent) - fraction.length - (text.includes('%') ? 2 : 0);
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${isNegative ? '-' : ''}${digits}e${shift + all.length - digits.length}`;
}

function time(text: string): string {
  const match = /^(.{10})(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(.*))?$/.exec(text);
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', zone = ''] = match ?? [];
  const [, sign = '+', hh = '00', mm = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  const whole = Date.parse(`${day}T${minutes}${seconds}${sign}${hh}:${mm}`);
  return `${whole} ${fraction.replace(/\.?0*$/, '')}`;
}
