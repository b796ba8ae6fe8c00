/** Conducts runs, backfills and refreshes: each with a client, an event bus and notes of its own. */
import type { AnalyticsResult } from '../analytics/refresh-analytics.ts';
import { type App, hideContext, ownTables, type Pace } from '../app.ts';
import type { Config } from '../config/schema.ts';
import type { Database } from '../core/database/database.ts';
import { ConfigError, LockedError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { ExportDefinition } from '../exports/decide/definition.ts';
import type { ExportsResult } from '../exports/run-exports.ts';
import { dueExports, exportsNamed } from '../exports/select-exports.ts';
import { catalogue } from '../extractors/catalogue.ts';
import type { Stream } from '../extractors/stream.ts';
import type { ExportClient, SigmaClient } from '../sigma/client.ts';
import type { RunOrigin } from '../state/run-types.ts';
import type { SyncResult } from '../sync/run-sync.ts';
import { selectStreams } from '../sync/select-streams.ts';

import type {
  AnalyticsRefreshRequest,
  BackfillRequest,
  RunRequest,
  Sync,
  SyncOutcome,
  SyncRequest,
} from './requests.ts';

/** Requests under way at once in a backfill, which leaves the API to the syncs. */
const BACKFILL_CONCURRENCY = 4;

/** The parts that the methods of a sync share. */
export type Parts = Pick<Sync, 'app' | 'database'>;

/** The parts that a run has for itself; the time is that of the database. */
type Own = { events: EventBus; client: SigmaClient & ExportClient; database: Database; now: () => Date };

/** A run with a client, an event bus and notes of its own. */
export async function running<T>(
  { app, database }: Parts,
  { events = app.events.child(), signal }: RunRequest,
  pace: Pace | undefined,
  work: (own: Own) => Promise<T>,
): Promise<T> {
  const client = await app.openClient(pace, events);
  try {
    // Only runs load these modules: most commands just look, and should answer at once.
    const [{ migrate }, { hideInExports }, { databaseTime }, { keepRunEvents }, { countDeadRows }, { tidy }] =
      await Promise.all([
        import('../state/migrate.ts'),
        import('../exports/write/hide-stored.ts'),
        import('../state/database-time.ts'),
        import('../state/run-events.ts'),
        import('../state/changed-tables.ts'),
        import('../core/database/tidy.ts'),
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
export async function runAll(parts: Parts, request: SyncRequest): Promise<SyncOutcome> {
  const { app } = parts;
  const { signal = NEVER, origin = BY_API, exports: wanted = [] } = request;
  const { full = false, acceptDeletions = false, resume } = request;
  const streams = streamsOf(request.streams, app.config);
  // Without names, `exportsOf` gives all of them.
  const exports = wanted.length === 0 ? [] : exportsOf(wanted, app.exports);
  return running(parts, request, undefined, async ({ events, client, database, now }) => {
    const engine = { ...app.engine(database, client, events), now };
    const [{ runSync }, { overall }] = await Promise.all([
      import('../sync/run-sync.ts'),
      import('../exports/remember/export-report.ts'),
    ]);
    const result = await runSync(engine, {
      ...{ streams, full, acceptDeletions, signal, origin },
      ...(resume === undefined ? {} : { resume }),
    });
    const isInterrupted = result.report.status === 'interrupted';
    let exported: ExportsResult | undefined;
    let exportsLocked: LockedError | undefined;
    // Exports have nothing to do with what a stream lacks, but what ends a run ends them, too.
    if (result.error === undefined && !isInterrupted) {
      const exportEngine = app.exportEngine(database, client, events);
      const due = await dueExports(exportEngine, exports);
      try {
        if (due.length > 0) {
          const { runExports } = await import('../exports/run-exports.ts');
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

/** Everything once more, at a rate of its own. */
export async function runBackfill(parts: Parts, request: BackfillRequest): Promise<SyncResult> {
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
      const { runSync } = await import('../sync/run-sync.ts');
      return runSync(engine, { command: 'backfill', full: true, acceptDeletions: false, ...asked });
    },
  );
}

/** Brings the answers up to date. */
export async function refresh(
  app: App,
  database: Database,
  request: AnalyticsRefreshRequest,
): Promise<AnalyticsResult> {
  const { refreshAnalytics } = await import('../analytics/refresh-analytics.ts');
  const { schemas, analytics: settings, clock, detach } = app;
  const { signal, all = false, events = app.events } = request;
  const now = (): number => clock.monotonic();
  return refreshAnalytics({ database, schemas, settings, events, signal, all, now, detach });
}

/** The error of a sync that is used after `close`. */
export const closed = (): Error =>
  new ConfigError('This sync is closed.', { advice: 'Make another with createSync.' });
/** Default origin in the run book. */
export const BY_API: RunOrigin = { trigger: 'api' };
/** Aborts never. */
export const NEVER: AbortSignal = new AbortController().signal;

/** Names, or what they name. */
type Wanted<T> = readonly string[] | readonly T[];

/** Streams by their names, with those that they are planned from. @throws ConfigError */
export function streamsOf(wanted: Wanted<Stream> | undefined, config: Config): readonly Stream[] {
  if (wanted !== undefined && !Array.isArray(wanted))
    throw new ConfigError('streams must be a list of names.', {
      advice: "Such as ['members', 'workbooks'].",
    });
  const names = wanted?.map((one) => (typeof one === 'string' ? one : one.name)) ?? [];
  if (typeof wanted?.[0] === 'object') return wanted as readonly Stream[];
  return selectStreams(catalogue, names, config.sync);
}

/** Exports by their names. @throws ConfigError */
export function exportsOf(
  wanted: Wanted<ExportDefinition>,
  all: readonly ExportDefinition[],
): readonly ExportDefinition[] {
  if (typeof wanted[0] === 'object') return wanted as readonly ExportDefinition[];
  return exportsNamed(all, wanted as readonly string[]);
}
