/** The programmatic API: what the command line, the schedules and the page are made of. */
import type { AnalyticsResult } from './analytics/refresh-analytics.ts';
import { type App, createApp, hideContext, ownTables, type Pace } from './app.ts';
import { loadConfig } from './config/load-config.ts';
import type { Config } from './config/schema.ts';
import type { Database } from './core/database/database.ts';
import { lazyDatabase, lentDatabase } from './core/database/lazy-database.ts';
import { ConfigError, LockedError } from './core/errors.ts';
import type { EventBus } from './core/events/bus.ts';
import type { ExportDefinition } from './exports/decide/definition.ts';
import { checkRange } from './exports/decide/range.ts';
import type { ExportsResult } from './exports/run-exports.ts';
import { dueExports, type ExportState, exportStates, exportsNamed } from './exports/select-exports.ts';
import { catalogue } from './extractors/catalogue.ts';
import type { Stream } from './extractors/stream.ts';
import type { SyncPlan } from './sync/dry-run.ts';
import { selectStreams } from './sync/select-streams.ts';
import { type Outage, readOutage } from './state/read/outage.ts';
import {
  isMigrated,
  latestRuns,
  type RunState,
  type StreamState,
  streamStates,
} from './state/read/status.ts';
import type { ExportClient, SigmaClient } from './sigma/client.ts';
import type { RunOrigin, RunStatus } from './state/run-types.ts';
import type { SyncResult } from './sync/run-sync.ts';

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
  /** Replace tables also where too few rows are left (`least_rows`). */
  readonly acceptDeletions?: boolean;
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

/** How everything is. */
export interface SyncStatus {
  readonly streams: readonly StreamState[];
  readonly exports: readonly ExportState[];
  /** What ended the last run as a whole, since when, and when it is tried again; undefined where nothing did. */
  readonly outage: Outage | undefined;
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
  /** How fresh each stream and export is, how its last run ended, and what keeps all of them. @throws DatabaseError */
  status(): Promise<SyncStatus>;
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
  const own =
    options.database === undefined
      ? lazyDatabase(app.openDatabase, closed)
      : lentDatabase(options.database, closed);
  const parts: Parts = { app, database: own.open };
  const { database } = parts;
  const { config, schemas } = app;
  return {
    ...parts,
    run: async (request = {}) => runAll(parts, request),
    backfill: async (request = {}) => runBackfill(parts, request),
    async exports(request = {}) {
      const { signal = NEVER, origin = BY_API, from, to, acceptDeletions } = request;
      const exports = exportsOf(request.exports ?? [], app.exports);
      checkRange(exports, { from, to, now: new Date(app.clock.now()) });
      const { runExports } = await import('./exports/run-exports.ts');
      return running(parts, request, undefined, ({ events, client, database: target }) =>
        runExports(app.exportEngine(target, client, events), {
          ...{ exports, from, to, acceptDeletions, signal, origin },
        }),
      );
    },
    async plan({ streams, full = false } = {}) {
      const client = await app.openClient();
      try {
        const engine = app.engine(await database(), client);
        const { dryRun } = await import('./sync/dry-run.ts');
        return await dryRun(engine, streamsOf(streams, config), full, config.sigma.requestsPerMinute);
      } finally {
        await client.close();
      }
    },
    async status() {
      const target = await database();
      // Opt-in and excluded streams would for ever say "never".
      const streams = await streamStates(target, schemas, streamsOf(undefined, config));
      const isThere = await isMigrated(target, schemas);
      const outage = isThere ? await target.session((session) => readOutage(session, schemas)) : undefined;
      return { streams, exports: await exportStates({ database: target, schemas }, app.exports), outage };
    },
    async analytics(request = {}) {
      const target = await database();
      const { migrate } = await import('./state/migrate.ts');
      await migrate(target, schemas, catalogue, request.events ?? app.events);
      return refresh(app, target, request);
    },
    runs: async (limit = 20) => latestRuns(await database(), schemas, limit),
    close: own.close,
    [Symbol.asyncDispose]: own.close,
  };
}

/** What the methods of a sync share. */
type Parts = Pick<Sync, 'app' | 'database'>;

/** What a run has of its own; the time is that of the database. */
type Own = { events: EventBus; client: SigmaClient & ExportClient; database: Database; now: () => Date };

/** A run with a client, an event bus and notes of its own. */
async function running<T>(
  { app, database }: Parts,
  { events = app.events.child(), signal }: RunRequest,
  pace: Pace | undefined,
  work: (own: Own) => Promise<T>,
): Promise<T> {
  const client = await app.openClient(pace, events);
  try {
    // What runs alone need is loaded by them alone: most commands look, and should answer at once.
    const [{ migrate }, { hideInExports }, { databaseTime }, { keepRunEvents }, { countDeadRows }, { tidy }] =
      await Promise.all([
        import('./state/migrate.ts'),
        import('./exports/write/hide-stored.ts'),
        import('./state/database-time.ts'),
        import('./state/run-events.ts'),
        import('./state/changed-tables.ts'),
        import('./core/database/tidy.ts'),
      ]);
    const target = await database();
    await migrate(target, app.schemas, catalogue, events);
    await hideInExports(hideContext(app, target), events);
    const now = await databaseTime(target, app.clock);
    const notes = keepRunEvents(events, now, app.redact);
    const { exportsSchema } = app.config.database;
    const dead = countDeadRows(events, app.schemas, exportsSchema);
    const result = await work({ events, client, database: target, now });
    // They help to understand a run; where the database is gone, there are worse losses.
    await notes.save(target, app.schemas).catch(() => undefined);
    dead.stop();
    await tidy({ database: target, ...ownTables(app), dead: dead.rows, signal });
    return result;
  } finally {
    await client.close();
  }
}

/** Streams, then exports that are due, then answers. */
async function runAll(parts: Parts, request: SyncRequest): Promise<SyncOutcome> {
  const { app } = parts;
  const { signal = NEVER, origin = BY_API, exports: wanted = [] } = request;
  const { full = false, acceptDeletions = false } = request;
  const streams = streamsOf(request.streams, app.config);
  // No names are all of them to whoever asks for exports alone.
  const exports = wanted.length === 0 ? [] : exportsOf(wanted, app.exports);
  return running(parts, request, undefined, async ({ events, client, database, now }) => {
    const engine = { ...app.engine(database, client, events), now };
    const [{ runSync }, { overall }] = await Promise.all([
      import('./sync/run-sync.ts'),
      import('./exports/remember/export-report.ts'),
    ]);
    const result = await runSync(engine, { streams, full, acceptDeletions, signal, origin });
    const isInterrupted = result.report.status === 'interrupted';
    let exported: ExportsResult | undefined;
    let exportsLocked: LockedError | undefined;
    // Exports have nothing to do with what a stream lacks, but what ends a run ends them, too.
    if (result.error === undefined && !isInterrupted) {
      const exportEngine = app.exportEngine(database, client, events);
      const due = await dueExports(exportEngine, exports);
      try {
        if (due.length > 0) {
          const { runExports } = await import('./exports/run-exports.ts');
          exported = await runExports(exportEngine, { exports: due, signal, origin });
        }
      } catch (error) {
        if (!(error instanceof LockedError)) throw error;
        exportsLocked = error;
      }
    }
    if (app.analytics.enabled && !isInterrupted) await refresh(app, database, { events, signal });
    const statuses = [result.report.status, ...(exported === undefined ? [] : [exported.report.status])];
    return { ...result, status: overall(statuses), exports: exported, exportsLocked };
  });
}

async function runBackfill(parts: Parts, request: BackfillRequest): Promise<SyncResult> {
  const { app } = parts;
  const { config } = app;
  const { signal = NEVER, origin = BY_API, resume = false } = request;
  const { requestsPerMinute = config.sync.backfillRequestsPerMinute } = request;
  if (!Number.isInteger(requestsPerMinute) || requestsPerMinute < 1)
    throw new ConfigError(
      `requestsPerMinute must be a whole number of at least 1, not ${requestsPerMinute}.`,
    );
  const streams = streamsOf(request.streams, config);
  const concurrency = Math.min(BACKFILL_CONCURRENCY, config.sigma.concurrency);
  const asked = { streams, resume, signal, origin };
  return running(
    parts,
    request,
    { requestsPerMinute, concurrency },
    async ({ events, client, database, now }) => {
      const engine = { ...app.engine(database, client, events), now };
      const { runSync } = await import('./sync/run-sync.ts');
      return runSync(engine, { command: 'backfill', full: true, acceptDeletions: false, ...asked });
    },
  );
}

async function refresh(
  app: App,
  database: Database,
  request: AnalyticsRefreshRequest,
): Promise<AnalyticsResult> {
  const { refreshAnalytics } = await import('./analytics/refresh-analytics.ts');
  const { schemas, analytics: settings, clock } = app;
  const { signal, all = false, events = app.events } = request;
  const now = (): number => clock.monotonic();
  return refreshAnalytics({ database, schemas, settings, events, signal, all, now });
}

const closed = (): Error =>
  new ConfigError('This sync is closed.', { advice: 'Make another with createSync.' });
const BY_API: RunOrigin = { trigger: 'api' };
const NEVER = new AbortController().signal;

/** Names, or what they name. */
type Wanted<T> = readonly string[] | readonly T[];

function streamsOf(wanted: Wanted<Stream> | undefined, config: Config): readonly Stream[] {
  if (wanted !== undefined && !Array.isArray(wanted))
    throw new ConfigError('streams must be a list of names.', {
      advice: "Such as ['members', 'workbooks'].",
    });
  const names = wanted?.map((one) => (typeof one === 'string' ? one : one.name)) ?? [];
  if (typeof wanted?.[0] === 'object') return wanted as readonly Stream[];
  return selectStreams(catalogue, names, config.sync);
}

function exportsOf(
  wanted: Wanted<ExportDefinition>,
  all: readonly ExportDefinition[],
): readonly ExportDefinition[] {
  if (typeof wanted[0] === 'object') return wanted as readonly ExportDefinition[];
  return exportsNamed(all, wanted as readonly string[]);
}
