/** Settings in force: what is made of them, and the database they name. */
import { type App, createApp } from '../../app.ts';
import type { Config } from '../../config/schema.ts';
import { createSync } from '../../runs/create-sync.ts';
import type { Sync } from '../../runs/requests.ts';
import { type LazyDatabase, lazyDatabase } from '../../core/database/lazy-database.ts';
import { InterruptedError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { requireCredentials } from '../../config/credentials.ts';
import type { Clock } from '../../sigma/clock.ts';
import { sessionName } from '../../state/lease.ts';
import { schemasFor } from '../../state/schemas.ts';
import { compileJobs, type Job } from './jobs.ts';

/** Settings that were accepted. */
export interface SettingsInForce {
  readonly app: App;
  readonly jobs: readonly Job[];
  readonly sync: Sync;
  /** Their database; its key is equal where two settings can share the connections. */
  readonly target: LazyDatabase & { readonly key: string };
  /** Database and schema: equal where two settings keep the same tables. */
  readonly place: string;
}

/** Values that a service shares among its settings. */
export interface Shared {
  readonly events: EventBus;
  readonly clock: Clock;
  readonly cacheDirectory?: string | undefined;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
  /** Name of the process, where it may have the lease and runs schedules; see `endSilentSessions`. */
  readonly holder?: string | undefined;
}

/**
 * Accepts settings as a whole, or not at all; nothing is opened yet.
 *
 * @param before settings in force: their database is kept where it is the same.
 * @throws ConfigError
 */
export function acceptSettings(config: Config, shared: Shared, before?: SettingsInForce): SettingsInForce {
  const { events, clock, cacheDirectory, holder, signal } = shared;
  const app = createApp({
    ...{ config, events, clock, signal },
    // A run of streams, one of exports, the page and the lease must not wait for each other's connections.
    spareConnections: 8,
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(holder === undefined
      ? {}
      : { applicationName: sessionName(schemasFor(config.database.schema), holder) }),
  });
  // A process that runs schedules for months should not find out at night; the page alone shows what is there.
  if (holder !== undefined) requireCredentials(config);
  const jobs = compileJobs(app);
  const { url, directory, schema, connections } = config.database;
  // A folder can be opened once, whatever else changes.
  const key =
    url === undefined ? directory : JSON.stringify([url, connections, config.sync.exportsConcurrency]);
  const place = JSON.stringify([url ?? directory, schema]);
  const target =
    before?.target.key === key ? before.target : { key, ...lazyDatabase(app.openDatabase, closed) };
  return { app, jobs, target, place, sync: createSync({ app, database: target.open }) };
}

const closed = (): Error => new InterruptedError('The database was closed.');
