/** The programmatic API: what the command line, the schedules and the page are made of. */
import { createApp } from '../app.ts';
import { loadConfig } from '../config/load-config.ts';
import { isEmbedded } from '../core/database/embedded/folder.ts';
import { lazyDatabase, lentDatabase } from '../core/database/lazy-database.ts';
import { checkRange } from '../exports/decide/range.ts';
import { exportStates } from '../exports/select-exports.ts';
import { catalogue } from '../extractors/catalogue.ts';
import { readOutage } from '../state/read/outage.ts';
import { isMigrated, latestRuns, streamStates } from '../state/read/status.ts';
import type { CreateSyncOptions, Sync } from './requests.ts';
import {
  BY_API,
  closed,
  exportsOf,
  NEVER,
  type Parts,
  refresh,
  runAll,
  runBackfill,
  running,
  streamsOf,
} from './with-run.ts';

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
  const { file, organization, env = process.env, cwd = process.cwd() } = options;
  const app =
    options.app ??
    createApp({
      config: options.config ?? loadConfig({ env, cwd, file, organization }),
    });
  const own =
    options.database === undefined
      ? lazyDatabase(app.openDatabase, closed)
      : lentDatabase(options.database, closed);
  const parts: Parts = { app, database: own.open };
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    await own.close();
  };
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
      const { runExports } = await import('../exports/run-exports.ts');
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
        const { dryRun } = await import('../sync/dry-run.ts');
        return await dryRun(engine, streamsOf(streams, config), full, config.sigma.requestsPerMinute);
      } finally {
        await client.close();
      }
    },
    async status() {
      const { url, directory } = config.database;
      // A look must not make the embedded database.
      const isOwn = options.database === undefined && url === undefined;
      const isNone = !isClosed && isOwn && !isEmbedded(directory);
      const target = isNone ? undefined : await database();
      // Opt-in and excluded streams would for ever say "never".
      const streams = await streamStates(target, schemas, streamsOf(undefined, config));
      const outage =
        target !== undefined && (await isMigrated(target, schemas))
          ? await target.session((session) => readOutage(session, schemas))
          : undefined;
      return { streams, exports: await exportStates({ database: target, schemas }, app.exports), outage };
    },
    async analytics(request = {}) {
      const target = await database();
      const { migrate } = await import('../state/migrate.ts');
      await migrate(target, schemas, catalogue, request.events ?? app.events);
      return refresh(app, target, request);
    },
    runs: async (limit = 20) => latestRuns(await database(), schemas, limit),
    close,
    [Symbol.asyncDispose]: close,
  };
}
