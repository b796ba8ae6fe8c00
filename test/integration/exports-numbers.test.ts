/** Numbers as files have them: what is a number, what may be a code, and what is said where that is not sure. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { ExportReport } from '../../src/exports/remember/export-report.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

type Settings = Parameters<typeof exportSteps>[2];
const fresh = (settings: Settings = {}): ExportSteps => exportSteps(rig, `numbers_${++number}`, settings);
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
const csv = (...cells: string[]): Shown => ({
  columns: ['n'],
  rows: [],
  file: `n\n${cells.map(quoted).join('\n')}\n`,
});

/** The type of the column, its values as texts, and the report. */
async function loaded(
  shown: Shown,
  settings: Settings & { status?: string } = {},
): Promise<{ type: string | undefined; values: (string | null)[]; report: ExportReport }> {
  const one = fresh(settings);
  const report = await one.load(shown, settings);
  const rows = await rig.query<{ n: string | null }>(`select n::text from ${one.table} order by _row_number`);
  return { type: (await one.types())['n'], values: rows.map(({ n }) => n), report };
}

const NUMBERS: [string, string[], string[]][] = [
  [
    'exponents as Java writes them',
    ['1.0E10', '1.5E+10', '-2.5E-3'],
    ['10000000000', '15000000000', '-0.0025'],
  ],
  ['exponents beside plain numbers', ['1.5e300', '7', '0.5'], [`15${'0'.repeat(299)}`, '7', '0.5']],
  ['a sign of the exponent alone', ['1E+10', '5e-7'], ['10000000000', '0.0000005']],
  ['accounting', ['1,200.00', '(45.10)'], ['1200.00', '-45.10']],
  ['accounting, the other way round', ['(45.10)', '1,200.00'], ['-45.10', '1200.00']],
  ['whole ones in brackets among formatted ones', ['(45)', '7', '$1,200'], ['-45', '7', '1200']],
  ['whole ones in brackets among decimals', ['(45)', '7.5'], ['-45', '7.5']],
  ['a minus behind', ['1,200.50-', '3'], ['-1200.50', '3']],
  ['a plus', ['+1.50', '+12', '-3'], ['1.50', '12', '-3']],
  ['the long minus', ['\u22125', '3'], ['-5', '3']],
  ['narrow blanks', ['1\u202f234.50', '1\u00a0234\u00a0567', '2\u2009000'], ['1234.50', '1234567', '2000']],
  ['apostrophes', ["1'234.50", '1\u2019234'], ['1234.50', '1234']],
  [
    'a currency',
    ['$1,234.50', '-$2', '($3.10)', '$(4)', '$ 5', '6'],
    ['1234.50', '-2', '-3.10', '-4', '5', '6'],
  ],
  ['percent', ['12.5%', '-3 %', '0', '1,250%'], ['0.125', '-0.03', '0', '12.50']],
];

describe('are numbers', () => {
  test.each(NUMBERS)('%s', async (_, cells, values) => {
    const found = await loaded(csv(...cells));
    expect(found).toMatchObject({ type: 'numeric', report: { rejected: 0, drift: [] } });
    expect(found.values).toEqual(values);
    // In whatever order, and where something else is the sample.
    const reversed = await loaded(csv(...cells.toReversed()));
    expect([reversed.type, reversed.values]).toEqual(['numeric', values.toReversed()]);
    const late = await loaded(csv(...Array.from({ length: 70_000 }, () => '0'), ...cells));
    expect(late.type).toBe('numeric');
    expect(late.values.slice(70_000)).toEqual(values);
  });
});

describe('keep their spelling', () => {
  test.each([
    ['codes with an E', ['12E4', '13E5', '7']],
    ['part numbers', ['1e5', '2e7']],
    ['codes beside exponents', ['1.0E10', '12E4']],
    ['leading zeros', ['007', '0012']],
    ['zeros beside formatted numbers', ['1,200.00', '007']],
    ['whole numbers in brackets alone', ['(1)', '(2)']],
    ['whole numbers in brackets beside plain ones', ['(45)', '7']],
    ['numbers of a phone', ['+4930123456', '+1']],
    ['a minus behind whole numbers', ['45-', '7']],
    ['not a number', ['1.5', 'NaN']],
    ['infinity', ['1.5', 'Infinity', '-Infinity']],
    ['two currencies', ['$5.00', '\u20ac6.00']],
    ['a currency and percent', ['$5.00', '6%']],
    ['percent beside plain numbers', ['12.5%', '5']],
    ['grouped in other ways', ['1,23,456.00', '2.00']],
    ['two signs', ['-(5.00)', '1.00']],
    ['decimal commas', ['1,5', '2,75']],
    ['one decimal comma among what may be thousands', ['1,250', '2,5']],
    ['blanks of the common kind', ['1 234', '2 000']],
    ['too long an exponent', ['1.5E1000', '2.0']],
    ['sizes', ['1.5M', '2K']],
  ])('%s', async (_, cells) => {
    for (const order of [cells, cells.toReversed()]) {
      const found = await loaded(csv(...order));
      expect(found).toMatchObject({ type: 'text', report: { rejected: 0 } });
      expect(found.values).toEqual(order);
    }
  });
});

describe('numbers of JSON lines', () => {
  const lines = (...cells: string[]): Shown => ({
    columns: ['n'],
    rows: [],
    file: cells.map((cell) => `{"n":${cell}}\n`).join(''),
  });
  const format = 'jsonl';
  test('are numbers, however they are written', async () => {
    const found = await loaded(lines('1E10', '1e22', '1.5e300', '-5', '1e5', '0.10', 'null'), { format });
    expect(found.type).toBe('numeric');
    expect(found.values).toEqual([
      ...['10000000000', `1${'0'.repeat(22)}`, `15${'0'.repeat(299)}`, '-5', '100000', '0.10', null],
    ]);
  });
  test('stay so where the table has whole numbers, and where it may not change', async () => {
    const one = fresh({ format });
    await one.load(lines('5'));
    expect(await one.load(lines('1E10'))).toMatchObject({ drift: ['n became numeric (was bigint)'] });
    expect(await one.load(lines('1E10', '2e5'), { schema: 'freeze' })).toMatchObject({ rejected: 0 });
    expect(await one.rows()).toEqual([[10_000_000_000], [200_000]]);
  });
  test('are taken by a declared type, and as they are by one of texts', async () => {
    expect((await loaded(lines('1E10', '7'), { format, types: { n: 'numeric' } })).values).toEqual([
      ...['10000000000', '7'],
    ]);
    expect((await loaded(lines('1E10', '7'), { format, types: { n: 'text' } })).values).toEqual([
      '1E10',
      '7',
    ]);
  });
  test('are none in quotes, nor beyond what Postgres holds', async () => {
    expect(await loaded(lines('"1E10"', '"5"'), { format })).toMatchObject({
      type: 'text',
      values: ['1E10', '5'],
    });
    expect(await loaded(lines('1e5', '"1e5"'), { format })).toMatchObject({
      type: 'text',
      values: ['1e5', '1e5'],
    });
    expect(await loaded(lines('1e999999', '5'), { format })).toMatchObject({ values: ['1e999999', '5'] });
  });
});

describe('a comma that may be decimal', () => {
  const warning =
    'every comma of n is followed by three digits, and numbers such as 1,250 were read as 1250; ' +
    'set decimal: comma for the export if commas are decimal there, else decimal: point';

  test.each([
    [['1,250', '2,375']],
    [['1,250', '7']],
    [['$1,250', '$900']],
    [['1,250', '1500']],
    [['-1,250']],
  ])('is warned of: %j', async (cells) => {
    const from = rig.log.length;
    const { type, report } = await loaded(csv(...cells));
    expect(type).toBe('numeric');
    expect(report).toMatchObject({ status: 'complete', warnings: [warning] });
    const told = rig.log.slice(from).filter(({ name }) => name === 'export.warning');
    expect(told.map(({ fields }) => fields)).toEqual([{ export: report.name, detail: warning }]);
  });

  test.each([[['1,250', '2.5']], [['1,250.00']], [['1,250,000', '1,250']], [['2.5', '1,250']], [['7', '8']]])(
    'is none where other values tell: %j',
    async (cells) => {
      expect((await loaded(csv(...cells))).report.warnings).toEqual([]);
    },
  );

  it('is warned of where a number is declared', async () => {
    const types = { n: 'numeric' };
    expect((await loaded(csv('1,250'), { types })).report.warnings).toEqual([warning]);
    expect((await loaded(csv('1,250', '1.5'), { types })).report.warnings).toEqual([]);
  });

  it('is told of once, however many pages', async () => {
    const cells = Array.from({ length: 25 }, (_, i) => `1,${String(i).padStart(3, '0')}`);
    const one = fresh({ rowLimit: 10 });
    const report = await one.load({ columns: ['n'], rows: cells.map((cell) => [cell]) });
    expect(report.warnings).toEqual([warning]);
    expect((await one.rows()).at(-1)).toEqual([1024]);
  });

  test.each([[['1.250', '2.375']], [['1.250', '7']], [['\u20ac1.250', '\u20ac900']]])(
    'is warned of where a point may separate thousands: %j',
    async (cells) => {
      const { report } = await loaded(csv(...cells));
      expect(report.warnings).toEqual([
        'every point of n is followed by three digits, and numbers such as 1.250 were read as 1.25; ' +
          'set decimal: comma for the export if commas are decimal there, else decimal: point',
      ]);
      expect((await loaded(csv(...cells), { decimal: 'point' })).report.warnings).toEqual([]);
    },
  );

  test.each([
    [['1.250', '0.375']],
    [['1.250', '2.5']],
    [['1.250', '1234']],
    [['1234.500']],
    [['1.250', '1e-7']],
  ])('is none where a point is decimal: %j', async (cells) => {
    expect((await loaded(csv(...cells))).report.warnings).toEqual([]);
  });

  test('where it surely is, texts are kept, and that is told', async () => {
    const cells = ['1,5', '1.234,50', '7', '2,375'];
    const { type, values, report } = await loaded(csv(...cells));
    expect([type, values]).toEqual(['text', cells]);
    expect(report.warnings).toEqual([
      'n seems to hold numbers with decimal commas, which were kept as texts; ' +
        'set decimal: comma for the export if they are numbers, else declare the type text',
    ]);
    expect((await loaded(csv(...cells), { types: { n: 'text' } })).report.warnings).toEqual([]);
    expect((await loaded(csv(...cells), { decimal: 'comma' })).values).toEqual([
      '1.5',
      '1234.50',
      '7',
      '2.375',
    ]);
    expect((await loaded(csv('1,5', 'Smith, J'))).report.warnings).toEqual([]);
  });

  test('decimal: point says that it is none', async () => {
    const { values, report } = await loaded(csv('1,250', '2,375'), { decimal: 'point' });
    expect([values, report.warnings]).toEqual([['1250', '2375'], []]);
  });

  test('decimal: comma says that it is', async () => {
    const cells = ['1,250', '2,5', '1.234,50', '1\u202f000,25', '-7', '12,5%', '\u20ac3'];
    const { type, values, report } = await loaded(csv(...cells.slice(0, 5)), { decimal: 'comma' });
    expect([type, values, report.warnings]).toEqual([
      'numeric',
      ['1.250', '2.5', '1234.50', '1000.25', '-7'],
      [],
    ]);
    expect((await loaded(csv('12,5%', '3 %'), { decimal: 'comma' })).values).toEqual(['0.125', '0.03']);
    expect((await loaded(csv('1.234', '2'), { decimal: 'comma' })).values).toEqual(['1234', '2']);
    expect((await loaded(csv('1,5E10', '2'), { decimal: 'comma' })).values).toEqual(['15000000000', '2']);
    // A point that separates no thousands is a doubt.
    expect(await loaded(csv('1.5', '2'), { decimal: 'comma' })).toMatchObject({ type: 'text' });
    const late = csv(...Array.from({ length: 70_000 }, () => '0'), '1.234', '2,5');
    expect((await loaded(late, { decimal: 'comma' })).values.slice(-2)).toEqual(['1234', '2.5']);
  });

  test('decimal: comma holds for declared types, and never for JSON', async () => {
    const types = { n: 'numeric(12,3)' };
    const found = await loaded(csv('1.234', '2,5', '7', '1.5'), {
      types,
      decimal: 'comma',
      status: 'partial',
    });
    expect(found.values).toEqual(['1234.000', '2.500', '7.000']);
    expect(found.report.rejections).toEqual([
      { row: 4, column: 'n', reason: 'the value is no numeric(12,3)' },
    ]);
    const json = { columns: ['n'], rows: [], file: '{"n":1.234}\n{"n":5}\n' };
    expect((await loaded(json, { format: 'jsonl', decimal: 'comma' })).values).toEqual(['1.234', '5']);
    const declared = { format: 'jsonl', decimal: 'comma', types } as const;
    expect((await loaded(json, declared)).values).toEqual(['1.234', '5.000']);
  });
});

test('what a table has of formatted numbers, further ones are added to', async () => {
  const one = fresh({ mode: 'append' });
  await one.load(csv('1,200.00', '(45)'));
  expect(await one.load(csv('(45)', '7'))).toMatchObject({ drift: [] });
  expect(await one.load(csv('1.0E10'))).toMatchObject({ drift: [] });
  expect(await one.rows()).toEqual([[1200], [-45], [-45], [7], [10_000_000_000]]);
});
