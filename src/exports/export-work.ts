/** The windows of one export, one after the other, each committed with its watermark. */
import { quoteName, type Session } from '../core/database/database.ts';
import { describeError } from '../core/errors.ts';
import { describeDrift, type ExportColumn } from './decide/columns.ts';
import type { ExportDefinition } from './decide/definition.ts';
import type { ListedColumn } from './decide/same-label.ts';
import { splitWindow, type TimeWindow } from './decide/windows.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import { KEPT_ROWS, Overlap } from './read/overlap.ts';
import { type OpenFile, type Page, type Source, windowName } from './read/source.ts';
import type { WindowResult, WindowTally } from './remember/export-report.ts';
import { assertExporting, claimTable, saveColumns, saveWindow } from './remember/export-state.ts';
import { Finish } from './write/finish.ts';
import { Load } from './write/load.ts';
import type { Rejections } from './write/rejections.ts';
import { commentColumns, knownColumns, type Target } from './write/target.ts';
import { TooFewRows } from './write/too-few-rows.ts';

/** A window has as many rows as an export may have: some may be missing. */
class TooManyRows extends Error {
  override readonly name = 'TooManyRows';
  readonly rows: number;
  constructor(rows: number) {
    super('the window has too many rows');
    this.rows = rows;
  }
}

/** An export that a run has taken over. */
export interface ExportUnderWay {
  readonly engine: ExportEngine;
  readonly options: ExportOptions;
  readonly definition: ExportDefinition;
  readonly target: Target;
  readonly source: Source;
  readonly exportRun: string;
  readonly runId: string;
  readonly tally: WindowTally;
  /** The columns as the API lists them, asked for once; undefined where it does not. */
  listed(): Promise<readonly ListedColumn[] | undefined>;
}

type Loaded = WindowResult & { readonly load: Load };

export class ExportWork {
  readonly #one: ExportUnderWay;

  constructor(one: ExportUnderWay) {
    this.#one = one;
  }

  /** Loads windows in turn, while Sigma already works on the next ones. */
  async all(windows: readonly (TimeWindow | undefined)[]): Promise<void> {
    const todo = [...windows];
    const started: { readonly window: TimeWindow | undefined; readonly page: Page }[] = [];
    try {
      for (;;) {
        this.#one.options.signal.throwIfAborted();
        while (started.length < this.#one.engine.ahead && todo.length > 0) {
          const window = todo.shift();
          started.push({ window, page: this.#one.source.prepare(window, 0) });
        }
        const next = started.shift();
        if (next === undefined) return;
        // Started windows stay started: they come after the halves, in their order.
        for (const half of await this.#windowOrHalves(next.window, next.page))
          started.unshift({ window: half, page: this.#one.source.prepare(half, 0) });
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
      const split = { export: this.#one.definition.name, window: windowName(window) ?? '', rows: error.rows };
      this.#one.engine.events.emit('export.split', split);
      return halves.toReversed();
    }
  }

  async #window(window: TimeWindow | undefined, first: Page): Promise<void> {
    const { engine, tally } = this.#one;
    const { database, clock } = engine;
    const begun = clock.monotonic();
    // No transaction is open while Sigma works on the first file.
    let ready: OpenFile | undefined = await first.open();
    tally.waited(clock.monotonic() - begun);
    const loading = clock.monotonic();
    /** Milliseconds within the load in which Sigma worked on further pages. */
    let waitedMs = 0;
    const open = async (page: Page): Promise<OpenFile> => {
      const file = ready;
      ready = undefined;
      if (file !== undefined) return file;
      const asked = clock.monotonic();
      try {
        return await page.open();
      } finally {
        waitedMs += clock.monotonic() - asked;
      }
    };
    try {
      const loaded = await database.transaction((session) => this.#load(session, window, first, open), {
        // It lasts as long as its downloads.
        long: true,
      });
      tally.add(loaded);
      this.#tell(window, loaded, Math.round(clock.monotonic() - loading));
    } catch (error) {
      if (!(error instanceof TooFewRows)) throw error;
      this.#tellKept(error);
    } finally {
      ready?.download.cancel();
      tally.waited(waitedMs);
      tally.loaded(clock.monotonic() - loading - waitedMs);
    }
  }

  /** Loads a window in a transaction: rows, columns, the window itself and the watermark. */
  async #load(
    session: Session,
    window: TimeWindow | undefined,
    first: Page,
    open: (page: Page) => Promise<OpenFile>,
  ): Promise<Loaded> {
    const { engine, definition, target, exportRun, runId, tally } = this.#one;
    const { schemas, clock, events } = engine;
    const { name } = definition;
    await session.query(FOR_LOADS);
    await assertExporting(session, schemas, name, runId);
    const mayEmpty = this.#one.options.acceptDeletions === true;
    const finish = new Finish(session, { target, exportRun, window, mayEmpty });
    const known = await knownColumns(session, schemas, target);
    const now = new Date(clock.now());
    let told = 0;
    const load: Load = new Load(session, {
      ...{ target, known, exportRun, now, hash: engine.hash },
      firstNumber: tally.rows + 1,
      castable: `${quoteName(schemas.state)}.castable`,
      direct: (columns, isNew) => finish.direct(columns, isNew),
      listed: () => this.#one.listed(),
      progress: () => {
        if (load.bytes - told < PROGRESS_BYTES) return;
        told = load.bytes;
        events.emit('export.progress', { export: name, bytes: tally.bytes + load.bytes });
      },
    });
    const pages = [first];
    await this.#pages(load, finish, window, pages, open);
    const counts = await finish.apply(load);
    await this.#saveColumns(session, known, load.columns, now);
    const queryIds = pages.flatMap((page) => page.queryIds());
    const { rows, bytes, rejections } = load;
    const { start } = definition.window ?? {};
    const watermark =
      window === undefined || start === undefined
        ? undefined
        : await saveWindow(session, schemas, name, start, { window, exportRun, rows, bytes, queryIds }, now);
    const isNew = isChanged(known, load.columns);
    return { load, counts, rows, bytes, rejections, queryIds, watermark, isChanged: isNew };
  }

  #tell(window: TimeWindow | undefined, { load, counts, rows, bytes }: Loaded, durationMs: number): void {
    const { engine, definition, tally } = this.#one;
    const place = { export: definition.name, window: windowName(window) };
    for (const drift of load.drift.values()) {
      const [{ change, column }, detail] = [drift, describeDrift(drift)];
      tally.drift(detail);
      engine.events.emit('export.drift', { export: definition.name, change, column, detail });
    }
    const { inserted, updated, deleted } = counts;
    const shrunk =
      deleted >= MANY_ROWS && inserted * 10 < deleted
        ? [`${inserted} rows replaced ${deleted}; with a higher least_rows, the old ones would be kept`]
        : [];
    for (const detail of [...load.warnings(), ...shrunk]) tally.warn(engine.events, detail);
    this.#tellRejected(load.rejections, place.window);
    engine.events.emit('export.window', { ...place, rows, inserted, updated, bytes, durationMs });
  }

  #tellRejected({ first }: Rejections, window: string | undefined): void {
    const { engine, definition } = this.#one;
    for (const { row, column, reason } of first)
      engine.events.emit('export.rejected', { export: definition.name, window, row, column, reason });
  }

  /** A replace brought too few rows, and everything is as it was. */
  #tellKept(error: TooFewRows): void {
    const { engine, definition, tally } = this.#one;
    const { replacing } = error;
    const advice = describeError(error);
    tally.keep(replacing, advice);
    this.#tellRejected(replacing.rejections, undefined);
    const { inserted: rows, deleted: of } = replacing;
    engine.events.emit('export.guarded', { export: definition.name, rows, of, advice });
  }

  /** The pages of a window: one, unless it has more rows than an export may have and cannot be divided. */
  async #pages(
    load: Load,
    finish: Finish,
    window: TimeWindow | undefined,
    pages: Page[],
    open: (page: Page) => Promise<OpenFile>,
  ): Promise<void> {
    const { rowLimit } = this.#one.definition;
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
      pages.push(this.#one.source.prepare(window, load.rows - new Overlap(last).rows));
    }
  }

  async #saveColumns(
    session: Session,
    known: readonly ExportColumn[],
    columns: readonly ExportColumn[],
    now: Date,
  ): Promise<void> {
    const { schemas } = this.#one.engine;
    if (known.length === 0 && columns.length > 0) await claimTable(session, schemas, this.#one.definition);
    await saveColumns(session, schemas, this.#one.definition.name, columns, now);
    // Labels are known now, and formulas once they were asked for.
    if (isChanged(known, columns)) await commentColumns(session, this.#one.target, columns, []);
  }
}

/**
 * A load takes as long as its download: limits for the statements of others would end it every night. And what a text
 * means as a time or an amount depends on the load alone, not on settings of the database or the role.
 */
const FOR_LOADS = `select set_config(name, '0', true) from pg_settings
   where name in ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
  union all
  select set_config(name, value, true)
    from (values ('datestyle', 'ISO, MDY'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'), ('lc_monetary', 'C'),
                 ('xmloption', 'content'), ('array_nulls', 'on')) s (name, value)`;

/** Rows of which a replace that leaves less than a tenth is worth a word. */
const MANY_ROWS = 1000;
/** Bytes between two reports of progress. */
const PROGRESS_BYTES = 4 << 20;

function isChanged(before: readonly ExportColumn[], after: readonly ExportColumn[]): boolean {
  const names = new Set(before.map(({ name }) => name));
  return after.some(({ name }) => !names.has(name));
}
