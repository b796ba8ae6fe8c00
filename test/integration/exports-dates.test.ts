/** Dates and times whose types are declared: the same whatever the settings of the database are, or refused. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

/** As roles and databases have them in other countries. */
const ELSEWHERE = [
  `set local datestyle = 'ISO, DMY'; set local intervalstyle = 'sql_standard'; set local timezone = 'Asia/Tokyo'`,
  `set local datestyle = 'ISO, YMD'; set local intervalstyle = 'iso_8601'; set local timezone = 'America/St_Johns'`,
  `set local datestyle = 'ISO, MDY'; set local timezone = 'UTC'`,
];

let rig: ExportRig;
let settings = ELSEWHERE[0];
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
  const { transaction } = rig.engine.database;
  const elsewhere: typeof transaction = (work) =>
    transaction(async (session) => {
      for (const sql of (settings ?? '').split('; ')) await session.query(sql);
      return work(session);
    });
  Object.assign(rig.engine, { database: { ...rig.engine.database, transaction: elsewhere } });
});
afterAll(() => rig[Symbol.asyncDispose]());

const fresh = (changes: Parameters<typeof exportSteps>[2] = {}): ExportSteps =>
  exportSteps(rig, `dates_${++number}`, changes);
const of = (label: string, ...cells: string[]): Shown => ({
  columns: [label],
  rows: cells.map((cell) => [cell]),
});
const textsOf = async ({ table }: ExportSteps, column: string): Promise<unknown[]> =>
  (await rig.query(`select ${column}::text as v from ${table} order by _row_number`)).map(({ v }) => v);

const FORMATS = ['csv', 'jsonl'] as const;

for (const [i, elsewhere] of ELSEWHERE.entries())
  describe(`settings of the database ${i + 1}`, () => {
    beforeAll(() => {
      settings = elsewhere;
    });

    test.each(FORMATS)(
      'a declared date refuses what another setting reads in another way: %s',
      async (format) => {
        const one = fresh({ format, types: { d: 'date' } });
        const shown = of('d', '03/04/2026', '2026-04-03', '13/04/2026', '3-Apr-2026', '2026-04-03T23:00:00Z');
        const report = await one.load(shown, { status: 'partial' });
        const reason = 'the value is no date without a declared form ("formats"); ISO 8601 needs none';
        expect(report.rejections).toEqual([1, 3].map((row) => ({ row, column: 'd', reason })));
        expect(await textsOf(one, 'd')).toEqual(['2026-04-03', '2026-04-03', '2026-04-03']);
      },
    );

    test.each(FORMATS)('times are UTC, intervals those of Postgres: %s', async (format) => {
      const types = { a: 'timestamptz', b: 'timestamp', c: 'timetz', i: 'interval' };
      const one = fresh({ format, types });
      await one.load({
        columns: ['a', 'b', 'c', 'i', 'n'],
        rows: [['2026-04-03 10:00:00', '2026-04-03 10:00', '10:00', '-1 2:03:04', '2026-04-03T10:00:00']],
      });
      const [row] = await rig.query(
        `select a::text, b::text, c::text, extract(epoch from i)::text as i, n::text from ${one.table}`,
      );
      expect(row).toEqual({
        ...{
          a: '2026-04-03 10:00:00+00',
          b: '2026-04-03 10:00:00',
          c: '10:00:00+00',
          n: '2026-04-03 10:00:00+00',
        },
        i: '-79016.000000',
      });
    });

    test('a declared form is what counts', async () => {
      const formats = { Day: 'DD/MM/YYYY', At: 'MM/DD/YYYY HH12:MI AM', n: 'YYYY-DD-MM' };
      const one = fresh({ formats, types: { Day: 'date', At: 'timestamptz', n: 'date' } });
      const report = await one.load(
        {
          columns: ['Day', 'At', 'n'],
          rows: [
            ['03/04/2026', '03/04/2026 7:05 PM', '2026-04-03'],
            ['31/04/2026', '03/04/2026 7:05 PM', '2026-04-03'],
            ['2026-04-03', '03/04/2026 7:05 PM', '2026-04-03'],
          ],
        },
        { status: 'partial' },
      );
      const reason = 'the value is no date of the form DD/MM/YYYY';
      expect(report.rejections).toEqual([2, 3].map((row) => ({ row, column: 'Day', reason })));
      expect(await one.rows()).toEqual([['2026-04-03', '2026-03-04T19:05:00+00:00', '2026-03-04']]);
    });

    test('other types that settings reach are refused where they are unclear', async () => {
      const one = fresh({ types: { d: 'date[]', r: 'daterange', m: 'money' } });
      const report = await one.load(
        {
          columns: ['d', 'r', 'm'],
          rows: [
            ['{2026-04-03}', '[2026-04-03,)', '1,250.50'],
            ['{03/04/2026}', '', '1'],
          ],
        },
        { status: 'partial' },
      );
      expect(report).toMatchObject({ inserted: 1, rejected: 1 });
      expect(await rig.query(`select m::numeric::text as m from ${one.table}`)).toEqual([{ m: '1250.50' }]);
    });
  });

describe('texts that are stored', () => {
  it('become dates where they are clear', async () => {
    const one = fresh({ mode: 'append' });
    await one.load(of('d', '2026-04-03', 'x'));
    await rig.query(`delete from ${one.table} where d = 'x'`);
    await one.load(of('d', '2026-04-04'), { types: { d: 'date' } });
    expect(await one.rows()).toEqual([['2026-04-03'], ['2026-04-04']]);
  });
  it('are not guessed at', async () => {
    const one = fresh({ mode: 'append' });
    await one.load(of('d', '03/04/2026'));
    const declared = { types: { d: 'date' }, formats: { d: 'DD/MM/YYYY' } };
    const { error } = await one.load(of('d', '04/04/2026'), { ...declared, status: 'failed' });
    expect(error).toContain("has text in d that is not an ISO 8601 date, so the column can't become date");
    expect(await one.rows()).toEqual([['03/04/2026']]);
  });
  it('go with their rows in a replace', async () => {
    const one = fresh();
    await one.load(of('d', '03/04/2026', '31/12/2026'));
    const declared = { types: { d: 'date' }, formats: { d: 'DD/MM/YYYY' } };
    await one.load(of('d', '03/04/2026', '31/12/2026'), declared);
    expect(await one.rows()).toEqual([['2026-04-03'], ['2026-12-31']]);
  });
});
