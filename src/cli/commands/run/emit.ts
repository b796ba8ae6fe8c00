import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { hideContext } from '../../../app.ts';
import { ConfigError, describeError } from '../../../core/errors.ts';
import { plural } from '../../../core/words.ts';
import { overall } from '../../../exports/remember/export-report.ts';
import type { ExportsResult } from '../../../exports/run-exports.ts';
import { dueExports } from '../../../exports/select-exports.ts';
import { pendingExports } from '../../../exports/write/hide-stored.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { pendingSteps } from '../../../loaders/privacy/apply.ts';
import { airbyteCatalog, airbyteFormat, parseAirbyteState } from '../../../operations/emit/airbyte.ts';
import { type AirbyteSelection, selectByAirbyte } from '../../../operations/emit/airbyte-selection.ts';
import { emitChanges, type SentStream } from '../../../operations/emit/emission.ts';
import { type EmissionState, parseState } from '../../../operations/emit/emission-state.ts';
import { type EmittedTable, emittedTable } from '../../../operations/emit/emitted-table.ts';
import { exportedTables, streamOfExport, unloadedTable } from '../../../operations/emit/exported-table.ts';
import { jsonLinesFolder, replaceFile } from '../../../operations/emit/json-lines.ts';
import { singerFormat } from '../../../operations/emit/singer.ts';
import { selectByCatalog, singerCatalog } from '../../../operations/emit/singer-catalog.ts';
import { writeTo } from '../../../operations/emit/write-to.ts';
import { hasRuns, isMigrated } from '../../../state/read/status.ts';
import type { RunStatus } from '../../../state/run-types.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { EXIT_CODES } from '../../../sync/run-sync.ts';
import { findStream, selectStreams } from '../../../sync/select-streams.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { exportsVerdict } from '../../output/run-outcome.ts';
import { printJson } from '../../output/tables.ts';

interface EmitFlags {
  readonly format: 'singer' | 'airbyte' | 'jsonl';
  readonly state?: string;
  readonly catalog?: string;
  readonly output?: string;
  readonly discover?: true;
  /** False with `--no-sync`. */
  readonly sync: boolean;
}

/** `emit`: syncs, then sends what changed to another tool. */
export function run(command: Command, names: readonly string[], flags: EmitFlags): Promise<void> {
  return withContext(command, (context) => emit(context, names, flags));
}

async function emit(context: CommandContext, names: readonly string[], flags: EmitFlags): Promise<void> {
  const { config, schemas } = context;
  const streams = catalogue.map(emittedTable);
  const byDefault = new Set([
    ...selectStreams(catalogue, [], config.sync).map(({ name }) => name),
    ...context.exports.map(streamOfExport),
  ]);
  if (flags.discover === true)
    return discover(flags, [...streams, ...(await loadedExports(context))], byDefault, schemas);
  const catalog = flags.catalog === undefined ? undefined : read(flags.catalog, '--catalog');
  const select = (exported: readonly EmittedTable[]): AirbyteSelection =>
    selectionOf(names, flags.format, catalog, [...streams, ...exported], byDefault);
  // The tables of exports are known once they are loaded; a wrong name is reported before.
  const wanted = select(context.exports.map(unloadedTable));
  const state = without(stateOf(flags), wanted.whole);
  const now = (): Date => new Date(context.clock.now());
  const write = (text: string): Promise<void> => writeTo(process.stdout, text);
  const folder = flags.format === 'jsonl' ? await jsonLinesFolder(folderOf(flags), now) : undefined;
  const lines =
    flags.format === 'airbyte' ? airbyteFormat(write, schemas.target, now) : singerFormat(write, now);
  if (flags.sync) await syncFirst(context, wanted.tables);
  const database = await context.database();
  if (!(await hasRuns(database, schemas)))
    throw new ConfigError('Nothing is stored yet.', {
      advice: 'Drop --no-sync, or run "sigma-sync sync" first.',
    });
  const loaded = new Map((await loadedExports(context)).map((table) => [table.name, table]));
  const missing = context.exports.filter((definition) => !loaded.has(streamOfExport(definition)));
  const { tables } = select([...loaded.values(), ...missing.map(unloadedTable)]);
  const there = tables.filter(({ columns }) => columns.length > 0);
  await requireHidden(context, there);
  const request = { tables: there, state, signal: context.signal, rulesOf: rulesOf(context) };
  const sent = await emitChanges({ database, schemas }, request, folder ?? lines);
  const latest = await folder?.finish();
  if (latest !== undefined && flags.state !== undefined)
    await replaceFile(flags.state, `${JSON.stringify(latest)}\n`);
  const absent = tables.filter((table) => !there.includes(table)).map(({ name }) => name);
  context.tell(
    absent.length === 0 ? summary(sent) : `${summary(sent)} Not loaded yet: ${absent.join(', ')}.`,
  );
}

/** Tables of exports that are there. */
async function loadedExports(context: CommandContext): Promise<readonly EmittedTable[]> {
  const { config, exports, schemas, privacy } = context;
  if (exports.length === 0) return [];
  const database = await context.database();
  if (!(await isMigrated(database, schemas))) return [];
  const options = { schema: config.database.exportsSchema, exports, keyId: privacy.keyId };
  return database.session((session) => exportedTables(session, schemas, options));
}

/** @throws ConfigError where rows are stored that the privacy settings hide: a destination would keep them. */
async function requireHidden(context: CommandContext, tables: readonly EmittedTable[]): Promise<void> {
  const { schemas, privacy } = context;
  const database = await context.database();
  const pending = [
    ...(await pendingSteps({ database, schemas, streams: catalogue, privacy })).map(({ stream, step }) => ({
      ...{ name: stream.name, step },
    })),
    ...(await pendingExports(hideContext(context, database))).map(({ definition, step }) => ({
      ...{ name: streamOfExport(definition), step },
    })),
  ].filter(({ name, step }) => {
    return (step.tightened.length > 0 || step.rekeyed) && tables.some((table) => table.name === name);
  });
  const [first] = pending;
  if (first !== undefined)
    throw new ConfigError(
      `Stored rows of ${first.name} do not follow the privacy settings yet, so nothing was sent.`,
      { advice: 'Run "sigma-sync sync", which rewrites them.' },
    );
}

function discover(
  { format }: EmitFlags,
  all: readonly EmittedTable[],
  byDefault: ReadonlySet<string>,
  { target }: Schemas,
): void {
  if (format === 'airbyte') process.stdout.write(`${JSON.stringify(airbyteCatalog(all, target))}\n`);
  else printJson(singerCatalog(all, byDefault));
}

/** @throws ConfigError where names or a catalog select what is not there. */
function selectionOf(
  names: readonly string[],
  format: EmitFlags['format'],
  catalog: string | undefined,
  all: readonly EmittedTable[],
  byDefault: ReadonlySet<string>,
): AirbyteSelection {
  if (catalog !== undefined && names.length > 0)
    throw new ConfigError('Both stream names and --catalog are given.', { advice: 'Use one of them.' });
  if (catalog !== undefined) {
    if (format === 'airbyte') return selectByAirbyte(catalog, all);
    return { tables: selectByCatalog(catalog, all, byDefault), whole: NONE };
  }
  for (const name of names) if (!all.some((table) => table.name === name)) findStream(catalogue, name);
  const tables = all.filter(({ name }) => (names.length > 0 ? names.includes(name) : byDefault.has(name)));
  return { tables, whole: NONE };
}

const NONE: ReadonlySet<string> = new Set();

/** The state of all streams but some. */
function without(state: EmissionState | undefined, names: ReadonlySet<string>): EmissionState | undefined {
  if (state === undefined) return undefined;
  const streams = Object.entries(state.streams).filter(([name]) => !names.has(name));
  return { ...state, streams: Object.fromEntries(streams) };
}

/** The state of a folder's emissions is made by the first one; that of a target is its own. */
function stateOf({ state, format }: EmitFlags): EmissionState | undefined {
  if (state === undefined || (format === 'jsonl' && !existsSync(state))) return undefined;
  const parse = format === 'airbyte' ? parseAirbyteState : parseState;
  return parse(read(state, '--state'), `--state ${state}`);
}

/** @throws ConfigError */
function folderOf({ output }: EmitFlags): string {
  if (output === undefined)
    throw new ConfigError('--format jsonl needs a folder.', { advice: 'Give one: --output <folder>.' });
  return output;
}

function read(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${option} ${path} can't be read: ${describeError(error)}`);
  }
}

/** Rules by which a stream's rows are hidden; hashes of another key are other values. */
function rulesOf({ privacy }: CommandContext): (stream: string) => unknown {
  return (stream) => {
    const rules = privacy.of(stream)?.rules;
    return rules === undefined ? undefined : [rules, privacy.keyId];
  };
}

/** Streams, then exports that are due. @throws what ended the sync: then nothing is sent. */
async function syncFirst(context: CommandContext, tables: readonly EmittedTable[]): Promise<void> {
  const isWanted = (name: string): boolean => tables.some((table) => table.name === name);
  const streams = catalogue.filter(({ name }) => isWanted(name));
  const exports = context.exports.filter((definition) => isWanted(streamOfExport(definition)));
  const asked = { signal: context.signal, origin: { trigger: 'cli' } } as const;
  if (streams.length === 0) {
    const { schemas, clock } = context;
    const due = await dueExports({ database: await context.database(), schemas, clock }, exports);
    if (due.length === 0) return;
    const { report, error } = await context.sync.exports({ exports: due, ...asked });
    return tellExports(context, { report, error });
  }
  const {
    error,
    report,
    status,
    exports: exported,
    exportsLocked,
  } = await context.sync.run({
    streams: streams.map(({ name }) => name),
    exports,
    ...asked,
  });
  if (error !== undefined) throw error;
  process.exitCode = EXIT_CODES[status ?? report.status];
  const unwell = report.streams.filter((stream) => stream.error !== undefined);
  if (unwell.length > 0)
    context.tell(
      `Not complete: ${unwell.map(({ name }) => name).join(', ')}. The first: ${unwell[0]?.error ?? ''}`,
    );
  if (exportsLocked !== undefined)
    context.tell(`The due exports did not run: ${describeError(exportsLocked)}`);
  if (exported !== undefined) tellExports(context, exported, report.status);
}

/** A failed export does not keep the others back. @throws what ended all of them */
function tellExports(context: CommandContext, { report, error }: ExportsResult, streams?: RunStatus): void {
  if (error !== undefined) throw error;
  process.exitCode = EXIT_CODES[overall([report.status, ...(streams === undefined ? [] : [streams])])];
  if (report.status !== 'complete') context.tell(exportsVerdict(report));
}

/** `Sent 120 rows of 3 streams. All rows of grants, because …`. */
function summary(sent: readonly SentStream[]): string {
  const rows = sent.reduce((sum, stream) => sum + stream.rows, 0);
  const some = sent.filter((stream) => stream.rows > 0).length;
  const reasons = Map.groupBy(
    sent.filter(({ why }) => why !== undefined && why !== NEW),
    ({ why }) => why ?? '',
  );
  const again = [...reasons].map(([why, streams]) => ` All rows of ${listed(streams)}, because ${why}.`);
  return `Sent ${plural(rows, 'row')} of ${plural(some, 'stream')}.${again.join('')}`;
}

const NEW = 'it was not sent before';

function listed(streams: readonly SentStream[]): string {
  const [first] = streams;
  return streams.length === 1 ? (first?.name ?? '') : `${streams.length} streams (${first?.name}, …)`;
}
