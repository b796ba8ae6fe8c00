/** Exports read window by window: nothing is lost and nothing doubled, whatever comes late, goes or is too much. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cell } from '../../simulator/store/export-table.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const START = new Date('2026-03-01');
const at = (days: number, hours = 0): Date => new Date(START.getTime() + days * DAY + hours * HOUR);
const WINDOW = { column: 'at', control: 'range', start: START, stepMs: DAY, lookbackMs: 3 * HOUR };
let rig: ExportRig;
let number = 0;
beforeAll(async () => {
  rig = await startExportRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const FORMATS = ['csv', 'jsonl'] as const;
const WAYS = FORMATS.flatMap((format) =>
  (['append', 'merge'] as const).map((mode) => [format, mode] as const),
);

function events(rows: readonly (readonly Cell[])[], columns: readonly string[] = ['id']): Shown {
  return {
    columns: [{ label: 'at', type: 'datetime' }, ...columns],
    rows,
    controls: { range: { valueType: 'date-range', column: 0 } },
  };
}

function windowed(on: ExportRig, settings: Partial<ExportDefinition>): ExportSteps {
  const key = settings.mode === 'merge' ? ['id'] : [];
  return exportSteps(on, `windows_${++number}`, { window: WINDOW, key, ...settings });
}

/** One run up to a time. */
async function until(rig: ExportRig, one: ExportSteps, shown: Shown, to: Date, status = 'complete') {
  return rig.load(one.definition(shown), { to, status });
}

test.each(WAYS)('late rows come in, forgotten ones stay, none is doubled: %s, %s', async (format, mode) => {
  rig.simulator.faults.clear();
  const one = windowed(rig, { format, mode });
  const first: Cell[][] = [
    [at(0, 1), 'a'],
    [at(0, 23), 'b'],
    [at(1, 0), 'c'],
    [at(1, 22), 'd'],
    // Alike but for the key; without one, two of a kind are two.
    [at(1, 22), mode === 'merge' ? 'e' : 'd'],
  ];
  const report = await until(rig, one, events(first), at(2));
  expect(report).toMatchObject({ windows: 2, inserted: 5, watermark: at(2).toISOString() });
  const late: Cell[] = [at(1, 23), 'late'];
  const next: Cell[] = [at(2, 5), 'next'];
  const second = await until(rig, one, events([...first.slice(2), late, next]), at(3));
  expect(second).toMatchObject({ inserted: 2, updated: 0, watermark: at(3).toISOString() });
  // The same once more, and a longer range; Sigma has forgotten the first day.
  expect(await until(rig, one, events([...first.slice(2), late, next]), at(3))).toMatchObject({
    inserted: 0,
    updated: 0,
  });
  const again = await rig.load(one.definition(events([...first.slice(2), late, next])), {
    from: at(0),
    to: at(3),
  });
  expect(again).toMatchObject({ inserted: 0, updated: 0 });
  const stored = (await one.rows()).map((row) => row.at(-1)).toSorted();
  expect(stored).toEqual([...first.map(([, id]) => id), 'late', 'next'].toSorted());
});

test.each(WAYS)('columns that come and go double nothing: %s, %s', async (format, mode) => {
  rig.simulator.faults.clear();
  const one = windowed(rig, { format, mode });
  await until(rig, one, events([[at(0, 23), 'a', 'x']], ['id', 'extra']), at(1));
  const gone = await until(
    rig,
    one,
    events([
      [at(0, 23), 'a'],
      [at(1, 5), 'b'],
    ]),
    at(2),
  );
  expect(gone).toMatchObject({ inserted: 1, updated: 0, drift: ['extra is missing'] });
  const rows: Cell[][] = [
    [at(1, 5), 'b', 'new'],
    [at(1, 23), 'c', 'new'],
  ];
  const came = await rig.load(one.definition(events(rows, ['id', 'other'])), { from: at(1), to: at(3) });
  expect(came).toMatchObject({ inserted: 1, updated: mode === 'merge' ? 1 : 0 });
  expect(await rig.query(`select id, extra from ${one.table} order by id`)).toEqual([
    { id: 'a', extra: 'x' },
    { id: 'b', extra: null },
    { id: 'c', extra: null },
  ]);
});

test.each(WAYS)('empty windows, and a time that is known late: %s, %s', async (format, mode) => {
  rig.simulator.faults.clear();
  const one = windowed(rig, { format, mode });
  expect(await until(rig, one, events([]), at(2))).toMatchObject({
    windows: 2,
    rows: 0,
    watermark: at(2).toISOString(),
  });
  expect(await until(rig, one, events([[at(2, 5), 'a']]), at(3))).toMatchObject({ inserted: 1, drift: [] });
  expect(await until(rig, one, events([]), at(4))).toMatchObject({ rows: 0, watermark: at(4).toISOString() });
});

test.each(FORMATS)(
  'a window whose column is no time, is missing or vanishes is one clear error: %s',
  async (format) => {
    rig.simulator.faults.clear();
    const one = windowed(rig, { format, mode: 'append' });
    const other = { ...WINDOW, column: 'nothing' };
    const missing = await rig.load(one.definition(events([[at(0), 'a']]), { window: other }), {
      to: at(1),
      status: 'failed',
    });
    expect(missing.error).toContain(
      'names the column "nothing", which the export does not have. It has "at", "id".',
    );
    const text = await rig.load(
      one.definition(events([[at(0), 'a']]), { window: { ...WINDOW, column: 'id' } }),
      { to: at(1), status: 'failed' },
    );
    expect(text.error).toContain('holds text and no times');
    await until(rig, one, events([[at(0), 'a']]), at(1));
    const shown = events([[at(1), 'b']]);
    const renamed = { ...shown, columns: [{ label: 'moment', type: 'datetime' as const }, 'id'] };
    const gone = await until(rig, one, renamed, at(2), 'failed');
    expect(gone.error).toContain('names the column "at", which the export does not have');
    expect((await one.rows()).map(([, id]) => id)).toEqual(['a']);
  },
);

test.each(WAYS)('a window of too many rows is divided: %s, %s', async (format, mode) => {
  await using rig = await startExportRig({ exportRowLimit: 50 });
  const one = windowed(rig, { format, mode, rowLimit: 50 });
  const rows = Array.from({ length: 700 }, (_, i): Cell[] => [at(0, (i * 24) / 350), i]);
  const report = await until(rig, one, events(rows), at(2));
  expect(report).toMatchObject({ inserted: 700, watermark: at(2).toISOString() });
  expect(report.windows).toBeGreaterThan(14);
  expect(rig.log.filter(({ name }) => name === 'export.split').length).toBeGreaterThan(2);
  const [found] = await rig.query(
    `select count(*)::int as n, count(distinct id)::int as ids from ${one.table}`,
  );
  expect(found).toEqual({ n: 700, ids: 700 });
});

test.each(WAYS)('a second with too many rows is paged: %s, %s', async (format, mode) => {
  for (const oneBasedOffset of [false, true]) {
    rig.simulator.faults.clear();
    rig.simulator.faults.set({ exports: { oneBasedOffset } });
    const one = windowed(rig, { format, mode, rowLimit: 20 });
    // Without a key, a few are alike though far apart, and all of them count.
    const rows = Array.from({ length: 70 }, (_, i): Cell[] => [
      at(0, 6),
      mode === 'append' && i % 30 === 5 ? 5 : i,
    ]);
    expect(await until(rig, one, events(rows), at(1))).toMatchObject({ inserted: 70 });
    const [found] = await rig.query(`select count(*)::int as n from ${one.table}`);
    expect(found).toEqual({ n: 70 });
    expect(await rig.load(one.definition(events(rows)), { from: at(0), to: at(1) })).toMatchObject({
      inserted: 0,
    });
  }
});

test.each(FORMATS)('append without a window adds everything each time: %s', async (format) => {
  rig.simulator.faults.clear();
  const one = exportSteps(rig, `windows_${++number}`, { format, mode: 'append' });
  for (const run of [1, 2]) {
    const report = await one.load({ columns: ['id'], rows: [[1], [2]] });
    expect(report).toMatchObject({ inserted: 2, deleted: 0 });
    expect(await one.rows()).toHaveLength(2 * run);
  }
});

test('a failure in the middle keeps the windows before it, and the next run goes on from there', async () => {
  await using rig = await startExportRig({ engine: { ahead: 1 } });
  const one = windowed(rig, { mode: 'append', timeoutMs: 100 });
  const rows = [0, 1, 2, 3].map((day): Cell[] => [at(day, 12), `day ${day}`]);
  const definition = one.definition(events(rows));
  const { organization, faults } = rig.simulator;
  let asked = 0;
  const count = (): void => {
    // Two windows go well.
    if (++asked === 2) faults.set({ missing: ['/export$'] });
  };
  rig.engine.events.on('export.window', count);
  const failed = await rig.load(definition, { to: at(4), status: 'failed' });
  expect(failed).toMatchObject({ windows: 2, inserted: 2, watermark: at(2).toISOString() });
  faults.clear();
  expect(organization.now).toBeGreaterThan(0);
  const { report } = await rig.run([definition], { to: at(4) });
  expect(report.exports).toMatchObject([{ status: 'complete', inserted: 2, watermark: at(4).toISOString() }]);
  expect((await one.rows()).map(([, id]) => id)).toEqual(['day 0', 'day 1', 'day 2', 'day 3']);
});
