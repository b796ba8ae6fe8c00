/** The programmatic API: what the command line, the schedules and the page are made of. */
import { type AnalyticsResult, refreshAnalytics } from './analytics/refresh-analytics.ts';
import { type App, createApp, type Pace } from './app.ts';
import { loadConfig } from './config/load-config.ts';
import type { Config } from './config/schema.ts';
import type { Database } from './core/database/database.ts';
import { ConfigError, LockedError } from './core/errors.ts';
import type { EventBus } from './core/events/bus.ts';
import type { ExportDefinition } from './exports/decide/definition.ts';
import { checkRange } from './exports/decide/range.ts';
import { overall } from './exports/remember/export-report.ts';
import { type ExportsResult, runExports } from './exports/run-exports.ts';
import { dueExports, type ExportState, exportStates, exportsNamed } from './exports/select-exports.ts';
import { catalogue } from './extractors/catalogue.ts';
import type { Stream } from './extractors/stream.ts';
import { dryRun, type SyncPlan } from './sync/dry-run.ts';
import { selectStreams } from './sync/select-streams.ts';
import { latestRuns, type RunState, type StreamState, streamStates } from './state/read/status.ts';
import type { ExportClient, SigmaClient } from './sigma/client.ts';
import { migrate } from './state/migrate.ts';
import { keepRunEvents } from './state/run-events.ts';
import type { RunOrigin, RunStatus } from './state/run-types.ts';
import type { SyncOptions } from './sync/sync-engine.ts';
import { runSync, type SyncResult } from './sync/run-sync.ts';

/** Options of `createSync`. */
export interface CreateSyncOptions {
  /** Settings; default: those that the command line would use, from `file` and the environment. */
  readonly config?: Config;
  /** Settings file, relative to `cwd`; default `config/sigma-sync.yaml`, if it exists. */
  readonly file?: string;
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the working directory. */
  readonly cwd?: string;
  /** An application that is there already; the settings are its own. */
  readonly app?: App;
  /** A database that is there already; whoever opened it closes it. */
  readonly database?: () => Promise<Database>;
}

/** What `run`, `backfill` and `exports` have in common. */
export interface RunRequest {
  /** Aborts the run; what was loaded is kept, and the next run goes on from there. */
  readonly signal?: AbortSignal | undefined;
  /** What the run book says it comes from; default: `api`. */
  readonly origin?: RunOrigin;
  /** Hears the events of this run alone; `Sync.app.events` hears those of all. */
  readonly events?: EventBus | undefined;
}

/** What a sync shall do. */
export interface SyncRequest extends RunRequest {
  /** Names of streams, with those they are planned from; default: those of the settings. */
  readonly streams?: readonly string[] | readonly Stream[];
  /** Read everything, changed or not. */
  readonly full?: boolean;
  /** Mark rows as deleted even where the deletion guard objects. */
  readonly acceptDeletions?: boolean;
  /** Names or definitions of exports that are run afterwards where they are due; default: none. */
  readonly exports?: readonly string[] | readonly ExportDefinition[];
}

/** What a backfill shall do. */
export interface BackfillRequest extends RunRequest {
  readonly streams?: readonly string[];
  /** Go on with the last one. */
  readonly resume?: boolean;
  readonly requestsPerMinute?: number | undefined;
}

/** What exports shall be run. */
export interface ExportsRequest extends RunRequest {
  /** Names or definitions; default: all of the settings. */
  readonly exports?: readonly string[] | readonly ExportDefinition[];
  /** Load this range instead of what is new. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** How answers shall be refreshed. */
export interface AnalyticsRefreshRequest {
  readonly signal?: AbortSignal | undefined;
  /** Also those whose tables did not change. */
  readonly all?: boolean;
  readonly events?: EventBus | undefined;
}

/** A sync that came to an end, well or not. */
export interface SyncOutcome extends SyncResult {
  /** Of streams and exports together. */
  readonly status: RunStatus;
  /** Undefined where no export was due, or another process was at it. */
  readonly exports: ExportsResult | undefined;
  /** Why exports that are due were left alone. */
  readonly exportsLocked: LockedError | undefined;
}

/** A Sigma organization and the database it is kept in. Close it when done. */
export interface Sync extends AsyncDisposable {
  /** Settings, events, redaction: what every part shares. */
  readonly app: App;
  /** Opened by the first call. @throws DatabaseError, LockedError; ConfigError after `close` */
  database(): Promise<Database>;
  /**
   * Brings streams up to date, then runs exports that are due. What goes wrong on the way is in the outcome.
   *
   * @throws ConfigError, LockedError, DatabaseError where it could not begin.
   */
  run(request?: SyncRequest): Promise<SyncOutcome>;
  /** Reads everything once more, at a rate of its own and beside the syncs. @throws as `run`. */
  backfill(request?: BackfillRequest): Promise<SyncResult>;
  /** Loads the data of elements. @throws as `run`. */
  exports(request?: ExportsRequest): Promise<ExportsResult>;
  /** What `run` would ask for, without asking. @throws ConfigError, DatabaseError */
  plan(request?: Pick<SyncRequest, 'streams' | 'full'>): Promise<SyncPlan>;
  /** How fresh each stream and export is, and how its last run ended. @throws DatabaseError */
  status(): Promise<{ readonly streams: readonly StreamState[]; readonly exports: readonly ExportState[] }>;
  /** The latest runs, the newest first. @throws DatabaseError */
  runs(limit?: number): Promise<readonly RunState[]>;
  /** Brings the answers of the analytics schema up to date, which `run` does by itself. @throws DatabaseError */
  analytics(request?: AnalyticsRefreshRequest): Promise<AnalyticsResult>;
  /** Closes what it opened; runs under way fail, and nothing begins any more. */
  close(): Promise<void>;
}

/** Requests under way at once in a backfill, which leaves the API to the syncs. */
const BACKFILL_CONCURRENCY = 4;

/**
 * Opens a sync; nothing is connected yet.
 *
 * @example
 * await using sync = createSync();
 * const { status, report } = await sync.run();
 *
 * @throws ConfigError that names the setting that is wrong.
 */
export function createSync(options: CreateSyncOptions = {}): Sync {
  const { file, env = process.env, cwd = process.cwd() } = options;
  const app =
    options.app ??
    createApp({
      config: options.config ?? loadConfig({ env, cwd, ...(file === undefined ? {} : { file }) }),
    });
  const { config, schemas } = app;
  const now = (): Date => new Date(app.clock.now());
  let opened: Promise<Database> | undefined;
  let isClosed = false;
  const database = async (): Promise<Database> => {
    // Opened anew, nobody would close it.
    if (isClosed) throw new ConfigError('This sync is closed.', { advice: 'Make another with createSync.' });
    if (options.database !== undefined) return options.database();
    // One that could not be opened may be later.
    opened ??= app.openDatabase().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };

  /** One run with a client, an event bus and notes of its own. */
  async function running<T>(
    { events = app.events.child() }: RunRequest,
    pace: Pace | undefined,
    work: (parts: { events: EventBus; client: SigmaClient & ExportClient; database: Database }) => Promise<T>,
  ): Promise<T> {
    const client = app.openClient(pace, events);
    try {
      const target = await database();
      await migrate(target, schemas, catalogue, events);
      const notes = keepRunEvents(events, now, app.redact);
      const result = await work({ events, client, database: target });
      // They help to understand a run; where the database is gone, there are worse losses.
      await notes.save(target, schemas).catch(() => undefined);
      return result;
    } finally {
      await client.close();
    }
  }

  const refresh = async (target: Database, { signal, all, events }: AnalyticsRefreshRequest) =>
    refreshAnalytics({
      ...{ database: target, schemas, settings: app.analytics, events: events ?? app.events, signal },
      ...{ now: () => app.clock.monotonic(), all: all ?? false },
    });
  return {
    app,
    database,
    async run(request = {}) {
      const { signal = NEVER, origin = BY_API, exports: wanted = [] } = request;
      const streams = streamsOf(request.streams, config);
      // No names are all of them to whoever asks for exports alone.
      const exports = wanted.length === 0 ? [] : exportsOf(wanted, app.exports);
      return running(request, undefined, async ({ events, client, database: target }) => {
        const engine = app.engine(target, client, events);
        const { full = false, acceptDeletions = false } = request;
        const result = await runSync(engine, { streams, full, acceptDeletions, signal, origin });
        let exported: ExportsResult | undefined;
        let exportsLocked: LockedError | undefined;
        // Exports have nothing to do with what a stream lacks, but what ends a run ends them, too.
        if (result.error === undefined && result.report.status !== 'interrupted') {
          const exportEngine = app.exportEngine(target, client, events);
          const due = await dueExports(exportEngine, exports);
          try {
            if (due.length > 0) exported = await runExports(exportEngine, { exports: due, signal, origin });
          } catch (error) {
            if (!(error instanceof LockedError)) throw error;
            exportsLocked = error;
          }
        }
        if (app.analytics.enabled && result.report.status !== 'interrupted')
          await refresh(target, { events, signal });
        const statuses = [result.report.status, ...(exported === undefined ? [] : [exported.report.status])];
        return { ...result, status: overall(statuses), exports: exported, exportsLocked };
      });
    },
    async backfill(request = {}) {
      const { signal = NEVER, origin = BY_API, resume = false } = request;
      const { requestsPerMinute = config.sync.backfillRequestsPerMinute } = request;
      if (!Number.isInteger(requestsPerMinute) || requestsPerMinute < 1)
        throw new ConfigError(
          `requestsPerMinute must be a whole number of at least 1, not ${requestsPerMinute}.`,
        );
      const streams = streamsOf(request.streams, config);
      const concurrency = Math.min(BACKFILL_CONCURRENCY, config.sigma.concurrency);
      return running(request, { requestsPerMinute, concurrency }, ({ events, client, database: target }) => {
        const asked: SyncOptions = {
          ...{ command: 'backfill', streams, full: true, resume, acceptDeletions: false },
          ...{ signal, origin },
        };
        return runSync(app.engine(target, client, events), asked);
      });
    },
    async exports(request = {}) {
      const { signal = NEVER, origin = BY_API, from, to } = request;
      const exports = exportsOf(request.exports ?? [], app.exports);
      checkRange(exports, { from, to, now: now() });
      return running(request, undefined, ({ events, client, database: target }) =>
        runExports(app.exportEngine(target, client, events), { exports, from, to, signal, origin }),
      );
    },
    async plan({ streams, full = false } = {}) {
      const client = app.openClient();
      try {
        const engine = app.engine(await database(), client);
        return await dryRun(engine, streamsOf(streams, config), full, config.sigma.requestsPerMinute);
      } finally {
        await client.close();
      }
    },
    async status() {
      const target = await database();
      // Opt-in and excluded streams would for ever say "never".
      const streams = await streamStates(target, schemas, streamsOf(undefined, config));
      return { streams, exports: await exportStates({ database: target, schemas }, app.exports) };
    },
    async analytics(request = {}) {
      const target = await database();
      await migrate(target, schemas, catalogue, request.events ?? app.events);
      return refresh(target, request);
    },
    runs: async (limit = 20) => latestRuns(await database(), schemas, limit),
    async close() {
      isClosed = true;
      await opened?.then((one) => one.close()).catch(() => undefined);
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}

const BY_API: RunOrigin = { trigger: 'api' };
const NEVER = new AbortController().signal;

function streamsOf(
  wanted: readonly string[] | readonly Stream[] | undefined,
  config: Config,
): readonly Stream[] {
  if (wanted !== undefined && !Array.isArray(wanted))
    throw new ConfigError('streams must be a list of names.', {
      advice: "Such as ['members', 'workbooks'].",
    });
  const names = wanted?.map((one) => (typeof one === 'string' ? one : one.name)) ?? [];
  const [first] = wanted ?? [];
  if (typeof first === 'object') return wanted as readonly Stream[];
  return selectStreams(catalogue, names, config.sync);
}

function exportsOf(
  wanted: readonly string[] | readonly ExportDefinition[],
  all: readonly ExportDefinition[],
): readonly ExportDefinition[] {
  const [first] = wanted;
  if (typeof first === 'object') return wanted as readonly ExportDefinition[];
  return exportsNamed(all, wanted as readonly string[]);
}
