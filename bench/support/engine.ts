/** A sync in this process, where it can be looked into. */
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Database } from '../../src/core/database/database.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import type { SigmaClient } from '../../src/sigma/client.ts';
import { migrate } from '../../src/state/migrate.ts';
import type { RunReport } from '../../src/state/run-types.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import type { SyncEngine } from '../../src/sync/sync-engine.ts';
import type { SimulatorProcess } from './simulated.ts';
import type { Target } from './target.ts';

/** A sync's database and client, with the application that opened them. */
export interface Works extends AsyncDisposable {
  readonly app: App;
  /** Migrated. */
  readonly database: Database;
  readonly client: SigmaClient;
}

/** Opens it between a simulator and a target. */
export async function openWorks(
  target: Target,
  simulator: SimulatorProcess,
  pace?: Parameters<App['openClient']>[0],
): Promise<Works> {
  const config = loadConfig({ env: { ...simulator.env, ...target.env }, cwd: target.folder });
  const app = createApp({ config, cacheDirectory: target.folder });
  const database = await app.openDatabase();
  await migrate(database, app.schemas, catalogue, app.events);
  const client = await app.openClient(pace);
  return {
    ...{ app, database, client },
    async [Symbol.asyncDispose]() {
      await client.close();
      await database.close();
    },
  };
}

/** Runs a sync. @throws where it is not complete */
export async function syncWhole(
  engine: SyncEngine,
  streams: readonly Stream[] = catalogue,
): Promise<RunReport> {
  const { signal } = new AbortController();
  const options = { streams, full: false, acceptDeletions: false, signal };
  const { report, error } = await runSync(engine, options);
  if (report.status !== 'complete') throw error ?? new Error(`the sync ended ${report.status}`);
  return report;
}
