/** Columns of one label whose order changes: their ids tell them apart, and the log reports the change. */
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
  exportSteps(rig, `same_${++number}`, settings);
/** Columns as `label#id`, and a row. */
const shown = (columns: string, ...row: (string | number)[]): Shown => ({
  columns: columns.split(' ').map((column) => {
    const [label = '', id = ''] = column.split('#');
    return { label, type: 'text' as const, id };
  }),
  rows: [row],
});
const moved = (name: string): string =>
  `${name} swapped places with another column of its label, and was recognized by its id`;
const FORMATS = ['csv', 'jsonl'] as const;

describe.each(FORMATS)('%s', (format) => {
  test.each(['replace', 'append'] as const)('values stay with their columns: %s', async (mode) => {
    const one = fresh({ format, mode });
    await one.load(shown('k#k a#p a#q', 1, 10, 20));
    const report = await one.load(shown('k#k a#q a#p', 2, 21, 11));
    expect(report.drift).toEqual([moved('a'), moved('a_2')]);
    expect(report).toMatchObject({ status: 'complete', warnings: [] });
    expect((await one.rows()).at(-1)).toEqual([2, 11, 21]);
    // The order that is there now is the one that is known.
    expect(await one.load(shown('k#k a#q a#p', 3, 22, 12))).toMatchObject({ drift: [] });
    expect((await one.rows()).at(-1)).toEqual([3, 12, 22]);
    expect((await one.load(shown('k#k a#p a#q', 4, 13, 23))).drift).toEqual([moved('a'), moved('a_2')]);
    expect((await one.rows()).at(-1)).toEqual([4, 13, 23]);
  });

  it('types that differ stay as well', async () => {
    const one = fresh({ format });
    await one.load(shown('a#p a#q', 10, 'x'));
    await one.load(shown('a#q a#p', 'y', 11));
    expect(await one.types()).toEqual({ a: 'bigint', a_2: 'text' });
    expect(await one.rows()).toEqual([[11, 'y']]);
  });

  it('three of them go round, one goes, and one comes in front', async () => {
    const one = fresh({ format });
    await one.load(shown('a#p a#q a#r', 1, 2, 3));
    expect((await one.load(shown('a#r a#p a#q', 3, 1, 2))).drift).toHaveLength(3);
    expect(await one.rows()).toEqual([[1, 2, 3]]);
    expect((await one.load(shown('a#r a#q', 3, 2))).drift).toEqual(expect.arrayContaining(['a is missing']));
    expect(await one.rows()).toEqual([[null, 2, 3]]);
    expect((await one.load(shown('a#s a#q a#r', 4, 2, 3))).drift).toEqual(
      expect.arrayContaining(['a_4 is new']),
    );
    expect(await one.rows()).toEqual([[null, 2, 3, 4]]);
    expect((await one.load(shown('a#p a#q a#r a#s', 1, 2, 3, 4))).drift).toEqual(
      expect.arrayContaining(['a is back']),
    );
    expect(await one.rows()).toEqual([[1, 2, 3, 4]]);
  });

  it('a second one of the label comes in front', async () => {
    const one = fresh({ format });
    await one.load(shown('a#p b#b', 1, 9));
    const { drift } = await one.load(shown('a#q a#p b#b', 2, 1, 9));
    expect(drift).toEqual(expect.arrayContaining(['a_2 is new']));
    expect(await one.rows()).toEqual([[1, 9, 2]]);
    // The one of two columns that is left is known.
    await one.load(shown('a#q b#b', 2, 9));
    expect(await one.rows()).toEqual([[null, 9, 2]]);
  });

  it('policy fail is about columns, and none changed', async () => {
    const one = fresh({ format, schema: 'fail' });
    await one.load(shown('a#p a#q', 1, 2));
    expect((await one.load(shown('a#q a#p', 2, 1))).drift).toHaveLength(2);
    expect(await one.rows()).toEqual([[1, 2]]);
  });

  it('a label that occurs once is one column, whatever its id', async () => {
    const one = fresh({ format });
    await one.load(shown('a#p b#q', 1, 2));
    expect((await one.load(shown('b#x a#q', 2, 1))).drift).toEqual([]);
    expect(await one.rows()).toEqual([[1, 2]]);
  });

  it('ids that are all new leave the order, and what can not be asked is warned of', async () => {
    const one = fresh({ format });
    await one.load(shown('a#p a#q', 1, 2));
    expect(await one.load(shown('a#r a#s', 1, 2))).toMatchObject({ drift: [], warnings: [] });
    expect(Object.keys(await one.types())).toEqual(['a', 'a_2']);
    rig.simulator.faults.set({ missing: ['/columns'] });
    const { warnings, drift } = await one.load(shown('a#s a#r', 2, 1));
    rig.simulator.faults.clear();
    expect(warnings).toEqual([
      'only their order tells the columns called "a" apart, as Sigma gives no ids of them',
    ]);
    expect(drift).toEqual([]);
    const [kept] = await rig.query(
      `select warnings from ${rig.test.schemas.state}.export_runs order by export_run desc limit 1`,
    );
    expect(kept).toEqual({ warnings });
  });
});

test('a table of an older version learns its ids by the order that it knows, with one question', async () => {
  const one = fresh();
  await one.load(shown('a#p a#q b#b', 1, 2, 3));
  await rig.query(`update ${rig.test.schemas.state}.export_columns set column_id = null where export = $1`, [
    one.table.split('"')[1],
  ]);
  expect(await one.load(shown('a#p a#q b#b', 1, 2, 3))).toMatchObject({ drift: [], warnings: [] });
  const ids = await rig.query(
    `select column_id as id from ${rig.test.schemas.state}.export_columns where export = $1 order by column_name`,
    [one.table.split('"')[1]],
  );
  expect(ids).toEqual([{ id: 'p' }, { id: 'q' }, { id: 'b' }]);
  await one.load(shown('a#q a#p b#b', 2, 1, 3));
  expect(await one.rows()).toEqual([[1, 2, 3]]);
});

test('columns are listed once for a table, and again only where labels repeat', async () => {
  const listing = 'GET /v2/workbooks/{workbookId}/elements/{elementId}/columns';
  const asked = (): number => rig.simulator.counters.endpoints.get(listing) ?? 0;
  const one = fresh();
  const before = asked();
  await one.load(shown('a#p b#q', 1, 2));
  expect(asked() - before).toBe(1);
  await one.load(shown('a#p b#q', 1, 2));
  expect(asked() - before).toBe(1);
  await one.load(shown('a#p a#q', 1, 2));
  await one.load(shown('a#p a#q', 1, 2));
  expect(asked() - before).toBe(3);
});
