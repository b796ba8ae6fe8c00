/** The windows of one export, one after the other, each committed with its watermark. */
import { quoteName, type Session } from '../core/database/database.ts';
import { describeDrift, type ExportColumn } from './decide/columns.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import type { ExportDefinition } from './decide/definition.ts';
import { Finish } from './write/finish.ts';
import { Load } from './write/load.ts';
import { KEPT_ROWS, Overlap } from './read/overlap.ts';
import { type OpenFile, type Page, type Source, windowName } from './read/source.ts';
import {
  assertExporting,
  claimTable,
  type ExportCursor,
  saveColumns,
  saveWindow,
} from './remember/export-state.ts';
import type { WindowTally } from './remember/window-tally.ts';
import { commentColumns, knownColumns, type Target } from './write/target.ts';
import { splitWindow, type TimeWindow } from './decide/windows.ts';

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
export class ExportWork {
  readonly #target: Target;
  readonly #engine: ExportEngine;
  readonly #options: ExportOptions;
  readonly #definition: ExportDefinition;
  readonly #source: Source;
  readonly #cursor: ExportCursor;
  readonly #runId: string;
  readonly #tally: WindowTally;

  constructor(
    engine: ExportEngine,
    options: ExportOptions,
    definition: ExportDefinition,
    target: Target,
    source: Source,
    cursor: ExportCursor,
    runId: string,
    tally: WindowTally,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#definition = definition;
    this.#source = source;
    this.#cursor = cursor;
    this.#runId = runId;
    this.#tally = tally;
    this.#target = target;
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
    const begun = clock.monotonic();
    // No transaction is open while Sigma works on the first file.
    let ready: OpenFile | undefined = await first.open();
    this.#tally.waited(clock.monotonic() - begun);
    const loading = clock.monotonic();
    const pages: Page[] = [first];
    /** Milliseconds within the load in which Sigma worked on further pages. */
    let waitedMs = 0;
    const opened = async (page: Page): Promise<OpenFile> => {
      const asked = clock.monotonic();
      try {
        return await page.open();
      } finally {
        waitedMs += clock.monotonic() - asked;
      }
    };
    try {
      const done = await database.transaction(async (session) => {
        await session.query(PATIENT);
        await assertExporting(session, schemas, name, this.#runId);
        const finish = new Finish(session, this.#target, this.#cursor.exportRun, window);
        const known = await knownColumns(session, schemas, this.#target);
        const now = new Date(clock.now());
        let told = 0;
        const load: Load = new Load(session, {
          target: this.#target,
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
        const open = async (page: Page): Promise<OpenFile> => {
          const result = ready ?? (await opened(page));
          ready = undefined;
          return result;
        };
        await this.#pages(load, finish, window, pages, open);
        const counts = await finish.apply(load);
        await this.#saveColumns(session, known, load.columns, now);
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
      const durationMs = Math.round(clock.monotonic() - loading);
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
      this.#tally.loaded(clock.monotonic() - loading - waitedMs);
    }
  }

  /** The pages of a window: one, unless it has more rows than an export may have and cannot be divided. */
  async #pages(
    load: Load,
    finish: Finish,
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
      if (isFirst && window !== undefined && splitWindow(window) !== undefined) {
        // A control that restricts nothing would have us divide windows for ever.
        await finish.checkWindow(load);
        throw new TooManyRows(rows);
      }
      last = [...last, ...result.last].slice(-KEPT_ROWS);
      pages.push(this.#source.prepare(window, load.rows - new Overlap(last).rows));
    }
  }

  async #saveColumns(
    session: Session,
    known: readonly ExportColumn[],
    columns: readonly ExportColumn[],
    now: Date,
  ): Promise<void> {
    const { schemas } = this.#engine;
    if (known.length === 0 && columns.length > 0) await claimTable(session, schemas, this.#definition);
    await saveColumns(session, schemas, this.#definition.name, columns, now);
    // Labels are known now, and formulas once they were asked for.
    if (isChanged(known, columns)) await commentColumns(session, this.#target, columns, new Map());
  }

  #drift(change: string, column: string, detail: string): void {
    this.#tally.drift(detail);
    this.#engine.events.emit('export.drift', { export: this.#definition.name, change, column, detail });
  }
}

/** A load takes as long as its download: limits for the statements of others would end it every night. */
const PATIENT = `select set_config(name, '0', true) from pg_settings
  where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`;

/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 4 << 20;

function isChanged(before: readonly ExportColumn[], after: readonly ExportColumn[]): boolean {
  const names = new Set(before.map(({ name }) => name));
  return after.some(({ name }) => !names.has(name));
}
