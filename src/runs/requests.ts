/** Requests to a sync, and their results. */
import type { AnalyticsResult } from '../analytics/refresh-analytics.ts';
import type { App } from '../app.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../core/database/database.ts';
import type { LockedError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { ExportDefinition } from '../exports/decide/definition.ts';
import type { ExportsResult } from '../exports/run-exports.ts';
import type { ExportState } from '../exports/select-exports.ts';
import type { Stream } from '../extractors/stream.ts';
import type { Outage } from '../state/read/outage.ts';
import type { RunState, StreamState } from '../state/read/status.ts';
import type { RunOrigin, RunStatus } from '../state/run-types.ts';
import type { SyncPlan } from '../sync/dry-run.ts';
import type { SyncResult } from '../sync/run-sync.ts';

/** Options of `createSync`. */
export interface CreateSyncOptions {
  /** Settings; default: those that the command line would use, from `file` and the environment. */
  readonly config?: Config;
  /** Settings file, relative to `cwd`; default `config/sigma-sync.yaml`, if it exists. */
  readonly file?: string;
  /** Name of the organization, where the settings have several. */
  readonly organization?: string;
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the working directory. */
  readonly cwd?: string;
  /** An application that is there already; the settings are its own. */
  readonly app?: App;
  /** A database that is already open; its opener closes it. */
  readonly database?: () => Promise<Database>;
}

/** Options that `run`, `backfill` and `exports` share. */
export interface RunRequest {
  /** Aborts the run; loaded rows are kept, and the next run resumes there. */
  readonly signal?: AbortSignal | undefined;
  /** Origin in the run book; default: `api`. */
  readonly origin?: RunOrigin;
  /** Hears the events of this run alone; `Sync.app.events` hears those of all. */
  readonly events?: EventBus | undefined;
}

/** Options of a sync. */
export interface SyncRequest extends RunRequest {
  /** Names of streams, with those they are planned from; default: those of the settings. */
  readonly streams?: readonly string[] | readonly Stream[];
  /** Read everything, changed or not. */
  readonly full?: boolean;
  /** False starts over where the last sync was cut off; default: resume it within `sync.resume_within_hours`. */
  readonly resume?: boolean | undefined;
  /** Mark rows as deleted even where the deletion guard objects. */
  readonly acceptDeletions?: boolean;
  /** Names or definitions of exports that are run afterwards where they are due; default: none. */
  readonly exports?: readonly string[] | readonly ExportDefinition[];
}

/** Options of a backfill. */
export interface BackfillRequest extends RunRequest {
  readonly streams?: readonly string[];
  /** Resume the last one. */
  readonly resume?: boolean;
  readonly requestsPerMinute?: number | undefined;
}

/** Options of a run of exports. */
export interface ExportsRequest extends RunRequest {
  /** Names or definitions; default: all of the settings. */
  readonly exports?: readonly string[] | readonly ExportDefinition[];
  /** Load this range instead of what is new. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Replace tables also where too few rows are left (`least_rows`). */
  readonly acceptDeletions?: boolean;
}

/** Options of a refresh of answers. */
export interface AnalyticsRefreshRequest {
  readonly signal?: AbortSignal | undefined;
  /** Also those whose tables did not change. */
  readonly all?: boolean;
  readonly events?: EventBus | undefined;
}

/** A sync that came to an end, well or not. */
export interface SyncOutcome extends SyncResult {
  /** Status of streams and exports together. */
  readonly status: RunStatus;
  /** Undefined where no export was due, or another process was at it. */
  readonly exports: ExportsResult | undefined;
  /** Why exports that are due were left alone. */
  readonly exportsLocked: LockedError | undefined;
}

/** The state of everything. */
export interface SyncStatus {
  readonly streams: readonly StreamState[];
  readonly exports: readonly ExportState[];
  /**
   * The cause that ended the last run as a whole, its beginning, and the time of the next try; undefined without one.
   */
  readonly outage: Outage | undefined;
}

/** A Sigma organization and the database it is kept in. Close it when done. */
export interface Sync extends AsyncDisposable {
  /** Settings, events, redaction: what every part shares. */
  readonly app: App;
  /** Opened by the first call. @throws DatabaseError, LockedError; ConfigError after `close` */
  database(): Promise<Database>;
  /**
   * Brings streams up to date, then runs exports that are due. Failures on the way are in the outcome.
   *
   * @throws ConfigError, LockedError, DatabaseError if it could not begin.
   */
  run(request?: SyncRequest): Promise<SyncOutcome>;
  /** Reads everything once more, at a rate of its own and beside the syncs. @throws as `run`. */
  backfill(request?: BackfillRequest): Promise<SyncResult>;
  /** Loads the data of elements. @throws as `run`. */
  exports(request?: ExportsRequest): Promise<ExportsResult>;
  /** The requests that `run` would make; it makes none. @throws ConfigError, DatabaseError */
  plan(request?: Pick<SyncRequest, 'streams' | 'full'>): Promise<SyncPlan>;
  /**
   * The freshness of each stream and export, the end of its last run, and the cause that holds all of them up.
   * @throws DatabaseError
   */
  status(): Promise<SyncStatus>;
  /** The latest runs, the newest first. @throws DatabaseError */
  runs(limit?: number): Promise<readonly RunState[]>;
  /** Brings the answers of the analytics schema up to date, which `run` does by itself. @throws DatabaseError */
  analytics(request?: AnalyticsRefreshRequest): Promise<AnalyticsResult>;
  /** Closes what it opened; runs under way fail, and nothing begins any more. */
  close(): Promise<void>;
}
