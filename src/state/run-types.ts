/** Words and reports of runs. */
import type { HeldLease } from './lease.ts';

/** Status of a run or a stream. */
export type RunStatus = 'complete' | 'partial' | 'failed' | 'interrupted';
/** Kinds of runs: of streams, or of exports. */
export type RunCommand = 'sync' | 'backfill' | 'export';
export type StreamStatus = RunStatus | 'deletion_guard' | 'skipped' | 'unavailable' | 'retired';

/** The effects of a run on one stream; the shape of `--json`. */
export interface StreamReport {
  readonly name: string;
  readonly status: StreamStatus;
  readonly mode: 'full' | 'incremental';
  readonly partitions: number;
  readonly partitionsFailed: number;
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Parents that are listed and are not there when asked for, so that nothing of them was read; left out where none is. */
  readonly parentsGone?: number;
  /** Rows of the table that name an object which no listing has; left out where there are none. */
  readonly unknownObjects?: number;
  readonly error?: string;
}

/** Totals of a run. Times are ISO 8601. */
export interface RunTotals {
  readonly runId: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  /** Number of repeated requests, by cause in words; left out where there were none. */
  readonly retryCauses?: Readonly<Record<string, number>>;
  /** Milliseconds for which answers of 429 slowed it down, added up. */
  readonly throttledMs: number;
}

/** The report of a run of streams; the shape of `--json`. */
export interface RunReport extends RunTotals {
  readonly streams: readonly StreamReport[];
}

/** The origin of a run. */
export interface RunOrigin {
  readonly trigger: 'cli' | 'schedule' | 'page' | 'api';
  /** Schedule that it serves. */
  readonly schedule?: string | undefined;
  /** Lease that it may begin under, and under no other. */
  readonly lease?: HeldLease | undefined;
}

/** Default origin of a run. */
export const BY_CLI: RunOrigin = { trigger: 'cli' };
