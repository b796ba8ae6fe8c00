/**
 * Singer targets that others wrote load what is emitted, unmodified: their live rows equal ours after every night, also
 * where emitter or target were killed in it. `scripts/install-python.sh` installs them; without it these are skipped.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { Random } from '../../simulator/store/random.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { runExports } from '../../src/exports/run-exports.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { emitChanges } from '../../src/operations/emit/emission.ts';
import { type EmissionState, parseState } from '../../src/operations/emit/emission-state.ts';
import { type EmittedTable, emittedTable } from '../../src/operations/emit/emitted-table.ts';
import { type ExportedTable, exportedTables } from '../../src/operations/emit/exported-table.ts';
import { singerFormat } from '../../src/operations/emit/singer.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { resetStream } from '../../src/state/reset-stream.ts';
import { scratchFolder } from '../support/cli.ts';
import { definitionOf } from '../support/export-definition.ts';
import { impatient, startExportRig } from '../support/export-rig.ts';
import { exportSteps } from '../support/export-steps.ts';
import { plain, wantedExported, wantedRows } from '../support/naive-target.ts';
import { type Rig, startRig } from '../support/rig.ts';
import { runProgram } from '../support/run-program.ts';
import { DUCKDB, MELTANOLABS, type SingerTarget, TARGETS } from '../support/singer-targets.ts';

const STREAMS = catalogue.filter(({ optIn }) => optIn !== true);
const TABLES = STREAMS.map(emittedTable);
const ORGANIZATION = { seed: 8, workbooks: 12, reports: 3, members: 10, teams: 3, grants: 40, folders: 4 };
const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const START = new Date('2026-03-01');
const DAY = 86_400_000;
const SLOW = { timeout: 300_000 };

const inputOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** From this night on a version of ours with one more column of workbooks runs. */
const NEW_COLUMN = 7;
/** From this night on numbers of two exports are texts. */
const NEW_TYPE = 9;
const tablesOf = (night: number): readonly EmittedTable[] =>
  TABLES.map((table) =>
    table.name === 'workbooks' && night < NEW_COLUMN
      ? { ...table, columns: table.columns.filter(({ name }) => name !== 'description') }
      : table,
  );

async function emission(
  { test }: Pick<Rig, 'test'>,
  tables: readonly EmittedTable[],
  state: EmissionState | undefined,
): Promise<string[]> {
  const texts: string[] = [];
  const format = singerFormat(
    async (more) => void texts.push(more),
    () => new Date(),
  );
  const request = { tables, state, signal: new AbortController().signal, rulesOf: () => undefined };
  await emitChanges(test, request, format);
  return texts.join('').split('\n').slice(0, -1);
}

/** The output of the command until it is killed after so many bytes. */
async function emissionKilled(
  { test }: Rig,
  folder: string,
  state: EmissionState | undefined,
  bytes: number,
): Promise<string> {
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state ?? {}));
  const load = `import(${JSON.stringify(MAIN)}).then(({ main }) => main(process.argv))`;
  const args = ['-e', load, '--', 'sigma-sync', 'emit', '--no-sync', '--state', 'state.json'];
  const options = { cwd: folder, env: { HOME: folder, DATABASE_URL: test.url ?? '' }, killAfter: { bytes } };
  return (await runProgram(process.execPath, args, options)).stdout;
}

/** An export of each mode, which shows other rows every night, and now and then another column. */
async function loadExports({ simulator, test, events }: Rig, random: Random, night: number) {
  const client = openSigmaClient({
    ...{ baseUrl: simulator.url, credentials: () => simulator, events, clock: systemClock },
    ...{ concurrency: 4, exportsPerMinute: 60_000, timeoutMs: 10_000 },
    retry: { maxAttempts: 8, baseMs: 5, maxMs: 100 },
  });
  const window = { column: 'at', control: 'range', start: START, stepMs: DAY, lookbackMs: 2 * DAY };
  const extra = night > 5 ? ['more'] : [];
  const exports = (
    [
      { name: 'replaced', mode: 'replace' },
      { name: 'appended', mode: 'append', window },
      { name: 'merged', mode: 'merge', key: ['id'] },
    ] as const
  ).map((settings): ExportDefinition => {
    const hasTexts = night >= NEW_TYPE && settings.name !== 'appended';
    const rows = Array.from({ length: 1 + random.below(30) }, () => [
      new Date(START.getTime() + (night + random.below(2)) * DAY),
      `k${random.below(40)}`,
      hasTexts ? `text ${random.below(9)}` : night * 100 + random.below(9),
      ...extra.map((name) => `${name} ${random.below(3)}`),
    ]);
    const place = simulator.organization.addExport({
      columns: [{ label: 'at', type: 'datetime' }, 'id', 'value', ...extra],
      ...{ count: rows.length, rows: (i) => rows[i] ?? [] },
      controls: { range: { valueType: 'date-range', column: 0 } },
    });
    return definitionOf(place, { ...settings, table: settings.name });
  });
  const { database, schemas } = test;
  const engine = { database, schemas, exportsSchema: 'sigma_data', client, events, concurrency: 1, ahead: 2 };
  const signal = new AbortController().signal;
  const to = new Date(START.getTime() + (night + 2) * DAY);
  const clock = impatient(systemClock);
  for (const definition of exports) {
    const range = definition.window === undefined ? {} : { to };
    const { error } = await runExports({ ...engine, clock }, { exports: [definition], signal, ...range });
    if (error !== undefined) throw error;
  }
  await client.close();
  return database.session((session) =>
    exportedTables(session, schemas, { schema: 'sigma_data', exports, keyId: undefined }),
  );
}

/** One target keeps times without a zone, as the server's zone has them. */
async function useUtc({ test }: Pick<Rig, 'test'>): Promise<void> {
  await test.database.session((session) =>
    session.query(
      `do $$ begin execute format('alter database %I set timezone = ''UTC''', current_database()); end $$`,
    ),
  );
}

/** Streams whose live rows the target and we do not share. */
async function differences(
  rig: Rig,
  target: SingerTarget,
  folder: string,
  { tables, exported }: { tables: readonly EmittedTable[]; exported: readonly ExportedTable[] },
): Promise<string[]> {
  const names = [...tables, ...exported].map(({ name }) => name);
  const loaded = await target.rows(rig.test, folder, names);
  const found: string[] = [];
  const compare = ({ name, columns }: EmittedTable, all: readonly string[]): void => {
    const theirs = (loaded[name] ?? []).map((row) => plain(row, columns, (text) => JSON.parse(text)));
    const ours = target.losesEmptyTexts === true ? all.map((row) => row.replaceAll(',""]', ',null]')) : all;
    const there = new Set(theirs);
    const missing = ours.filter((row) => !there.has(row));
    if (missing.length > 0 || theirs.length !== ours.length)
      found.push(`${name}: ${theirs.length} rows instead of ${ours.length}; missing: ${missing[0]}`);
  };
  for (const [i, stream] of STREAMS.entries()) {
    const table = tables[i];
    if (table !== undefined) compare(table, await wantedRows(rig, stream, table));
  }
  for (const table of exported)
    compare(table, await rig.test.database.session((session) => wantedExported(session, table)));
  return found;
}

it.concurrent.each([MELTANOLABS, DUCKDB])(
  '$name has our live rows after each of $nights nights',
  { timeout: 1_200_000 },
  async (target) => {
    if (!existsSync(target.program))
      return console.warn(`${target.name} is not installed: scripts/install-python.sh`);
    using folder = scratchFolder();
    await using rig = await startRig({ organization: ORGANIZATION, streams: STREAMS });
    const random = new Random('nights', target.name);
    await useUtc(rig);
    const config = join(folder.path, 'target.json');
    writeFileSync(config, JSON.stringify(target.config(rig.test, folder.path)));
    let state: EmissionState | undefined;
    let slowest = 1000;
    /** Resumes from the last state that the target confirmed, however it ended. */
    const load = async (input: string, killAfter?: { ms: number }): Promise<number | null> => {
      const begun = performance.now();
      const options = { input, ...(killAfter === undefined ? {} : { killAfter }) };
      const { code, stdout, stderr } = await runProgram(target.program, ['--config', config], options);
      const last = stdout.split('\n').slice(0, -1).at(-1);
      if (last !== undefined && last !== '') state = parseState(last, 'the state of the target');
      if (killAfter === undefined) slowest = performance.now() - begun;
      if (code !== 0 && code !== null && killAfter === undefined && input.endsWith('\n'))
        throw new Error(stderr.slice(-3000));
      return code;
    };

    let [crashes, dead] = [0, 0];
    for (let night = 1; night <= target.nights; night++) {
      rig.simulator.organization.mutate(10 + random.below(40));
      await rig.sync({ acceptDeletions: true });
      const exported = await loadExports(rig, random, night);
      if (night === NEW_TYPE)
        await target.beforeNewType?.(rig.test, ['export_replaced', 'export_merged'], 'value');
      const reset = random.pick(STREAMS);
      if (random.below(5) === 0) await resetStream(rig.test.database, rig.test.schemas, reset);
      const tables = tablesOf(night);
      const emit = (): Promise<string[]> => emission(rig, [...tables, ...exported], state);
      const lines = await emit();
      const crash = random.pick(['emitter', 'target', 'cut', 'none', 'none']);
      if (crash !== 'none') crashes++;
      if (crash === 'emitter') {
        const bytes = random.below(inputOf(lines).length);
        if ((await load(await emissionKilled(rig, folder.path, state, bytes))) !== 0) dead++;
      } else if (crash === 'target') {
        if ((await load(inputOf(lines), { ms: random.below(slowest) })) !== 0) dead++;
      } else if (crash === 'cut') await load(inputOf(lines.slice(0, random.below(lines.length))));
      if (crash !== 'none' && random.below(2) === 0) {
        rig.simulator.organization.mutate(10);
        await rig.sync({ acceptDeletions: true });
      }
      expect(await load(inputOf(crash === 'none' ? lines : await emit()))).toBe(0);
      const all = { tables, exported };
      expect(await differences(rig, target, folder.path, all), `night ${night}, ${crash}`).toEqual([]);
    }
    expect(crashes).toBeGreaterThan(target.nights / 3);
    expect(dead).toBeGreaterThan(0);
  },
);

it.each([MELTANOLABS, DUCKDB])('$name takes odd values of exports as the docs say', SLOW, async (target) => {
  if (!existsSync(target.program))
    return console.warn(`${target.name} is not installed: scripts/install-python.sh`);
  using folder = scratchFolder();
  await using rig = await startExportRig();
  const values = {
    ...{ id: 'a', big: '9223372036854775807', exact: '12345678901234567890.123456789', odd: 'NaN' },
    ...{ day: '2026-03-01', zoned: '2026-03-01T12:00:00+02:00', nested: '{"a": [1.10]}', list: '{1,2}' },
    ...{ version: 'v', version_number: 'n', 数量: 'q', text: 'line\nfeed, "quoted"' },
  };
  const types = {
    ...{ big: 'bigint', exact: 'numeric', odd: 'numeric', day: 'date', zoned: 'timestamptz' },
    ...{ nested: 'jsonb', list: 'integer[]' },
  };
  const steps = exportSteps(rig, 'odd', { mode: 'merge', key: ['id'], types, format: 'jsonl' });
  const shown = { columns: Object.keys(values), rows: [Object.values(values)] };
  const definition = steps.definition(shown);
  await rig.load(definition);
  const exported = await rig.test.database.session((session) =>
    exportedTables(session, rig.test.schemas, {
      ...{ schema: 'sigma_data', exports: [definition], keyId: undefined },
    }),
  );
  await useUtc(rig);
  const config = join(folder.path, 'target.json');
  writeFileSync(config, JSON.stringify(target.config(rig.test, folder.path)));
  const lines = inputOf(await emission(rig, exported, undefined));
  const { code, stderr } = await runProgram(target.program, ['--config', config], { input: lines });
  expect(code, stderr.slice(-3000)).toBe(0);
  const texts = await target.texts(rig.test, folder.path, 'export_odd');
  const [versionName = ''] = Object.keys(texts).filter((name) => /^version_number_[0-9a-f]{8}$/.test(name));
  expect(texts).toMatchObject({
    ...{ id: 'a', big: values.big, odd: null, nested: values.nested, list: '{1,2}', text: values.text },
    ...{ version_number: 'n', [versionName]: 'v', u6570u91cf: 'q' },
    ...target.odd,
  });
});

it('singer-tools finds every message valid', async ({ skip }) => {
  const path = join(TARGETS, 'singer-tools/bin/singer-check-tap');
  if (!existsSync(path)) skip('singer-tools are not installed: scripts/install-python.sh');
  await using rig = await startRig({ organization: ORGANIZATION, streams: STREAMS });
  await rig.sync();
  const { code, stdout, stderr } = await runProgram(path, [], {
    input: inputOf(await emission(rig, TABLES, undefined)),
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('The output is valid.');
  expect(stdout).toContain(`for ${STREAMS.length} streams`);
});
