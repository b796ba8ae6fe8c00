/** Tables of exports as streams: a target has our rows after each emission, whatever was loaded or cut off between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Cell } from '../../simulator/store/export-table.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { hideInExports } from '../../src/exports/write/hide-stored.ts';
import { emitChanges, type SentStream } from '../../src/operations/emit/emission.ts';
import type { EmissionState } from '../../src/operations/emit/emission-state.ts';
import { exportedTables, streamOfExport } from '../../src/operations/emit/exported-table.ts';
import { singerFormat } from '../../src/operations/emit/singer.ts';
import { deleteOfExport } from '../../src/operations/forget/forget-rows.ts';
import { migrate } from '../../src/state/migrate.ts';
import { type ExportRig, startExportRig } from '../support/export-rig.ts';
import { type ExportSteps, exportSteps, type Shown } from '../support/export-steps.ts';
import { type NaiveTarget, naiveTarget, wantedExported } from '../support/naive-target.ts';

const DAY = 86_400_000;
const SLOW = { timeout: 300_000 };
const START = new Date('2026-03-01');
const at = (days: number): Date => new Date(START.getTime() + days * DAY);
const WINDOW = { column: 'at', control: 'range', start: START, stepMs: DAY, lookbackMs: 2 * DAY };
const COLUMNS = [{ label: 'at', type: 'datetime' as const }, 'id', 'value'];

const shown = (rows: readonly (readonly Cell[])[], columns: Shown['columns'] = COLUMNS): Shown => ({
  ...{ columns, rows },
  controls: { range: { valueType: 'date-range', column: 0 } },
});

const row = (day: number, id: string, value: Cell): Cell[] => [
  new Date(at(day).getTime() + DAY / 2),
  id,
  value,
];

async function tablesOf(rig: ExportRig, exports: readonly ExportDefinition[], keyId?: string) {
  return rig.test.database.session((session) =>
    exportedTables(session, rig.test.schemas, { schema: 'sigma_data', exports, keyId }),
  );
}

async function emission(
  rig: ExportRig,
  exports: readonly ExportDefinition[],
  state?: EmissionState,
  keyId?: string,
): Promise<{ lines: string[]; sent: readonly SentStream[] }> {
  const texts: string[] = [];
  const format = singerFormat(
    async (more) => void texts.push(more),
    () => new Date(0),
  );
  const tables = await tablesOf(rig, exports, keyId);
  const request = { tables, state, signal: new AbortController().signal, rulesOf: () => undefined };
  const sent = await emitChanges(rig.test, request, format);
  return { lines: texts.join('').split('\n').slice(0, -1), sent };
}

/** Rows of our tables, read without the code of an emission, and those that a target has live. */
async function expectEqual(
  rig: ExportRig,
  exports: readonly ExportDefinition[],
  target: NaiveTarget,
): Promise<void> {
  for (const definition of exports) {
    const [table] = await tablesOf(rig, [definition]);
    if (table === undefined) throw new Error(`${definition.name} is not loaded`);
    const wanted = await rig.test.database.session((session) => wantedExported(session, table));
    expect(target.rows(table), definition.name).toEqual(wanted);
  }
}

const modes = (sent: readonly SentStream[]): unknown[] =>
  sent.map(({ name, mode, rows, why }) => [name.replace('export_', ''), mode, rows, why]);

/** One export of each mode, as they are after any load. */
async function threeExports(
  rig: ExportRig,
): Promise<Record<'replaced' | 'appended' | 'merged', ExportSteps>> {
  await migrate(rig.test.database, rig.test.schemas, [], new EventBus());
  return {
    replaced: exportSteps(rig, 'replaced'),
    appended: exportSteps(rig, 'appended', { mode: 'append', window: WINDOW }),
    merged: exportSteps(rig, 'merged', { mode: 'merge', key: ['id'] }),
  };
}

it('sends each row once, what a load brought, and what a replace took away', SLOW, async () => {
  await using rig = await startExportRig();
  const { replaced, appended, merged } = await threeExports(rig);
  const rows = [row(0, 'a', 1), row(0, 'b', 2), row(1, 'c', 3)];
  const definitions = [replaced, appended, merged].map((one) => one.definition(shown(rows)));
  const targets = [naiveTarget(), naiveTarget({ ignoresVersions: true })] as const;
  const emit = async (): Promise<unknown[]> => {
    const { lines, sent } = await emission(rig, definitions, targets[0].state);
    for (const target of targets) {
      target.load(lines);
      await expectEqual(rig, definitions, target);
    }
    return modes(sent);
  };
  for (const definition of definitions) await rig.load(definition, definition.window && { to: at(2) });
  const unsent = 'it was not sent before';
  expect(await emit()).toEqual([
    ['replaced', 'full', 3, unsent],
    ['appended', 'full', 3, unsent],
    ['merged', 'full', 3, unsent],
  ]);
  expect(await emit()).toEqual([
    ['replaced', 'changes', 0, undefined],
    ['appended', 'changes', 0, undefined],
    ['merged', 'changes', 0, undefined],
  ]);

  const next = [row(0, 'a', 1), row(1, 'c', 4)];
  await replaced.load(shown(next));
  await merged.load(shown(next));
  const later = appended.definition(shown([...rows, row(2, 'd', 9)]));
  await rig.load(later, { to: at(3) });
  // Two rows, and the third place as deleted; a new row; a row that differs.
  expect(await emit()).toEqual([
    ['replaced', 'full', 3, 'a load replaced them'],
    ['appended', 'changes', 1, undefined],
    ['merged', 'changes', 1, undefined],
  ]);

  // A new column, and one that becomes a text: all rows are others.
  await merged.load(shown([row(0, 'a', 'x')], [...COLUMNS, 'more']));
  expect(await emit()).toContainEqual(['merged', 'full', 3, 'its columns or privacy settings changed']);
  await rig.query('drop table sigma_data.merged');
  expect(modes((await emission(rig, definitions, targets[0].state)).sent)).toHaveLength(2);
  await merged.load(shown(next));
  const again = await emission(rig, definitions, targets[0].state);
  expect(modes(again.sent)).toContainEqual(['merged', 'full', 2, 'its table was recreated']);
  targets[0].load(again.lines);
  await expectEqual(rig, definitions, targets[0]);
});

it('keeps what a target has right however loads and cuts follow each other', SLOW, async () => {
  await using rig = await startExportRig();
  let run = 0;
  const step = fc.record({
    rows: fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 9 })), {
      maxLength: 9,
    }),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await migrate(rig.test.database, rig.test.schemas, [], new EventBus());
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), async (steps) => {
      run++;
      const replaced = exportSteps(rig, `replaced_${run}`, { leastRows: 0 });
      const appended = exportSteps(rig, `appended_${run}`, { mode: 'append', window: WINDOW });
      const merged = exportSteps(rig, `merged_${run}`, { mode: 'merge', key: ['id'] });
      const all = [replaced, appended, merged];
      const seed = shown([row(0, 'a', 1)]);
      const definitions = all.map((one) => one.definition(seed));
      for (const definition of definitions) await rig.load(definition, definition.window && { to: at(1) });
      const targets = [naiveTarget(), naiveTarget({ ignoresVersions: true })];
      for (const [i, { rows, cut }] of steps.entries()) {
        const cells = rows.map(([day, id]) => row(day, `k${id}`, i * 10 + id));
        for (const one of all) {
          const definition = one.definition(shown(cells));
          await rig.run([definition], definition.window && { to: at(6), from: at(0) });
        }
        for (const target of targets) {
          const { lines } = await emission(rig, definitions, target.state);
          target.load(lines.slice(0, Math.ceil(cut * lines.length)));
        }
      }
      for (const target of targets) {
        target.load((await emission(rig, definitions, target.state)).lines);
        await expectEqual(rig, definitions, target);
      }
    }),
    { numRuns: 8 },
  );
});

it('sends rows of a load that is under way, and again those it writes later', async () => {
  await using rig = await startExportRig();
  const { appended } = await threeExports(rig);
  const definition = appended.definition(shown([row(0, 'a', 1), row(1, 'b', 2)]));
  await rig.load(definition, { to: at(1) });
  const target = naiveTarget();
  target.load((await emission(rig, [definition])).lines);
  // As in the middle of a run: a window is committed, and the run continues.
  await rig.load(definition, { to: at(2) });
  await rig.query(
    `update sigma_sync.export_runs set finished_at = null
      where export_run = (select max(export_run) from sigma_sync.export_runs)`,
  );
  target.load((await emission(rig, [definition], target.state)).lines);
  await expectEqual(rig, [definition], target);
  await rig.query(
    `insert into sigma_data.appended (at, id, value, _export_run, _row_number)
     select '2026-03-02 18:00Z', 'late', 3, max(export_run), 99 from sigma_sync.export_runs`,
  );
  await rig.query('update sigma_sync.export_runs set finished_at = now() where finished_at is null');
  target.load((await emission(rig, [definition], target.state)).lines);
  await expectEqual(rig, [definition], target);
});

it('sends everything again where the books can not tell what was loaded', async () => {
  await using rig = await startExportRig();
  const { merged } = await threeExports(rig);
  const definition = merged.definition(shown([row(0, 'a', 1)]));
  await rig.load(definition);
  const target = naiveTarget();
  target.load((await emission(rig, [definition])).lines);
  const one = target.state?.streams[streamOfExport(definition)];
  if (target.state === undefined || one === undefined) throw new Error('there is no state');
  const whyWith = async (change: object): Promise<unknown> => {
    const streams = { [streamOfExport(definition)]: { ...one, ...change } };
    const { sent } = await emission(rig, [definition], { database: target.state?.database ?? '', streams });
    return sent[0]?.why;
  };
  expect(await whyWith({ load: '999' })).toBe('the database does not know the load that was sent last');
  expect(await whyWith({ since: 1 })).toBe('its table was recreated');
  expect(await whyWith({ position: '900000000' })).toBe(
    'the state is ahead of the database, which was restored',
  );
  expect(await whyWith({})).toBeUndefined();
});

it('sends hidden values hidden, and all rows once a rule came', async () => {
  await using rig = await startExportRig();
  const { replaced } = await threeExports(rig);
  const definition = replaced.definition(shown([row(0, 'ada@example.com', 1)]));
  await rig.load(definition);
  const first = await emission(rig, [definition]);
  const target = naiveTarget();
  target.load(first.lines);
  const hidden: ExportDefinition = { ...definition, hide: { id: 'drop' } };
  const { database, schemas } = rig.test;
  const hash = (value: unknown): string => String(value);
  const context = {
    database,
    schemas,
    exportsSchema: 'sigma_data',
    exports: [hidden],
    hash,
    keyId: undefined,
  };
  await hideInExports(context, new EventBus());
  const { lines, sent } = await emission(rig, [hidden], target.state);
  expect(sent[0]).toMatchObject({ mode: 'full', why: 'its columns or privacy settings changed' });
  expect(lines.join('')).not.toContain('ada@example.com');
  // Also where the settings are the old ones again, since what is stored is not.
  expect((await emission(rig, [definition], target.state)).sent[0]?.why).toBe(
    'all its rows were rewritten or reset',
  );
});

it('sends all rows once a person was forgotten, who is gone at the target then', async () => {
  await using rig = await startExportRig();
  const { appended } = await threeExports(rig);
  const definition = appended.definition(shown([row(0, 'ada@example.com', 1), row(0, 'b', 2)]), {
    person: ['id'],
  });
  await rig.load(definition, { to: at(1) });
  const target = naiveTarget();
  target.load((await emission(rig, [definition])).lines);
  const person = { ids: [], marks: ['ada@example.com'], names: [], isInSigma: false };
  await rig.test.database.transaction((session) =>
    deleteOfExport(session, rig.test.schemas, 'sigma_data', definition, person),
  );
  const { lines, sent } = await emission(rig, [definition], target.state);
  expect(modes(sent)).toEqual([['appended', 'full', 1, 'all its rows were rewritten or reset']]);
  target.load(lines);
  await expectEqual(rig, [definition], target);
});

it('gives values of every type as JSON, and names that targets can have', async () => {
  await using rig = await startExportRig();
  const { merged } = await threeExports(rig);
  const types = {
    ...{
      big: 'bigint',
      exact: 'numeric',
      odd: 'numeric',
      day: 'date',
      wall: 'timestamp',
      zoned: 'timestamptz',
    },
    ...{ nested: 'jsonb', list: 'integer[]', for_ever: 'date' },
  };
  const values: Record<string, Cell> = {
    ...{ id: 'a', big: '9223372036854775807', exact: '12345678901234567890.123456789', odd: 'NaN' },
    ...{ day: '2026-03-01', wall: '2026-03-01 12:00:00', zoned: '2026-03-01T12:00:00+02:00' },
    ...{
      nested: '{"a": [1]}',
      list: '{1,2}',
      for_ever: 'infinity',
      version: 'v',
      version_number: 'n',
      数量: 'q',
    },
  };
  const definition = merged.definition(shown([Object.values(values)], Object.keys(values)), { types });
  await rig.load(definition);
  const { lines } = await emission(rig, [definition]);
  const [line] = lines.filter((one) => one.includes('"RECORD"'));
  const digits = '"big":9223372036854775807,"exact":12345678901234567890.123456789,';
  expect(line).toContain(digits);
  const { record } = JSON.parse(line ?? '') as { record: Record<string, unknown> };
  const { big: _, exact: __, _loaded_at: ___, ...rest } = record;
  expect(rest).toEqual({
    ...{ id: 'a', odd: null, day: '2026-03-01', wall: '2026-03-01T12:00:00.000000Z' },
    ...{ zoned: '2026-03-01T10:00:00.000000Z', nested: '{"a": [1]}', list: '{1,2}', for_ever: null },
    ...{ [Object.keys(rest).find((name) => /^version_number_[0-9a-f]{8}$/.test(name)) ?? '']: 'v' },
    ...{ version_number: 'n', u6570u91cf: 'q', _export_run: 1, _row_number: 1, _sdc_deleted_at: null },
  });
});
