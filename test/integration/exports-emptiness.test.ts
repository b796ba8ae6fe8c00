/** Replaces that bring nothing, or next to nothing: the rows that are there stay until somebody agrees. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const fresh = (settings: Parameters<typeof exportSteps>[2] = {}): ExportSteps =>
  exportSteps(rig, `empty_${++number}`, settings);
const csv = (file: string): Shown => ({ columns: ['a', 'b'], rows: [], file });
const TWO = {
  columns: ['a', 'b'],
  rows: [
    [1, 'x'],
    [2, 'y'],
  ],
} satisfies Shown;
const ROWS = [
  [1, 'x'],
  [2, 'y'],
];

describe('a replace', () => {
  const nothing: [string, Shown, 'csv' | 'jsonl'][] = [
    ['a header alone', { columns: ['a', 'b'], rows: [] }, 'csv'],
    ['a header without a line end', csv('a,b'), 'csv'],
    ['a header and blank lines', csv('a,b\r\n\r\n\r\n'), 'csv'],
    ['a header with a new column', csv('a,b,c\n'), 'csv'],
    ['JSON lines of no rows', { columns: ['a', 'b'], rows: [] }, 'jsonl'],
  ];
  test.each(nothing)('of %s keeps the rows, and says so', async (_, shown, format) => {
    const one = fresh({ format });
    await one.load(TWO);
    const before = await state(one);
    const report = await one.load(shown, { status: 'partial' });
    expect(report).toMatchObject({ kept: true, rows: 0, inserted: 0, deleted: 0, drift: [] });
    expect(report.error).toBe(
      `Sigma sent no rows: the table keeps its 2 rows. If that is right, run "sigma-sync exports run ` +
        `empty_${number} --accept-deletions"; if it is right every time, set least_rows: 0 for the export.`,
    );
    expect(await one.rows()).toEqual(ROWS);
    expect(Object.keys(await one.types())).toEqual(['a', 'b']);
    // It is as old as it was: a kept table is not a fresh one.
    expect(await state(one)).toEqual({ ...before, status: 'partial' });
    expect(rig.log.filter(({ name }) => name === 'export.guarded').at(-1)?.fields).toMatchObject({
      ...{ export: `empty_${number}`, rows: 0, of: 2 },
    });
    // Nothing has to be mended by hand once the element shows something.
    expect(await one.load(TWO)).toMatchObject({ deleted: 2, inserted: 2 });
  });

  test.each(nothing)('of %s empties the table where that was accepted', async (_, shown, format) => {
    const one = fresh({ format });
    await one.load(TWO);
    expect(await rig.load(one.definition(shown), { acceptDeletions: true })).toMatchObject({ deleted: 2 });
    expect(await one.rows()).toEqual([]);
    await one.load(TWO);
    expect(await one.load(shown, { leastRows: 0 })).toMatchObject({ deleted: 2 });
    expect(await one.rows()).toEqual([]);
  });

  it('keeps the rows where every new one was rejected', async () => {
    const one = fresh({ types: { a: 'integer' } });
    await one.load(TWO);
    const report = await one.load(csv('a,b\nx,1\ny,2\nz,3\n'), { status: 'partial' });
    expect(report).toMatchObject({ kept: true, rows: 3, rejected: 3 });
    expect(report.error).toContain('None of the 3 rows from Sigma can be stored: the table keeps its 2 rows');
    expect(report.rejections).toHaveLength(3);
    expect(await one.rows()).toEqual(ROWS);
  });

  it('needs as many rows as the settings say, where there were more', async () => {
    const one = fresh({ leastRows: 3 });
    // An element that never had rows can't lose any.
    await one.load(TWO);
    await one.load({
      ...TWO,
      rows: [
        [1, 'x'],
        [2, 'y'],
        [3, 'z'],
      ],
    });
    const report = await one.load(TWO, { status: 'partial' });
    expect(report.error).toContain('Sigma sent 2 rows only (least_rows is 3): the table keeps its 3 rows.');
    expect(await one.rows()).toHaveLength(3);
  });

  it('has nothing to keep at first', async () => {
    const one = fresh();
    expect(await one.load({ columns: ['a'], rows: [] })).toMatchObject({ status: 'complete', rows: 0 });
    expect(await one.load({ columns: ['a'], rows: [] })).toMatchObject({ status: 'complete', deleted: 0 });
  });
});

test.each(['append', 'merge'] as const)(
  '%s of no rows leaves the table as it is, and is complete',
  async (mode) => {
    const one = fresh({ mode, key: mode === 'merge' ? ['a'] : [] });
    await one.load(TWO);
    expect(await one.load({ ...TWO, rows: [] })).toMatchObject({ rows: 0, inserted: 0, deleted: 0 });
    expect(await one.rows()).toEqual(ROWS);
  },
);

test('a file of 0 bytes fails soon, whatever the mode, and the rows stay', async () => {
  for (const mode of ['replace', 'append'] as const) {
    const one = fresh({ mode, timeoutMs: 3_600_000 });
    await one.load(TWO);
    const { error } = await one.load(csv(''), { status: 'failed' });
    expect(error).toContain('Sigma wrote a file of 0 bytes, without even a header.');
    expect(await one.rows()).toEqual(ROWS);
  }
});

describe('a file without any column of the table', () => {
  const files = ['{"error": "no"}\n', 'x,y\n1,2\n', '1,x\n2,y\n', ',\n1,2\n', '<p>Not found</p>\n'];
  for (const mode of ['replace', 'append', 'merge'] as const)
    test.each(files)(`is refused, and nothing is added: ${mode} of %j`, async (file) => {
      const one = fresh({ mode, key: mode === 'merge' ? ['a'] : [] });
      await one.load(TWO);
      const { error } = await one.load(csv(file), { status: 'failed' });
      expect(error).toMatch(
        mode === 'merge'
          ? /has none of the columns|names the column "a"/
          : /has none of the columns of the table \("a", "b"\)/,
      );
      expect(await one.rows()).toEqual(ROWS);
      expect(Object.keys(await one.types())).toEqual(['a', 'b']);
    });
});

test('a replace that leaves less than a tenth of many rows is warned of', async () => {
  const one = fresh();
  const rows = Array.from({ length: 1000 }, (_, i) => [i, 'x']);
  expect(await one.load({ ...TWO, rows })).toMatchObject({ warnings: [] });
  const warnings = ['99 rows replaced 1000; with a higher least_rows, the old ones would be kept'];
  expect(await one.load({ ...TWO, rows: rows.slice(0, 99) })).toMatchObject({ status: 'complete', warnings });
  expect(await one.load(TWO)).toMatchObject({ warnings: [] });
});

test('windows without a row are warned of where all before had some', async () => {
  const day = 86_400_000;
  const now = Math.floor(Date.now() / day) * day;
  const controls = { range: { valueType: 'date-range' as const, column: 0 } };
  const columns = [{ label: 'At', type: 'datetime' as const }, 'n'];
  const at = (days: number): Date => new Date(now - days * day + 1000);
  const start = new Date(now - 9 * day);
  const window = { column: 'At', control: 'range', stepMs: day, lookbackMs: 0, start };
  const one = fresh({ mode: 'append', window });
  const busy = Array.from({ length: 10 }, (_, i): [Date, number] => [at(i), i]);
  expect(await one.load({ columns, rows: busy, controls })).toMatchObject({ windows: 10, warnings: [] });
  const { warnings, inserted } = await one.load({ columns, rows: [], controls });
  expect([warnings, inserted]).toEqual([
    [expect.stringContaining('no rows came, although all earlier windows')],
    0,
  ]);
  // Silence that is known is none.
  expect(await one.load({ columns, rows: [], controls })).toMatchObject({ warnings: [] });
  expect(await one.rows()).toHaveLength(10);
});

/** The stored state of the export. */
async function state(one: ExportSteps): Promise<object | undefined> {
  const [row] = await rig.query<{ status: string; success: Date }>(
    `select last_status as status, last_success_at as success from ${rig.test.schemas.state}.exports where export = $1`,
    [one.table.split('"')[1]],
  );
  return row;
}
