/** Speed and memory of the load of an export, next to psql's `\copy` of the same file. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElementPlace } from '../simulator/exports/export-mutations.ts';
import type { ExportsReport } from '../src/exports/remember/export-report.ts';
import buildIfStale from '../test/support/setup-e2e.ts';
import { withAdmin } from '../test/support/template.ts';
import { downloadExport } from './support/export-file.ts';
import { benchmark, text, whole } from './support/flags.ts';
import { runCliWell } from './support/node-child.ts';
import { type Figures, fixed, mib, note, print, printMachine, printTable } from './support/output.ts';
import { psqlVersion, runPsql } from './support/psql.ts';
import { type SimulatorProcess, startSimulatorProcess } from './support/simulated.ts';
import { openTargets, type Target } from './support/target.ts';
import { median } from './support/timing.ts';

const flags = benchmark(
  'export',
  'Rows a second of an export over HTTP next to psql \\copy of the same file, by mode, and peak memory.',
  '--rows 1000000 --rounds 5 --large 0',
  {
    rows: whole('rows of the export', 1_000_000, { least: 1000 }),
    large: whole('rows of a large one, read in pages, measured once a mode; 0 = none', 10_000_000, {
      least: 0,
    }),
    rounds: whole('measure each so often, ours and psql in turn, and take the medians', 5, { most: 100 }),
    only: text('only what has this text in its name', 'text'),
    nodeFlags: text('flags for the node of the export, such as --cpu-prof', 'flags'),
  },
);

/** As many rows as a file of Sigma has at most. */
const PAGE_ROWS = 1_000_000;
const TABLE = 'sigma_data.bench';
const BASELINE = 'public.baseline';
const STAGING = 'public.staging';

/** A load to measure, and its starting point. */
interface Scenario {
  readonly name: string;
  readonly mode: 'replace' | 'append' | 'merge';
  /** The table before: empty, with all rows, or with all rows and 1 % of them different. */
  readonly before: 'nothing' | 'all' | 'changed';
  /** The hand-written way: \copy into a table, or into a staging table and from there by INSERT … ON CONFLICT. */
  readonly baseline: 'copy' | 'merge';
  /** Measured with the large export, too. */
  readonly isLarge?: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'replace, no table yet', mode: 'replace', before: 'nothing', baseline: 'copy', isLarge: true },
  { name: 'replace all rows', mode: 'replace', before: 'all', baseline: 'copy' },
  { name: 'append', mode: 'append', before: 'all', baseline: 'copy' },
  { name: 'merge, no table yet', mode: 'merge', before: 'nothing', baseline: 'merge', isLarge: true },
  { name: 'merge, 1 % changed', mode: 'merge', before: 'changed', baseline: 'merge' },
];

interface Ours {
  /** Seconds of the whole process, with the start of Node and the waiting for Sigma. */
  readonly processSeconds: number;
  /** From the first byte to the commit, as the report has it. */
  readonly loadSeconds: number;
  readonly peak: number;
}

/** One run of ours, which must have stored every row. */
async function runOurs(scenario: Scenario, rows: number, place: Place): Promise<Ours> {
  const { target, env } = place;
  mkdirSync(join(target.folder, 'config'), { recursive: true });
  writeFileSync(join(target.folder, 'config/sigma-sync.yaml'), settings(scenario.mode, place.element));
  const result = await runCliWell(['exports', 'run', '--json'], {
    cwd: target.folder,
    env,
    measure: 'peak',
    nodeFlags: flags.nodeFlags?.split(' ') ?? [],
  });
  const report = JSON.parse(result.stdout) as ExportsReport;
  const [one] = report.exports;
  if (one?.rows !== rows || result.memory === undefined) throw new Error(`wrong: ${result.stdout}`);
  const changed = { nothing: rows, all: rows, changed: Math.floor(rows / 100) }[scenario.before];
  if (one.inserted + one.updated !== changed)
    throw new Error(`${changed} rows were to be written: ${result.stdout}`);
  return {
    processSeconds: result.seconds,
    loadSeconds: one.loadedMs / 1000,
    peak: result.memory.peak,
  };
}

function settings(mode: string, { workbookId, elementId }: ElementPlace): string {
  return JSON.stringify({
    exports: [
      {
        name: 'bench',
        workbook: workbookId,
        element: elementId,
        mode,
        row_limit: PAGE_ROWS,
        ...(mode === 'merge' ? { key: ['id'] } : {}),
      },
    ],
  });
}

/** The surroundings in which one size is measured. */
interface Place {
  readonly target: Target;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  readonly element: ElementPlace;
  readonly file: string;
}

async function sql(place: Place, ...statements: readonly string[]): Promise<void> {
  await withAdmin(place.url, async (admin) => {
    for (const statement of statements) await admin.query(statement);
  });
}

/** Columns of our table but the three for bookkeeping, with their types, for one of the same types. */
async function columnsOf(place: Place): Promise<string> {
  return withAdmin(place.url, async (admin) => {
    const { rows } = await admin.query<{ list: string }>(
      `select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) as list
         from pg_attribute where attrelid = '${TABLE}'::regclass and attnum > 0 and not starts_with(attname, '_')`,
    );
    return rows[0]?.list ?? '';
  });
}

const CHANGE = 'set amount = amount + 1 where id % 100 = 0';

async function measureOurs(scenario: Scenario, rows: number, place: Place): Promise<Ours> {
  await sql(place, `drop table if exists ${TABLE}`);
  if (scenario.before !== 'nothing') await runOurs({ ...scenario, before: 'nothing' }, rows, place);
  if (scenario.before === 'changed') await sql(place, `update ${TABLE} ${CHANGE}`);
  await sql(place, 'checkpoint');
  return runOurs(scenario, rows, place);
}

async function measurePsql({ baseline, before }: Scenario, columns: string, place: Place): Promise<number> {
  const copy = (table: string): string => `\\copy ${table} from '${place.file}' with (format csv, header)`;
  const key = baseline === 'merge' ? ', primary key (id)' : '';
  await sql(
    place,
    `drop table if exists ${BASELINE}, ${STAGING}`,
    `create table ${BASELINE} (${columns}${key})`,
    `create unlogged table ${STAGING} (${columns})`,
  );
  if (before !== 'nothing') runPsql(place.url, [copy(BASELINE)]);
  if (before === 'changed') await sql(place, `update ${BASELINE} ${CHANGE}`);
  await sql(place, 'checkpoint');
  const names = [...columns.matchAll(/(?:^|, )(\w+)/g)].map(([, name]) => name ?? '');
  const update = names.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
  const insert = `insert into ${BASELINE} select * from ${STAGING} on conflict (id) do update set ${update.join(', ')}`;
  const seconds = runPsql(place.url, baseline === 'copy' ? [copy(BASELINE)] : [copy(STAGING), insert]);
  await sql(place, `drop table ${BASELINE}, ${STAGING}`);
  return seconds;
}

function perSecond(rows: number, seconds: number): string {
  return Number.isNaN(seconds) ? '-' : Math.round(rows / seconds).toLocaleString('en');
}

async function measure(
  { rows, rounds, scenarios }: { rows: number; rounds: number; scenarios: readonly Scenario[] },
  simulator: SimulatorProcess,
): Promise<Figures[]> {
  await using target = await targets.open();
  const env = { ...simulator.env, ...target.env, SIGMA_SYNC_LOG_LEVEL: 'warn' };
  const element = await simulator.addBigExport(rows);
  const file =
    psql === undefined
      ? ''
      : await downloadExport(env, element, { folder: target.folder, rows, pageRows: PAGE_ROWS });
  const place: Place = { target, url: target.env['DATABASE_URL'] ?? '', env, element, file };
  let columns = '';
  const figures: Figures[] = [];
  for (const scenario of scenarios.filter(({ name }) => name.includes(flags.only ?? ''))) {
    const ours: Ours[] = [];
    const theirs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const one = await measureOurs(scenario, rows, place);
      columns = await columnsOf(place);
      await sql(place, `drop table ${TABLE}`);
      ours.push(one);
      const other = psql === undefined ? Number.NaN : await measurePsql(scenario, columns, place);
      theirs.push(other);
      note(
        `${rows} rows, ${scenario.name}, round ${round}: load ${fixed(one.loadSeconds, 2)} s, ` +
          `process ${fixed(one.processSeconds, 2)} s, ${mib(one.peak)} MiB; psql ${fixed(other, 2)} s`,
      );
    }
    const load = ours.map(({ loadSeconds }) => loadSeconds);
    const whole = median(ours.map(({ processSeconds }) => processSeconds));
    const yardstick = median(theirs);
    figures.push({
      rows: rows.toLocaleString('en'),
      run: scenario.name,
      'load, s': fixed(median(load), 2),
      'rows/s': perSecond(rows, median(load)),
      'psql, s': fixed(yardstick, 2),
      'psql rows/s': perSecond(rows, yardstick),
      ratio: fixed(yardstick / median(load), 2),
      'of the fastest': fixed(Math.min(...theirs) / Math.min(...load), 2),
      'process, s': fixed(whole, 2),
      'ratio of processes': fixed(yardstick / whole, 2),
      'peak, MiB': mib(Math.max(...ours.map(({ peak }) => peak))),
    });
  }
  rmSync(file, { force: true });
  return figures;
}

buildIfStale();
const psql = psqlVersion();
if (psql === undefined) print('psql is not installed: there is nothing to compare with, and no ratio.');
await using targets = await openTargets('postgres');
await using simulator = await startSimulatorProcess({
  seed: 1,
  workbooks: 3,
  members: 5,
  teams: 1,
  grants: 5,
});
const figures = await measure({ rows: flags.rows, rounds: flags.rounds, scenarios: SCENARIOS }, simulator);
if (flags.large > 0) {
  const scenarios = SCENARIOS.filter(({ isLarge }) => isLarge === true);
  figures.push(...(await measure({ rows: flags.large, rounds: 1, scenarios }, simulator)));
}
printMachine(`${targets.label}, psql ${psql ?? '-'}`);
printTable(figures);
