/** The report of a run of exports; the shape of `--json`. Times are ISO 8601, durations milliseconds. */
import type { EventBus } from '../../core/events/bus.ts';
import type { RunStatus, RunTotals } from '../../state/run-types.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { type LoadCounts, NOTHING_LOADED } from '../write/apply-sql.ts';
import { type Rejection, Rejections } from '../write/rejections.ts';
import type { Replacing } from '../write/too-few-rows.ts';

/** The effects of a run on one export. */
export interface ExportReport {
  readonly name: string;
  readonly table: string;
  readonly mode: 'replace' | 'append' | 'merge';
  /** partial: rows were rejected, or too few came. */
  readonly status: RunStatus | 'skipped';
  readonly windows: number;
  /** Rows read, rejected ones included. */
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: number;
  /** Too few rows came for a replace: the table is as it was. */
  readonly kept?: true;
  readonly bytes: number;
  readonly queryIds: readonly string[];
  /** Everything before was asked for; only of exports with a window. */
  readonly watermark?: string;
  /** Columns that changed, a sentence each. */
  readonly drift: readonly string[];
  /** Doubts about the result, one sentence each. */
  readonly warnings: readonly string[];
  /** The first rows that were rejected. */
  readonly rejections: readonly Rejection[];
  readonly waitedMs: number;
  readonly loadedMs: number;
  readonly error?: string;
}

/** The report of a run of exports. */
export interface ExportsReport extends RunTotals {
  readonly exports: readonly ExportReport[];
}

/** The status of a run by those of its parts. */
export function overall(statuses: readonly (RunStatus | 'skipped')[]): RunStatus {
  const order: readonly RunStatus[] = ['interrupted', 'failed', 'partial'];
  return order.find((status) => statuses.includes(status)) ?? 'complete';
}

export interface WindowResult {
  readonly counts: LoadCounts;
  readonly rows: number;
  readonly bytes: number;
  readonly queryIds: readonly string[];
  readonly watermark: Date | undefined;
  readonly rejections: Rejections;
  /** Columns were added: their comments are to be written. */
  readonly isChanged: boolean;
}

/** Adds up what an export did, for its report. */
export class WindowTally {
  rows = 0;
  /** Bytes downloaded, those of readings that were given up included. */
  bytes = 0;
  isChanged = false;
  readonly #definition: ExportDefinition;
  readonly #rejections = new Rejections();
  readonly #drift: string[] = [];
  readonly #warnings = new Set<string>();
  readonly #queryIds: string[] = [];
  #watermark: Date | undefined;
  #counts: LoadCounts = NOTHING_LOADED;
  #windows = 0;
  #waitedMs = 0;
  #loadedMs = 0;
  #kept: string | undefined;
  #failure: { readonly status: RunStatus; readonly error: string } | undefined;

  constructor(definition: ExportDefinition, watermark: Date | undefined) {
    this.#definition = definition;
    this.#watermark = watermark;
  }

  add({ counts, rows, bytes, queryIds, watermark, rejections, isChanged }: WindowResult): void {
    this.#windows++;
    this.rows += rows;
    this.bytes += bytes;
    this.isChanged ||= isChanged;
    this.#queryIds.push(...queryIds);
    this.#watermark = watermark ?? this.#watermark;
    this.#rejections.addFrom(rejections);
    const sum = (name: keyof LoadCounts): number => this.#counts[name] + counts[name];
    this.#counts = {
      inserted: sum('inserted'),
      updated: sum('updated'),
      unchanged: sum('unchanged'),
      deleted: sum('deleted'),
    };
  }

  /** Some window was loaded. */
  get isLoaded(): boolean {
    return this.#windows > 0;
  }

  drift(detail: string): void {
    this.#drift.push(detail);
  }

  /** Tells once of what may not be what it seems. */
  warn(events: EventBus, detail: string): void {
    const { size } = this.#warnings;
    if (this.#warnings.add(detail).size > size)
      events.emit('export.warning', { export: this.#definition.name, detail });
  }

  waited(ms: number): void {
    this.#waitedMs += ms;
  }

  loaded(ms: number): void {
    this.#loadedMs += ms;
  }

  /** The table is as it was, because too few rows came. */
  keep({ rows, bytes, rejections }: Replacing, why: string): void {
    this.rows += rows;
    this.bytes += bytes;
    this.#rejections.addFrom(rejections);
    this.#kept = why;
  }

  fail(status: RunStatus, error: string): void {
    this.#failure = { status, error };
  }

  report(): ExportReport {
    const { name, table, mode } = this.#definition;
    const rejected = this.#rejections.count;
    const [first] = this.#rejections.first;
    const told =
      first === undefined
        ? undefined
        : `${rejected} ${rejected === 1 ? 'row was' : 'rows were'} rejected; the first: row ${first.row}` +
          `${first.column === null ? '' : `, column ${JSON.stringify(first.column)}`}: ${first.reason}.`;
    const error = this.#failure?.error ?? this.#kept ?? told;
    return {
      ...{ name, table, mode },
      status: this.#failure?.status ?? (error === undefined ? 'complete' : 'partial'),
      windows: this.#windows,
      rows: this.rows,
      ...this.#counts,
      rejected,
      ...(this.#kept === undefined ? {} : { kept: true }),
      bytes: this.bytes,
      queryIds: this.#queryIds,
      ...(this.#watermark === undefined ? {} : { watermark: this.#watermark.toISOString() }),
      drift: this.#drift,
      warnings: [...this.#warnings],
      rejections: this.#rejections.first,
      waitedMs: Math.round(this.#waitedMs),
      loadedMs: Math.round(this.#loadedMs),
      ...(error === undefined ? {} : { error }),
    };
  }
}
