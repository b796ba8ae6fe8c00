/** What a run of exports did; the shape of `--json`. Times are ISO 8601, durations milliseconds. */
import type { RunStatus, RunTotals } from '../../state/run-types.ts';
import type { Rejection } from '../write/rejections.ts';

/** What a run did to one export. */
export interface ExportReport {
  readonly name: string;
  readonly table: string;
  readonly mode: 'replace' | 'append' | 'merge';
  /** partial: rows were rejected. */
  readonly status: RunStatus | 'skipped';
  readonly windows: number;
  /** Rows read, rejected ones included. */
  readonly rows: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: number;
  readonly bytes: number;
  readonly queryIds: readonly string[];
  /** Everything before was asked for; only of exports with a window. */
  readonly watermark?: string;
  /** Columns that changed, a sentence each. */
  readonly drift: readonly string[];
  /** The first rows that were rejected. */
  readonly rejections: readonly Rejection[];
  readonly waitedMs: number;
  readonly loadedMs: number;
  readonly error?: string;
}

/** What a run of exports did. */
export interface ExportsReport extends RunTotals {
  readonly exports: readonly ExportReport[];
}

/** The status of a run by those of its parts. */
export function overall(statuses: readonly (RunStatus | 'skipped')[]): RunStatus {
  const order: readonly RunStatus[] = ['interrupted', 'failed', 'partial'];
  return order.find((status) => statuses.includes(status)) ?? 'complete';
}
