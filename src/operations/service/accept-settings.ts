/** Settings in force: what is made of them, and the database they name. */
import { type App, createApp } from '../../app.ts';
import { requireCredentials } from '../../config/credentials.ts';
import type { FleetConfig } from '../../config/fleet.ts';
import type { Config } from '../../config/schema.ts';
import { type LazyDatabase, lazyDatabase } from '../../core/database/lazy-database.ts';
import { InterruptedError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { placesOf } from '../../fleet/places.ts';
import { detach } from '../../fleet/views.ts';
import { createSync } from '../../runs/create-sync.ts';
import type { Sync } from '../../runs/requests.ts';
import type { Clock } from '../../sigma/clock.ts';
import { sessionName } from '../../state/lease.ts';
import { schemasFor } from '../../state/schemas.ts';
import { compileJobs, type Job } from './jobs.ts';
import { type Spread, spreadOf } from './timetable.ts';

/** Settings that were accepted. */
export interface SettingsInForce {
  readonly app: App;
  readonly jobs: readonly Job[];
  readonly sync: Sync;
  /** Their database; its key is equal where two settings can share the connections. */
  readonly target: LazyDatabase & { readonly key: string };
  /** The delay of its scheduled runs, against those of other organizations. */
  readonly spread: Spread | undefined;
  /** Database and schema: equal where two settings keep the same tables. */
  readonly place: string;
}

/** One of several organizations, with all of them. */
export interface OneOfFleet {
  readonly fleet: FleetConfig;
  readonly organization: string | undefined;
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
  /** The organization and all others, if there are several. */
  readonly fleet?: (() => OneOfFleet) | undefined;
  /** Gives a database that services of the process share, by its key. */
  readonly lend?: ((key: string, open: LazyDatabase['open']) => LazyDatabase) | undefined;
  /** Connections for the runs of others on that database. */
  readonly moreConnections?: number | undefined;
  /** False where every turn is to be served as soon as it comes. */
  readonly spreads?: boolean | undefined;
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
    ...{ config, events, clock, signal, detach: detachIn(shared.fleet?.()) },
    // A run of streams, one of exports, the page and the lease must not wait for each other's connections.
    spareConnections: 8 + (shared.moreConnections ?? 0),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
    ...(holder === undefined
      ? {}
      : { applicationName: sessionName(schemasFor(config.database.schema), holder) }),
  });
  // A process that runs schedules for months should not find out at night; the page alone shows what is there.
  if (holder !== undefined) requireCredentials(config);
  const jobs = compileJobs(app);
  const { url, directory, schema } = config.database;
  const key = databaseKey(config);
  const place = JSON.stringify([url ?? directory, schema]);
  const target =
    before?.target.key === key
      ? before.target
      : { key, ...(shared.lend?.(key, app.openDatabase) ?? lazyDatabase(app.openDatabase, closed)) };
  const sync = createSync({ app, database: target.open });
  return { app, jobs, target, place, sync, spread: spreadIn(shared, config) };
}

/** Equal where two settings can share the connections. */
export function databaseKey({ database: { url, directory, connections }, sync }: Config): string {
  // A folder can be opened once, whatever else changes.
  return url === undefined ? directory : JSON.stringify([url, connections, sync.exportsConcurrency]);
}

/** Takes the answers of one of several organizations out of the views over all. */
function detachIn(one: OneOfFleet | undefined): App['detach'] {
  if (one?.organization === undefined) return undefined;
  const { fleet, organization } = one;
  return (session, view) => detach(session, fleet.together, placesOf(fleet), { organization, view });
}

function spreadIn({ fleet, spreads = true }: Shared, { service }: Config): Spread | undefined {
  const one = fleet?.();
  if (one?.organization === undefined || !spreads) return undefined;
  return spreadOf(one.organization, service, one.fleet.organizations.length);
}

/** The error of a database that is used after its service ended. */
export const closed = (): Error => new InterruptedError('The database was closed.');
