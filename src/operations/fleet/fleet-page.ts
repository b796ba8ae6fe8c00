/** The page of a process of many organizations: one over all of them, and behind it the site of each. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { App } from '../../app.ts';
import type { Database } from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import { type KeptPage, keepPage } from '../service/keep-page.ts';
import type { Organizations } from '../web/organizations.ts';
import type { Extra } from '../web/routes.ts';
import type { ServiceControl } from '../web/service-control.ts';
import { startWeb } from '../web/start-web.ts';

/** Dependencies of {@link openFleetPage}. */
export interface FleetPageOptions {
  readonly role: ServiceControl['role'];
  /** The settings that organizations share, with the secrets of all; another one after a reload. */
  readonly app: () => App;
  readonly organizations: Organizations;
  /** The database of all. @throws DatabaseError, LockedError */
  readonly database: () => Promise<Database>;
  /** Why the settings that were loaded last were refused. */
  readonly refusedConfig?: () => string | undefined;
  /** Further addresses, such as `/metrics`. They replace those of the same path, `/healthz` and `/readyz` included. */
  readonly extra?: Readonly<Record<string, Extra>>;
  /** Called with the reason if the page could not move after a reload. */
  readonly onFailure: (error: string) => void;
}

/** Starts the page where the settings want it. @throws ConfigError where it can't listen, or would stand open to others. */
export function openFleetPage(options: FleetPageOptions): Promise<KeptPage> {
  const { app, organizations, extra, onFailure } = options;
  const control = controlOf(options);
  return keepPage({
    settings: () => app().config.service,
    start: () => startWeb({ control, organizations, ...(extra === undefined ? {} : { extra }) }),
    onFailure,
  });
}

/** The process as the page over all organizations sees it: it runs nothing by itself. */
function controlOf({ role, app, database, refusedConfig }: FleetPageOptions): ServiceControl {
  const elsewhere = async (): Promise<never> => {
    throw new ConfigError('This page is about all organizations. Open the pages of one.');
  };
  return {
    instance: `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
    startedAt: new Date(app().clock.now()),
    role,
    unreachable: undefined,
    get app() {
      return app();
    },
    get refusedConfig() {
      return refusedConfig?.();
    },
    database,
    schedules: async () => [],
    running: () => [],
    ended: () => undefined,
    trigger: elsewhere,
    ask: elsewhere,
    cancel: () => false,
  };
}
