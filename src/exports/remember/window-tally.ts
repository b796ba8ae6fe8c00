/** Adds up what an export did, for its report. */
import type { RunStatus } from '../../state/run-types.ts';
import { type LoadCounts, NOTHING_LOADED } from '../write/apply-sql.ts';
import type { ExportDefinition } from '../decide/definition.ts';
import { Rejections } from '../write/rejections.ts';
import type { ExportReport } from './export-report.ts';

/** What one window did. */
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

export class WindowTally {
  rows = 0;
  /** Bytes downloaded, those of readings that were given up included. */
  bytes = 0;
  isChanged = false;
  readonly #definition: ExportDefinition;
  readonly #rejections = new Rejections();
  readonly #drift: string[] = [];
  readonly #queryIds: string[] = [];
  #watermark: Date | undefined;
  #counts: LoadCounts = NOTHING_LOADED;
  #windows = 0;
  #waitedMs = 0;
  #loadedMs = 0;
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

  drift(detail: string): void {
    this.#drift.push(detail);
  }

  waited(ms: number): void {
    this.#waitedMs += ms;
  }

  loaded(ms: number): void {
    this.#loadedMs += ms;
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
    const error = this.#failure?.error ?? told;
    return {
      ...{ name, table, mode },
      status: this.#failure?.status ?? (rejected > 0 ? 'partial' : 'complete'),
      windows: this.#windows,
      rows: this.rows,
      ...this.#counts,
      rejected,
      bytes: this.bytes,
      queryIds: this.#queryIds,
      ...(this.#watermark === undefined ? {} : { watermark: this.#watermark.toISOString() }),
      drift: this.#drift,
      rejections: this.#rejections.first,
      waitedMs: Math.round(this.#waitedMs),
      loadedMs: Math.round(this.#loadedMs),
      ...(error === undefined ? {} : { error }),
    };
  }
}
