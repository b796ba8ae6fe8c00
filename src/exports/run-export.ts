/** One export from its watermark to now, from taking it over to its report. */
import { analyzeChanged } from '../core/database/analyze.ts';
import { quoteTable, type Session } from '../core/database/database.ts';
import { giveReplicaIdentity } from '../core/database/replica-identity.ts';
import { causedBy, describeError, InterruptedError } from '../core/errors.ts';
import type { ExportColumn } from './decide/columns.ts';
import type { ExportDefinition } from './decide/definition.ts';
import { identified, type ListedColumn, lacksIds } from './decide/same-label.ts';
import { firstFrom, planWindows, type TimeWindow } from './decide/windows.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import { ExportWork } from './export-work.ts';
import { elementColumns } from './find/element-columns.ts';
import { openSource } from './read/source.ts';
import { type ExportReport, WindowTally } from './remember/export-report.ts';
import {
  beginExport,
  finishExport,
  forgetTable,
  hadRows,
  saveColumns,
  takeWatermarkBack,
} from './remember/export-state.ts';
import { commentColumns, knownColumns, type Target } from './write/target.ts';

const DAY = 86_400_000;

/** Runs an export; its failures are in the report. @throws DatabaseError where the outcome can't be written down */
export async function runExport(
  engine: ExportEngine,
  options: ExportOptions,
  definition: ExportDefinition,
  { runId, workbookId: findWorkbook }: { readonly runId: string; readonly workbookId: () => Promise<string> },
): Promise<{ readonly report: ExportReport; readonly error: unknown }> {
  const { database, schemas, events, clock } = engine;
  const now = new Date(clock.now());
  const schema = engine.exportsSchema;
  const target: Target = { schema, table: quoteTable(schema, definition.table), definition };
  const cursor = await database.transaction((session) => takeOver(session, engine, target, runId, now));
  const { exportRun, watermark } = cursor;
  const tally = new WindowTally(definition, watermark);
  let failure: unknown;
  // Results that were requested ahead are of no use once the export has failed.
  const over = new AbortController();
  try {
    const windows = windowsOf(definition, options, cursor, now);
    const { name: stream, table, mode } = definition;
    events.emit('export.started', { export: stream, table, mode, windows: windows.length });
    const workbookId = await findWorkbook();
    const signal = AbortSignal.any([options.signal, over.signal]);
    const source = openSource(definition, { client: engine.client, clock, events, signal, workbookId });
    let listing: Promise<readonly ListedColumn[] | undefined> | undefined;
    const listed = (): NonNullable<typeof listing> => {
      listing ??= elementColumns({ client: engine.client, events, signal }, definition, workbookId);
      return listing;
    };
    const one = { engine, options, definition, target, source, exportRun, tally, runId, listed };
    const work = new ExportWork(one);
    try {
      await work.all(windows);
      if (definition.window !== undefined && tally.isLoaded && tally.rows === 0)
        await warnOfSilence(engine, definition, exportRun, tally);
    } finally {
      // Loaded columns are described even if a later window failed; no later step would do it.
      if ((tally.isChanged || (tally.isLoaded && lacksIds(cursor.known))) && !options.signal.aborted)
        await describeColumns(engine, target, await listed(), tally.isChanged);
      const { inserted, updated, deleted } = tally.report();
      await analyzeChanged(database, schema, definition.table, inserted + updated + deleted);
    }
  } catch (error) {
    failure = error;
    const interrupted = causedBy(error, InterruptedError) || options.signal.aborted;
    tally.fail(interrupted ? 'interrupted' : 'failed', describeError(error));
  } finally {
    over.abort();
  }
  const report = tally.report();
  const { name, status, windows, rows, inserted, updated, unchanged, deleted, rejected, bytes, error } =
    report;
  const counts = { windows, rows, inserted, updated, unchanged, deleted, rejected, bytes };
  const durationMs = clock.now() - now.getTime();
  events.emit('export.finished', { export: name, status, ...counts, durationMs, error });
  await database
    .transaction((session) => finishExport(session, schemas, runId, exportRun, report, new Date(clock.now())))
    .catch((error: unknown) => {
      // A database that is gone can't record it; the first failure is the one to report.
      if (failure === undefined) throw error;
    });
  return { report, error: failure };
}

/** The watermark goes on where nothing happened, and also where Sigma wrongly shows nothing: only the past can tell. */
async function warnOfSilence(
  { database, schemas, events }: ExportEngine,
  { name }: ExportDefinition,
  exportRun: string,
  tally: WindowTally,
): Promise<void> {
  if (!(await database.session((session) => hadRows(session, schemas, name, exportRun)))) return;
  tally.warn(
    events,
    `no rows came, although all earlier windows had some; if that is wrong, fix the element and run "sigma-sync exports run ${name} --from" with the time from which rows are missing`,
  );
}

/** The cursor to resume from, and the state of the table. */
interface Beginning extends Awaited<ReturnType<typeof beginExport>> {
  readonly known: readonly ExportColumn[];
}

/** Takes an export over, and sees whether what is remembered of it still holds. */
async function takeOver(
  session: Session,
  { schemas, events }: ExportEngine,
  target: Target,
  runId: string,
  now: Date,
): Promise<Beginning> {
  const { name } = target.definition;
  const begun = await beginExport(session, schemas, target.definition, runId, now);
  const known = await knownColumns(session, schemas, target);
  // A table of an older version may have none.
  if (known.length > 0) await giveReplicaIdentity(session, target.schema, `^${target.definition.table}$`);
  const { watermark } = begun;
  const rewound = (to: Date | undefined, reason: string): Beginning => {
    if (watermark !== undefined)
      events.emit('export.rewound', {
        export: name,
        watermark: watermark.toISOString(),
        to: to?.toISOString(),
        reason,
      });
    return { ...begun, watermark: to, known };
  };
  if (known.length === 0 && (await forgetTable(session, schemas, name)))
    return rewound(undefined, 'the table no longer exists');
  if (watermark !== undefined && watermark > now)
    return rewound(
      await takeWatermarkBack(session, schemas, name, now),
      'it was ahead of the clock of this machine',
    );
  return { ...begun, known };
}

/** The windows to load, from the oldest; one of undefined where there are none. */
function windowsOf(
  { window }: ExportDefinition,
  { from, to }: ExportOptions,
  { watermark, known }: Beginning,
  now: Date,
): readonly (TimeWindow | undefined)[] {
  if (window === undefined) return [undefined];
  const { start, stepMs, lookbackMs } = window;
  const column = known.find(({ label, name }) => label === window.column || name === window.column);
  const begin = from ?? firstFrom({ start, watermark, lookbackMs });
  // A date is the beginning of its day, so a day is read again until it is over; the same holds while nothing is
  // known.
  const isDay = column === undefined || column.kind === 'unknown' || column.sqlType === 'date';
  const first = isDay ? new Date(Math.floor(begin.getTime() / DAY) * DAY) : begin;
  // Future rows can't be loaded yet, and a watermark in the future would keep them out for ever.
  const last = to === undefined || to > now ? now : to;
  return planWindows({ from: first, to: last, stepMs, origin: start });
}

/** Writes ids and comments of the columns. The data is loaded by now: what can't be read is left out. */
async function describeColumns(
  { database, schemas, clock }: ExportEngine,
  target: Target,
  listed: readonly ListedColumn[] | undefined,
  isChanged: boolean,
): Promise<void> {
  await database.transaction(async (session) => {
    const known = await knownColumns(session, schemas, target);
    const columns = listed === undefined ? known : identified(known, listed);
    await saveColumns(session, schemas, target.definition.name, columns, new Date(clock.now()));
    if (isChanged) await commentColumns(session, target, columns, listed ?? []);
  });
}
