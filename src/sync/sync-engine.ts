/** Dependencies of the sync engine; the composition root fills them in. */
import type { Database } from '../core/database/database.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Stream } from '../extractors/stream.ts';
import type { DeletionGuard } from '../loaders/deletion-proof.ts';
import type { LoadCounts } from '../loaders/load-counts.ts';
import type { Privacy } from '../loaders/privacy/compile-privacy.ts';
import type { SigmaClient } from '../sigma/client.ts';
import type { HistoryOptions } from '../state/change-log.ts';
import type { StartedRun } from '../state/run-book.ts';
import type { RunCommand, RunOrigin } from '../state/run-types.ts';
import type { Schemas } from '../state/schemas.ts';
import type { Executor } from './executor.ts';

/** The parts of the engine, the same for every run. */
export interface SyncEngine {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly client: SigmaClient;
  readonly events: EventBus;
  readonly executor: Executor;
  /** Every stream there is: tombstones follow parents into streams that are not selected, too. */
  readonly catalogue: readonly Stream[];
  readonly pageSize: number;
  /** Most pages of one listing; default 20,000. */
  readonly maxPages?: number | undefined;
  readonly deletionGuard: DeletionGuard;
  readonly resumeWithinMs: number;
  /** Length of a stream's slow cycle, in milliseconds; 0 = all of it in every run. */
  readonly refreshMs: (stream: string) => number;
  readonly history: HistoryOptions;
  /** Hashed and dropped fields; without it everything is stored as it is. */
  readonly privacy?: Privacy;
  readonly now: () => Date;
}

/** Request for one run. */
export interface SyncOptions {
  /** Streams to run, their ancestors included, parents before children. */
  readonly streams: readonly Stream[];
  /** A backfill reads everything once, beside the syncs; default `sync`. */
  readonly command?: RunCommand;
  /** Default: the command line. */
  readonly origin?: RunOrigin;
  /** True: resume the last backfill where it stopped. False: no sync that was cut off is resumed. */
  readonly resume?: boolean;
  /** Ignore change signals and read everything. */
  readonly full: boolean;
  /** Write tombstones even where the deletion guard objects. */
  readonly acceptDeletions: boolean;
  /** Aborts when the user or the service manager asks us to stop. */
  readonly signal: AbortSignal;
}

/** One run under way. */
export interface RunContext {
  readonly engine: SyncEngine;
  readonly options: SyncOptions;
  readonly run: StartedRun;
  /** No new unit is started once it aborts. */
  readonly stop: AbortSignal;
  /** Requests under way are given up once it aborts. */
  readonly cancel: AbortSignal;
  /** Rows of each stream so far, for the report of one that is cut off. */
  readonly counts: Map<string, LoadCounts>;
  /** Does `work` while no other run works on the stream. @throws DatabaseError, InterruptedError */
  hold<T>(stream: string, work: () => Promise<T>): Promise<T>;
}
