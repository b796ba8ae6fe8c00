import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ConfigError, describeError } from '../../../core/errors.ts';
import { plural } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { airbyteCatalog, airbyteFormat, parseAirbyteState } from '../../../operations/emit/airbyte.ts';
import { type AirbyteSelection, selectByAirbyte } from '../../../operations/emit/airbyte-selection.ts';
import { emitChanges, type SentStream } from '../../../operations/emit/emission.ts';
import { type EmissionState, parseState } from '../../../operations/emit/emission-state.ts';
import { type EmittedTable, emittedTable } from '../../../operations/emit/emitted-table.ts';
import { jsonLinesFolder, replaceFile } from '../../../operations/emit/json-lines.ts';
import { singerFormat } from '../../../operations/emit/singer.ts';
import { selectByCatalog, singerCatalog } from '../../../operations/emit/singer-catalog.ts';
import { writeTo } from '../../../operations/emit/write-to.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { isMigrated } from '../../../state/read/status.ts';
import { EXIT_CODES } from '../../../sync/run-sync.ts';
import { findStream, selectStreams } from '../../../sync/select-streams.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
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
  const byDefault = new Set(selectStreams(catalogue, [], config.sync).map(({ name }) => name));
  const all = catalogue.map(emittedTable);
  if (flags.discover === true) return discover(flags, all, byDefault, schemas);
  const { tables, whole } = selectionOf(names, flags, all, byDefault);
  const state = without(stateOf(flags), whole);
  const now = (): Date => new Date(context.clock.now());
  const write = (text: string): Promise<void> => writeTo(process.stdout, text);
  const folder = flags.format === 'jsonl' ? await jsonLinesFolder(folderOf(flags), now) : undefined;
  const lines =
    flags.format === 'airbyte' ? airbyteFormat(write, schemas.target, now) : singerFormat(write, now);
  if (flags.sync) await syncFirst(context, tables);
  const database = await context.database();
  if (!(await isMigrated(database, schemas)))
    throw new ConfigError('Nothing is stored yet.', {
      advice: 'Leave --no-sync out, or run "sigma-sync sync" first.',
    });
  const request = { tables, state, signal: context.signal, rulesOf: rulesOf(context) };
  const sent = await emitChanges({ database, schemas }, request, folder ?? lines);
  const latest = await folder?.finish();
  if (latest !== undefined && flags.state !== undefined)
    await replaceFile(flags.state, `${JSON.stringify(latest)}\n`);
  context.tell(summary(sent));
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
  { format, catalog }: EmitFlags,
  all: readonly EmittedTable[],
  byDefault: ReadonlySet<string>,
): AirbyteSelection {
  if (catalog !== undefined && names.length > 0)
    throw new ConfigError('Streams are named, and --catalog is given.', { advice: 'Give one of the two.' });
  if (catalog !== undefined) {
    const text = read(catalog, '--catalog');
    if (format === 'airbyte') return selectByAirbyte(text, all);
    return { tables: selectByCatalog(text, all, byDefault), whole: NONE };
  }
  for (const name of names) findStream(catalogue, name);
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

/** @throws what ended the sync: then nothing is sent. */
async function syncFirst(context: CommandContext, tables: readonly EmittedTable[]): Promise<void> {
  const { error, report, status } = await context.sync.run({
    streams: tables.map(({ name }) => name),
    signal: context.signal,
    origin: { trigger: 'cli' },
  });
  if (error !== undefined) throw error;
  process.exitCode = EXIT_CODES[status ?? report.status];
  const unwell = report.streams.filter((stream) => stream.error !== undefined);
  if (unwell.length > 0)
    context.tell(
      `Not complete: ${unwell.map(({ name }) => name).join(', ')}. The first: ${unwell[0]?.error ?? ''}`,
    );
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
