/** An export in a world that is not as it left it: tables, clocks, controls and times that changed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Cell } from '../../simulator/store/export-table.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { definitionOf } from '../support/export-definition.ts';
import { type ExportRig, impatient, startExportRig } from '../support/export-rig.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const START = new Date('2026-03-01');
const at = (days: number, hours = 0): Date => new Date(START.getTime() + days * DAY + hours * HOUR);
const WINDOW = { column: 'At', control: 'range', start: START, stepMs: DAY, lookbackMs: 3 * HOUR };

let rig: ExportRig;
/** The time of the engine. */
let now = at(3);
let number = 0;
beforeAll(async () => {
  const clock = { ...impatient(systemClock), now: () => now.getTime() };
  rig = await startExportRig({ engine: { clock } });
});
afterAll(() => rig[Symbol.asyncDispose]());

/** An element with a time and what happened; one that never changes unless it is asked for again. */
function element(rows: readonly (readonly Cell[])[], type: 'datetime' | 'date' | 'text' = 'datetime') {
  return rig.simulator.organization.addExport({
    columns: [{ label: 'At', type }, 'Id'],
    count: rows.length,
    rows: (i) => rows[i] ?? [],
    controls: { range: { valueType: 'date-range', column: 0 } },
  });
}

function exportOf(
  place: ReturnType<typeof element>,
  changes: Partial<ExportDefinition> = {},
): ExportDefinition {
  const name = `recovery_${++number}`;
  return definitionOf(place, { name, table: name, mode: 'merge', key: ['Id'], window: WINDOW, ...changes });
}

const idsOf = async (table: string): Promise<unknown[]> =>
  (await rig.query(`select id from sigma_data.${table} order by 1`)).map(({ id }) => id);

test('a table that was dropped is loaded from its start again', async () => {
  now = at(3);
  const one = exportOf(element([0, 1, 2].map((day) => [at(day, 5), `day ${day}`])));
  await rig.load(one);
  await rig.query(`drop table sigma_data.${one.table}`);
  expect(await rig.load(one)).toMatchObject({ windows: 3, inserted: 3, watermark: now.toISOString() });
  expect(rig.log.at(-1)?.name).toBe('run.finished');
  expect(rig.log.filter(({ name }) => name === 'export.rewound').at(-1)?.fields).toMatchObject({
    export: one.name,
    reason: 'the table no longer exists',
  });
});

test('a table belongs to the export that made it last', async () => {
  now = at(3);
  const place = element([[at(0), 'a']]);
  const old = exportOf(place);
  await rig.load(old);
  const renamed = { ...old, name: `${old.name}_new` };
  const { error } = await rig.load(renamed, { status: 'failed' });
  expect(error).toContain('exists, but no export of this name created it');
  expect(await rig.load(old)).toMatchObject({ inserted: 0 });
  await rig.query(`drop table sigma_data.${old.table}`);
  expect(await rig.load(renamed)).toMatchObject({ inserted: 1 });
  expect(await rig.load(renamed)).toMatchObject({ inserted: 0 });
  expect((await rig.load(old, { status: 'failed' })).error).toContain('no export of this name created it');
});

test('a later start does not hold the watermark up', async () => {
  now = at(1);
  const one = exportOf(element([]));
  await rig.load(one);
  now = at(6);
  const later = { ...one, window: { ...WINDOW, start: at(4) } };
  expect(await rig.load(later)).toMatchObject({ windows: 2, watermark: at(6).toISOString() });
});

test('a clock that was ahead leaves no hole', async () => {
  now = at(2);
  const rows: Cell[][] = [[at(1), 'early']];
  const one = exportOf(element(rows));
  await rig.load(one);
  now = at(5, 7);
  await rig.load(one);
  now = at(3);
  const more = exportOf(element([...rows, [at(2, 12), 'between']]), { name: one.name, table: one.table });
  expect(await rig.load(more)).toMatchObject({ inserted: 1, watermark: now.toISOString() });
  expect(await idsOf(one.table)).toEqual(['between', 'early']);
});

test.each(['append', 'merge'] as const)('dates are read until their day is over: %s', async (mode) => {
  const key = mode === 'merge' ? ['Id'] : [];
  const rows: Cell[][] = [];
  let name = '';
  // Each day its row turns up in the afternoon.
  for (const day of [0, 1, 2]) {
    now = at(day, 14);
    const early = exportOf(element(rows, 'date'), {
      mode,
      key,
      ...(name === '' ? {} : { name, table: name }),
    });
    name = early.name;
    await rig.load(early);
    now = at(day, 20);
    rows.push([at(day), `day ${day}`]);
    await rig.load(exportOf(element(rows, 'date'), { mode, key, name, table: name }));
  }
  expect(await idsOf(name)).toEqual(['day 0', 'day 1', 'day 2']);
});

test('times that turn into texts end an append rather than double rows', async () => {
  now = at(1);
  const window = { ...WINDOW, column: 'At' };
  const columns = [{ label: 'At', type: 'datetime' as const }, 'Seen'];
  const add = (rows: readonly (readonly Cell[])[]) =>
    rig.simulator.organization.addExport({
      columns,
      count: rows.length,
      rows: (i) => rows[i] ?? [],
      controls: { range: { valueType: 'date-range', column: 0 } },
    });
  const first: Cell[][] = [[at(0, 23), '2026-03-01T23:00:00.000Z']];
  const one = exportOf(add(first), { mode: 'append', key: [], window });
  await rig.load(one);
  now = at(2);
  const changed = {
    ...one,
    ...definitionOf(add([...first, [at(1, 1), 'n/a']])),
    name: one.name,
    table: one.table,
  };
  const again = { ...changed, mode: 'append' as const, window, key: [] };
  const { error } = await rig.load(again, { status: 'failed' });
  expect(error).toContain('Some values of "Seen" no longer fit the type');
  const declared = await rig.load({ ...again, types: { Seen: 'timestamptz' } }, { status: 'partial' });
  expect(declared).toMatchObject({ inserted: 0, rejected: 1 });
  expect(await rig.query(`select seen from sigma_data.${one.table}`)).toHaveLength(1);
});

test.each(['append', 'merge'] as const)('a control that restricts nothing is told: %s', async (mode) => {
  now = at(40);
  const rows = Array.from({ length: 40 }, (_, day): Cell[] => [at(day, 1), `day ${day}`]);
  const place = rig.simulator.organization.addExport({
    columns: [{ label: 'At', type: 'datetime' }, 'Id', { label: 'Other', type: 'datetime' }],
    count: rows.length,
    rows: (i) => [...(rows[i] ?? []), at(0, 1)],
    controls: { range: { valueType: 'date-range', column: 2 } },
  });
  for (const rowLimit of [1_000_000, 20]) {
    const one = exportOf(place, { mode, key: mode === 'merge' ? ['Id'] : [], rowLimit });
    const asked = rig.simulator.exports.jobs.started;
    const { error } = await rig.load(one, { status: 'failed' });
    expect(error).toContain('The control "range" does not restrict "At"');
    expect(rig.simulator.exports.jobs.started - asked).toBeLessThan(10);
  }
});

test('rows without a time are rejected by an append, which has no window for them', async () => {
  now = at(1);
  const place = rig.simulator.organization.addExport({
    columns: [{ label: 'At', type: 'datetime' }, 'Id'],
    count: 3,
    rows: (i) => [i === 1 ? null : at(0, 1), `row ${i}`],
  });
  // The workbook has such a control, but it targets another element.
  rig.simulator.organization.addExport({
    workbookId: place.workbookId,
    columns: [{ label: 'At', type: 'datetime' }],
    count: 0,
    rows: () => [],
    controls: { range: { valueType: 'date-range', column: 0 } },
  });
  const one = exportOf(place, { mode: 'append', key: [] });
  const report = await rig.load(one, { status: 'partial' });
  expect(report).toMatchObject({ rows: 3, inserted: 2, rejected: 1 });
  expect(report.rejections).toEqual([
    { row: 2, column: 'At', reason: 'the row has no time, so it is in no window' },
  ]);
});

test('what a first run loaded has its comments, though a later window failed', async () => {
  now = at(12);
  const rows = Array.from({ length: 12 }, (_, day): Cell[] => [at(day, 1), `day ${day}`]);
  const one = exportOf(element(rows));
  const off = rig.engine.events.on('export.window', () => {
    rig.simulator.faults.set({ missing: ['/export$'] });
  });
  const { windows } = await rig.load(one, { status: 'failed' });
  off();
  rig.simulator.faults.clear();
  expect(windows).toBeGreaterThan(0);
  const [comment] = await rig.query(`select col_description('sigma_data.${one.table}'::regclass, 1) as text`);
  expect(comment).toEqual({ text: expect.stringMatching(/^At\nFormula: /) });
});

test('an export is as fresh as its start', async () => {
  now = at(2);
  const one = exportOf(element([]));
  const off = rig.engine.events.on('export.window', () => {
    now = new Date(now.getTime() + HOUR);
  });
  await rig.load(one);
  off();
  const [state] = await rig.query('select last_success_at from sigma_sync.exports where export = $1', [
    one.name,
  ]);
  expect(state).toEqual({ last_success_at: at(2) });
});

test('a key that is none is told, with what was left out by it', async () => {
  now = at(1);
  const rows = Array.from({ length: 20 }, (_, i): Cell[] => [at(0, 1), i < 18 ? 'same' : `row ${i}`]);
  const report = await rig.load(exportOf(element(rows)));
  expect(report).toMatchObject({ inserted: 3, unchanged: 17 });
  expect(report.drift).toEqual([
    'id is not unique: 17 rows were left out, because later rows have the same key',
  ]);
});
