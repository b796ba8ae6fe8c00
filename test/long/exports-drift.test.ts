/** Columns and rows that change between runs: the table, and the messages. */
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
  exportSteps(rig, `drift_${++number}`, settings);
const FORMATS = ['csv', 'jsonl'] as const;
const column = (...cells: Cell[]): { columns: string[]; rows: Cell[][] } => ({
  columns: ['id', 'a'],
  rows: cells.map((cell, i) => [i + 1, cell]),
});

describe('types', () => {
  const cases: [string, Cell[], string[], unknown][] = [
    ['bigint, numeric, text', [5, 1.5, 'x'], ['bigint', 'numeric', 'text'], ['5', '1.5', 'x']],
    [
      'date, timestamptz, text',
      ['2026-01-31', '2026-01-31T10:00:00.5+02:00', 'x'],
      ['date', 'timestamp with time zone', 'text'],
      ['2026-01-31T00:00:00+00:00', '2026-01-31T08:00:00.5+00:00', 'x'],
    ],
    ['nothing, boolean, text', [null, true, 'x'], ['text', 'boolean', 'text'], [null, 'true', 'x']],
    ['nothing, bigint, text', [null, 7, '007'], ['text', 'bigint', 'text'], [null, '7', '007']],
    ['bigint, date', [5, '2026-01-31'], ['bigint', 'text'], ['5', '2026-01-31']],
  ];
  for (const format of FORMATS) {
    for (const mode of ['append', 'merge'] as const) {
      test.each(cases)(`widen: %s (${format}, ${mode})`, async (_, cells, types, stored) => {
        const one = fresh({ format, mode, key: mode === 'merge' ? ['id'] : [] });
        for (const [i, cell] of cells.entries()) {
          const report = await one.load({ columns: ['id', 'a'], rows: [[i, cell]] });
          expect((await one.types())['a']).toBe(types[i]);
          const isDrift = i > 0 && cells[i - 1] !== null;
          expect(report.drift).toEqual(
            isDrift
              ? [
                  `a became ${types[i]?.replace('timestamp with time zone', 'timestamptz')} (was ${types[i - 1]?.replace('timestamp with time zone', 'timestamptz')})`,
                ]
              : [],
          );
        }
        expect((await one.rows()).map(([, a]) => a)).toEqual(stored);
      });
    }
  }

  test.each(FORMATS)('never narrow: %s', async (format) => {
    const one = fresh({ format });
    await one.load(column(1.5));
    expect(await one.load(column(1))).toMatchObject({ drift: [] });
    expect(await one.types()).toEqual({ id: 'bigint', a: 'numeric' });
  });

  test.each(FORMATS)('a view that depends on one keeps the table as it is: %s', async (format) => {
    const one = fresh({ format });
    await one.load(column(1));
    await rig.query(`create view sigma_data.v_${number} as select a from ${one.table}`);
    expect(await one.load(column(2))).toMatchObject({ deleted: 1, inserted: 1 });
    const { error } = await one.load(column('x'), { status: 'failed' });
    expect(error).toMatch(/need another type \(a to text\), and a view depends/);
    expect(error).toContain('Drop the view, run the export and create the view again');
    expect(await one.rows()).toEqual([[1, 2]]);
  });
});

describe('columns', () => {
  const both = { columns: ['id', 'a', 'b'], rows: [[1, 'x', 'y']] };
  const less = { columns: ['id', 'b'], rows: [[1, 'y']] };
  test.each(FORMATS)('come, go and return, and merge keeps what was there: %s', async (format) => {
    const one = fresh({ format, mode: 'merge', key: ['id'] });
    await one.load(less);
    expect(await one.load(both)).toMatchObject({ drift: ['a is new'], updated: 1 });
    const gone = await one.load({ columns: ['id', 'b'], rows: [...less.rows, [2, 'z']] });
    expect(gone).toMatchObject({ drift: ['a is missing'], updated: 0, unchanged: 1, inserted: 1 });
    expect(await one.load(less)).toMatchObject({ drift: [], unchanged: 1 });
    const changed = await one.load({ columns: ['id', 'b'], rows: [[1, 'new']] });
    expect(changed).toMatchObject({ updated: 1 });
    expect(await one.load(both)).toMatchObject({ drift: ['a is back'], updated: 1 });
    expect(await one.rows()).toEqual(
      expect.arrayContaining([
        [1, 'y', 'x'],
        [2, 'z', null],
      ]),
    );
  });

  test.each(FORMATS)('a label that changed is a new column: %s', async (format) => {
    const one = fresh({ format });
    await one.load(both);
    const report = await one.load({ columns: ['id', 'a', 'B 2'], rows: [[1, 'x', 'y']] });
    expect(report.drift.toSorted()).toEqual(['b is missing', 'b_2 is new']);
    expect(await one.rows()).toEqual([[1, 'x', null, 'y']]);
  });

  test.each(FORMATS)(
    'policy freeze leaves out what is new and rejects what does not fit: %s',
    async (format) => {
      const one = fresh({ format, schema: 'freeze' });
      const columns = ['id', 'day', 'empty'];
      await one.load({ columns, rows: [[1, '2026-01-31', null]] });
      const types = await one.types();
      const rows = [
        [1, '2026-02-01', 'x', 'new'],
        [2, 'soon', null, 'new'],
        [1.5, '2026-02-03', '7', null],
        ['', '2026-02-04', '$5', null],
      ];
      const report = await one.load({ columns: [...columns, 'd'], rows }, { status: 'partial' });
      expect(report.drift).toEqual(['d is new and was left out']);
      expect(report.rejections.map(({ row, column: label }) => [row, label])).toEqual([
        [2, 'day'],
        [3, 'id'],
        // In JSON, the empty text is no null.
        ...(format === 'jsonl' ? [[4, 'id']] : []),
      ]);
      expect(report.rejections[0]?.reason).toBe('the value does not fit date, and the table may not change');
      expect(await one.types()).toEqual(types);
      expect(await one.rows()).toEqual([
        [1, '2026-02-01', 'x'],
        ...(format === 'jsonl' ? [] : [[null, '2026-02-04', '$5']]),
      ]);
      // A value that Postgres alone refuses is rejected as well.
      const json = fresh({ format: 'csv', schema: 'freeze' });
      await json.load({ columns: ['j'], rows: [['{}']] });
      const refused = await json.load(
        { columns: ['j'], rows: [['{"a":"\\u0000","a":1}'], ['[]']] },
        { status: 'partial' },
      );
      expect(refused.rejections).toEqual([{ row: 1, column: 'j', reason: 'the value is no jsonb' }]);
      // Thawed, it takes everything again.
      expect(await one.load({ columns, rows: [[1, 'soon', 5]] }, { schema: 'evolve' })).toMatchObject({
        rejected: 0,
      });
      expect(await one.rows()).toEqual([[1, 'soon', '5']]);
    },
  );

  test.each(FORMATS)('policy fail loads nothing once something differs: %s', async (format) => {
    const one = fresh({ format, schema: 'fail' });
    await one.load(both);
    await one.load(both);
    for (const [shown, what] of [
      [less, 'a is missing'],
      [{ columns: ['id', 'a', 'b', 'c'], rows: [[1, 'x', 'y', 1]] }, 'c is new'],
      [{ columns: ['id', 'a', 'b'], rows: [['x', 'x', 'y']] }, 'id became text (was bigint)'],
    ] as const) {
      const { error } = await one.load(shown, { status: 'failed' });
      expect(error).toContain(`The columns of the export changed: ${what}.`);
      expect(await one.rows()).toEqual([[1, 'x', 'y']]);
    }
    expect(await one.load(both)).toMatchObject({ drift: [] });
  });
});

describe('tables', () => {
  it('that are not ours stay as they are', async () => {
    const one = fresh();
    await rig.query(`create table ${one.table} (id int)`);
    const { error } = await one.load(column(1), { status: 'failed' });
    expect(error).toContain('exists, but no export of this name created it');
    expect(await rig.query(`select * from ${one.table}`)).toEqual([]);
    // Not even where another table of this export had the same columns.
    const other = fresh();
    await other.load({ columns: ['id'], rows: [[1]] });
    const moved = other.definition({ columns: ['id'], rows: [[2]] });
    const { report } = await rig.run([{ ...moved, table: `drift_${number - 1}` }]);
    expect(report.exports[0]?.error).toContain('exists, but no export of this name created it');
  });

  it('of another export stay as they are', async () => {
    const [one, other] = [fresh(), fresh()];
    await one.load(column(1));
    const moved = { ...other.definition(column(2)), table: one.definition(column()).table };
    await other.load(column(2));
    for (const rows of [column(2), { columns: ['id'], rows: [] }]) {
      for (const format of FORMATS) {
        const definition = { ...other.definition(rows, { format }), table: moved.table };
        const { report } = await rig.run([definition]);
        if (rows.rows.length > 0 || format === 'csv')
          expect(report.exports[0]?.error).toContain('exists, but no export of this name created it');
        expect(await one.rows()).toEqual([[1, 1]]);
      }
    }
  });

  it('that somebody dropped or changed are mended', async () => {
    const one = fresh();
    await one.load(column(1));
    await rig.query(`drop table ${one.table}`);
    await one.load(column(2));
    await rig.query(`alter table ${one.table} drop column a`);
    await one.load(column(3));
    expect(await one.rows()).toEqual([[1, 3]]);
  });

  test('several that begin at once', async () => {
    await using own = await startExportRig();
    const definitions = [1, 2, 3, 4, 5].map((i) => exportSteps(own, `many_${i}`).definition(column(i)));
    const { report } = await own.run(definitions);
    expect(report.exports.map(({ error }) => error)).toEqual(definitions.map(() => undefined));
  });
});

describe('merge', () => {
  it('needs its key, and says which columns there are', async () => {
    const one = fresh({ mode: 'merge', key: ['key'] });
    const { error } = await one.load(column(1), { status: 'failed' });
    expect(error).toContain('names the column "key", which the export does not have. It has "id", "a".');
    // A key that vanishes is missed as well, though the table has it.
    await one.load(column(1), { key: ['id'] });
    const gone = await one.load({ columns: ['a'], rows: [[2]] }, { key: ['id'], status: 'failed' });
    expect(gone.error).toContain('names the column "id", which the export does not have');
    const changed = await one.load(column(1), { key: ['a'], status: 'failed' });
    expect(changed.error).toContain('has no unique key of a');
    expect(await one.rows()).toEqual([[1, 1]]);
  });

  test.each(FORMATS)('the last row of a key wins, and none without a key is stored: %s', async (format) => {
    const one = fresh({ format, mode: 'merge', key: ['id', 'day'] });
    const columns = ['id', 'day', 'a'];
    const rows = [
      [1, '2026-01-31', 'old'],
      [null, '2026-01-31', 'x'],
      [1, '2026-01-31', 'new'],
      [2, null, 'x'],
      [2, '2026-01-31', 'two'],
    ];
    const report = await one.load({ columns, rows }, { status: 'partial' });
    expect(report).toMatchObject({ rows: 5, inserted: 2, unchanged: 1, rejected: 2 });
    const reason = 'the row has no key';
    expect(report.rejections).toEqual([2, 4].map((row) => ({ row, column: 'id, day', reason })));
    expect(await one.rows()).toEqual([
      [1, '2026-01-31', 'new'],
      [2, '2026-01-31', 'two'],
    ]);
  });

  it('compares types that Postgres does not', async () => {
    const one = fresh({ mode: 'merge', key: ['id'], types: { j: 'json', p: 'point', b: 'box' } });
    const columns = ['id', 'j', 'p', 'b'];
    await one.load({ columns, rows: [[1, '{"b":1,"a":1}', '(1,2)', '(1,1),(0,0)']] });
    const same = await one.load({ columns, rows: [[1, '{"b":1,"a":1}', '(1,2)', '(1,1),(0,0)']] });
    expect(same).toMatchObject({ updated: 0, unchanged: 1 });
    // A box of the same area is another one.
    const moved = await one.load({ columns, rows: [[1, '{"b":1,"a":1}', '(1,2)', '(3,3),(2,2)']] });
    expect(moved).toMatchObject({ updated: 1, unchanged: 0 });
  });

  test.each(FORMATS)('writes only what differs: %s', async (format) => {
    const one = fresh({ format, mode: 'merge', key: ['id'] });
    const rows: Cell[][] = [
      [1, 'a', 1.5],
      [2, null, 2],
      [3, 'c', null],
    ];
    await one.load({ columns: ['id', 'a', 'n'], rows });
    const stamps = async (): Promise<unknown> =>
      rig.query(
        `select id::int, _export_run, _row_number, _loaded_at, xmin::text from ${one.table} order by id`,
      );
    const before = await stamps();
    const again = await one.load({ columns: ['id', 'a', 'n'], rows: rows.toReversed() });
    expect(again).toMatchObject({ inserted: 0, updated: 0, unchanged: 3 });
    expect(await stamps()).toEqual(before);
    const changed = [...rows.slice(0, 2), [3, 'c', 0], [4, '', 4]];
    expect(await one.load({ columns: ['id', 'a', 'n'], rows: changed })).toMatchObject({
      inserted: 1,
      updated: 1,
      unchanged: 2,
    });
    expect(((await stamps()) as unknown[]).slice(0, 2)).toEqual((before as unknown[]).slice(0, 2));
    const text = format === 'csv' ? null : '';
    expect((await one.rows()).toSorted()).toEqual([
      [1, 'a', 1.5],
      [2, null, 2],
      [3, 'c', 0],
      [4, text, 4],
    ]);
  });
});
