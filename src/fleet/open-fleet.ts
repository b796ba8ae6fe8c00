/** Several organizations of one configuration: an application for each, over one database. */
import { type App, createApp } from '../app.ts';
import type { FleetConfig, OrganizationConfig } from '../config/fleet.ts';
import type { Database } from '../core/database/database.ts';
import { lazyDatabase, lentDatabase } from '../core/database/lazy-database.ts';
import { ConfigError } from '../core/errors.ts';
import { redact } from '../core/logging/redact.ts';
import { createSync } from '../runs/create-sync.ts';
import type { Sync } from '../runs/requests.ts';
import { closed } from '../runs/with-run.ts';
import { placesOf } from './places.ts';
import { areInViews, detach, refreshViews, type ViewsResult } from './views.ts';

/** One organization at work. */
export interface Member {
  readonly name: string;
  readonly app: App;
  readonly sync: Sync;
}

/** Organizations at work. Close it when done. */
export interface Fleet {
  readonly members: readonly Member[];
  /** The database of all; opened by the first call. @throws DatabaseError, LockedError */
  database(): Promise<Database>;
  /** Everything that must never be shown, of all of them. */
  secrets(): readonly string[];
  /** Takes every secret out of a text. */
  redact(text: string): string;
  /** Makes the views over all organizations what they are to be. It never throws. */
  refreshViews(): Promise<ViewsResult>;
  /** True where these views show all tables of the opened organizations. @throws DatabaseError */
  areInViews(): Promise<boolean>;
  close(): Promise<void>;
}

/** Options of `openFleet`. */
export interface FleetOptions {
  readonly config: FleetConfig;
  /** Those that are opened; default: all. */
  readonly chosen?: readonly OrganizationConfig[];
  /** Number of them at work at once; default 1. */
  readonly atOnce?: number;
  readonly signal?: AbortSignal;
  /** Name of their sessions in the server's list. */
  readonly applicationName?: string;
  /** A database that is already open; its opener closes it. */
  readonly database?: () => Promise<Database>;
}

/** Connections that one more run at the same time needs. */
export const CONNECTIONS_EACH = 4;

/** Opens organizations; nothing is connected yet. @throws ConfigError that names the organization. */
export function openFleet(options: FleetOptions): Fleet {
  const { config, chosen, atOnce = 1, signal, database, applicationName } = options;
  const places = placesOf(config);
  const { together } = config;
  const spareConnections = CONNECTIONS_EACH * (atOnce - 1);
  const apps = (chosen ?? config.organizations).map(({ name, config: own }) => {
    const app = named(name, () =>
      createApp({
        ...{ config: own, spareConnections },
        ...(signal === undefined ? {} : { signal }),
        ...(applicationName === undefined ? {} : { applicationName }),
        detach: (session, view) => detach(session, together, places, { organization: name, view }),
      }),
    );
    return { name, app };
  });
  const secrets = (): readonly string[] => [...new Set(apps.flatMap(({ app }) => app.secrets()))];
  const hide = (text: string): string => redact(text, secrets());
  const [first] = apps;
  const open = async (): Promise<Database> => {
    if (first === undefined) throw new ConfigError('There is no organization.');
    return first.app.openDatabase();
  };
  const shared = database === undefined ? lazyDatabase(open, closed) : lentDatabase(database, closed);
  const members = apps.map(({ name, app: own }): Member => {
    // A message of one may hold a secret of another, such as a new password of the database.
    const app: App = { ...own, secrets, redact: hide };
    return { name, app, sync: createSync({ app, database: shared.open }) };
  });
  return {
    ...{ members, secrets, redact: hide },
    database: shared.open,
    refreshViews: () => refreshViews(shared.open, together, places),
    areInViews: async () => {
      const opened = new Set(members.map(({ name }) => name));
      return areInViews(
        await shared.open(),
        together,
        places.filter(({ name }) => opened.has(name)),
      );
    },
    async close() {
      for (const { sync } of members) await sync.close();
      await shared.close();
    },
  };
}

/** Says of which organization a setting is wrong. @throws what `make` throws */
export function named<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { advice } = error;
    throw new ConfigError(`Organization ${name}: ${error.message}`, {
      cause: error,
      ...(advice === undefined ? {} : { advice }),
    });
  }
}
