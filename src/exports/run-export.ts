/** One export from its watermark to now: window after window, each committed with its watermark. */
import { quoteName, quoteTable } from '../database/database.ts';
import { causedBy, describeError, InterruptedError } from '../errors.ts';
import { describeDrift, type ExportColumn } from './columns.ts';
import type { ExportEngine, ExportOptions } from './context.ts';
import type { ExportDefinition } from './definition.ts';
import { describeColumns } from './describe-columns.ts';
import { Finish } from './finish.ts';
import { Load } from './load.ts';
import { KEPT_ROWS, Overlap } from './overlap.ts';
import type { ExportReport } from './report.ts';
import { type OpenFile, openSource, type Page, type Source, windowName } from './source.ts';
import {
  assertExporting,
  beginExport,
  type ExportCursor,
  finishExport,
  saveColumns,
  saveWindow,
} from './state.ts';
import { Tally } from './tally.ts';
import { knownColumns, type Target } from './target.ts';
import { firstFrom, planWindows, splitWindow, type TimeWindow } from './windows.ts';

/** Runs an export; its failures are in the report. @throws DatabaseError where the outcome can't be written down */
export async function runExport(
  engine: ExportEngine,
  options: ExportOptions,
  definition: ExportDefinition,
  run: { readonly runId: string; readonly workbookId: () => Promise<string> },
): Promise<{ readonly report: ExportReport; readonly error: unknown }> {
  const { database, schemas, events, clock } = engine;
  const now = new Date(clock.now());
  const cursor = await database.transaction((session) =>
    beginExport(session, schemas, definition, run.runId, now),
  );
  const tally = new Tally(definition, cursor.watermark);
  let failure: unknown;
  // What Sigma was asked for ahead is of no use once the export has failed.
  const over = new AbortController();
  try {
    const windows = windowsOf(definition, options, cursor, now);
    const { name: stream, table, mode } = definition;
    events.emit('export.started', { export: stream, table, mode, windows: windows.length });
    const { client, clock: time } = engine;
    const workbookId = await run.workbookId();
    const source = openSource(definition, {
      client,
      clock: time,
      events,
      signal: AbortSignal.any([options.signal, over.signal]),
      workbookId,
    });
    const work = new ExportWork(engine, options, definition, source, cursor, run.runId, tally);
    await work.all(windows);
    if (tally.isChanged) await describeColumns(engine, definition, workbookId, work.target, options.signal);
  } catch (error) {
    failure = error;
    const interrupted = causedBy(error, InterruptedError) || options.signal.aborted;
    tally.fail(interrupted ? 'interrupted' : 'failed', describeError(error));
  } finally {
    over.abort();
  }
  const report = tally.report();
  const { windows, rows, inserted, updated, unchanged, deleted, rejected, bytes, error } = report;
  const counts = { windows, rows, inserted, updated, unchanged, deleted, rejected, bytes };
  const durationMs = clock.now() - now.getTime();
  events.emit('export.finished', {
    export: definition.name,
    status: report.status,
    ...counts,
    durationMs,
    error,
  });
  await database
    .transaction((session) =>
      finishExport(session, schemas, run.runId, cursor.exportRun, report, new Date(clock.now())),
    )
    .catch((error: unknown) => {
      // A database that is gone can't be told; the first failure is the one to tell.
      if (failure === undefined) throw error;
    });
  return { report, error: failure };
}

/** The windows to load, from the oldest; one of undefined where there are none. */
function windowsOf(
  { window }: ExportDefinition,
  { from, to }: ExportOptions,
  { watermark }: ExportCursor,
  now: Date,
): readonly (TimeWindow | undefined)[] {
  if (window === undefined) return [undefined];
  const { start, stepMs, lookbackMs } = window;
  const first = from ?? firstFrom({ start, watermark, lookbackMs });
  // What is still to come can't be loaded, and a watermark there would keep it out for ever.
  const last = to === undefined || to > now ? now : to;
  return planWindows({ from: first, to: last, stepMs, origin: start });
}

/** A window has as many rows as an export may have: some may be missing. */
class TooManyRows extends Error {
  override readonly name = 'TooManyRows';
  readonly rows: number;
  constructor(rows: number) {
    super('the window has too many rows');
    this.rows = rows;
  }
}

/** The work on one export. */
class ExportWork {
  readonly target: Target;
  readonly #engine: ExportEngine;
  readonly #options: ExportOptions;
  readonly #definition: ExportDefinition;
  readonly #source: Source;
  readonly #cursor: ExportCursor;
  readonly #runId: string;
  readonly #tally: Tally;

  constructor(
    engine: ExportEngine,
    options: ExportOptions,
    definition: ExportDefinition,
    source: Source,
    cursor: ExportCursor,
    runId: string,
    tally: Tally,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#definition = definition;
    this.#source = source;
    this.#cursor = cursor;
    this.#runId = runId;
    this.#tally = tally;
    const schema = engine.exportsSchema;
    this.target = { schema, table: quoteTable(schema, definition.table), definition };
  }

  /** Loads windows in turn, while Sigma already works on the next ones. */
  async all(windows: readonly (TimeWindow | undefined)[]): Promise<void> {
    const todo = [...windows];
    const started: { readonly window: TimeWindow | undefined; readonly page: Page }[] = [];
    try {
      for (;;) {
        this.#options.signal.throwIfAborted();
        while (started.length < this.#engine.ahead && todo.length > 0) {
          const window = todo.shift();
          started.push({ window, page: this.#source.prepare(window, 0) });
        }
        const next = started.shift();
        if (next === undefined) return;
        // What was started stays started: it comes after the halves, in its order.
        for (const half of await this.#windowOrHalves(next.window, next.page))
          started.unshift({ window: half, page: this.#source.prepare(half, 0) });
      }
    } finally {
      for (const { page } of started) page.cancel();
    }
  }

  /** Loads a window; gives its halves, the later one first, where it has too many rows. */
  async #windowOrHalves(window: TimeWindow | undefined, page: Page): Promise<readonly TimeWindow[]> {
    try {
      await this.#window(window, page);
      return [];
    } catch (error) {
      const halves = window === undefined ? undefined : splitWindow(window);
      if (!(error instanceof TooManyRows) || halves === undefined) throw error;
      const split = { export: this.#definition.name, window: windowName(window) ?? '', rows: error.rows };
      this.#engine.events.emit('export.split', split);
      return halves.toReversed();
    }
  }

  async #window(window: TimeWindow | undefined, first: Page): Promise<void> {
    const { database, schemas, clock, events } = this.#engine;
    const { name } = this.#definition;
    const begun = clock.now();
    // No transaction is open while Sigma works on the first file.
    let ready: OpenFile | undefined = await first.open();
    this.#tally.waited(clock.now() - begun);
    const loading = clock.now();
    const pages: Page[] = [first];
    /** Milliseconds within the load in which Sigma worked on further pages. */
    let waitedMs = 0;
    const opened = async (page: Page): Promise<OpenFile> => {
      const asked = clock.now();
      try {
        return await page.open();
      } finally {
        waitedMs += clock.now() - asked;
      }
    };
    try {
      const done = await database.transaction(async (session) => {
        await session.query('set local idle_in_transaction_session_timeout = 0');
        await assertExporting(session, schemas, name, this.#runId);
        const finish = new Finish(session, this.target, this.#cursor.exportRun, window);
        const known = await knownColumns(session, schemas, this.target);
        const now = new Date(clock.now());
        let told = 0;
        const load: Load = new Load(session, {
          target: this.target,
          known,
          exportRun: this.#cursor.exportRun,
          firstNumber: this.#tally.rows + 1,
          castable: `${quoteName(schemas.state)}.castable`,
          direct: (columns, isNew) => finish.direct(columns, isNew),
          now,
          progress: () => {
            if (load.bytes - told < PROGRESS_BYTES) return;
            told = load.bytes;
            events.emit('export.progress', { export: name, bytes: this.#tally.bytes + load.bytes });
          },
        });
        await this.#pages(load, window, pages, async (page) => {
          const result = ready ?? (await opened(page));
          ready = undefined;
          return result;
        });
        const counts = await finish.apply(load);
        await saveColumns(session, schemas, name, load.columns, now);
        const queryIds = pages.flatMap((page) => page.queryIds());
        const { start } = this.#definition.window ?? {};
        const loaded = { exportRun: this.#cursor.exportRun, rows: load.rows, bytes: load.bytes, queryIds };
        const watermark =
          window === undefined || start === undefined
            ? undefined
            : await saveWindow(session, schemas, name, start, { window, ...loaded }, now);
        return { load, counts, watermark, queryIds, isChanged: isChanged(known, load.columns) };
      });
      const { load, counts } = done;
      this.#tally.add({ ...done, rows: load.rows, bytes: load.bytes, rejections: load.rejections });
      for (const drift of load.drift.values()) this.#drift(drift.change, drift.column, describeDrift(drift));
      for (const { row, column, reason } of load.rejections.first)
        events.emit('export.rejected', { export: name, window: windowName(window), row, column, reason });
      const { inserted, updated } = counts;
      const durationMs = clock.now() - loading;
      const { rows, bytes } = load;
      events.emit('export.window', {
        export: name,
        window: windowName(window),
        rows,
        inserted,
        updated,
        bytes,
        durationMs,
      });
    } finally {
      ready?.download.cancel();
      this.#tally.waited(waitedMs);
      this.#tally.loaded(clock.now() - loading - waitedMs);
    }
  }

  /** The pages of a window: one, unless it has more rows than an export may have and cannot be divided. */
  async #pages(
    load: Load,
    window: TimeWindow | undefined,
    pages: Page[],
    open: (page: Page) => Promise<OpenFile>,
  ): Promise<void> {
    const { rowLimit } = this.#definition;
    let last: readonly string[] = [];
    for (;;) {
      const page = pages.at(-1);
      if (page === undefined) return;
      const isFirst = pages.length === 1;
      const before = last;
      const result = await load.file({
        open: () => open(page),
        overlap: () => (isFirst ? undefined : new Overlap(before)),
      });
      const { rows, leftOut } = result;
      if (rows + leftOut < rowLimit) return;
      if (isFirst && window !== undefined && splitWindow(window) !== undefined) throw new TooManyRows(rows);
      last = [...last, ...result.last].slice(-KEPT_ROWS);
      pages.push(this.#source.prepare(window, load.rows - new Overlap(last).rows));
    }
  }

  #drift(change: string, column: string, detail: string): void {
    this.#tally.drift(detail);
    this.#engine.events.emit('export.drift', { export: this.#definition.name, change, column, detail });
  }
}

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 4 << 20;

function isChanged(before: readonly ExportColumn[], after: readonly ExportColumn[]): boolean {
  const names = new Set(before.map(({ name }) => name));
  return after.some(({ name }) => !names.has(name));
}
