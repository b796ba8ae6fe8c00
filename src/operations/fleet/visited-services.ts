/** Services of organizations for their pages alone: opened as their pages are visited, over one database. */
import type { FleetConfig, OrganizationConfig } from '../../config/fleet.ts';
import { organizationNamed } from '../../config/load-config.ts';
import type { Database } from '../../core/database/database.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { type Logger, withFields } from '../../core/logging/logger.ts';
import { named } from '../../fleet/open-fleet.ts';
import { placesOf } from '../../fleet/places.ts';
import { refreshViews } from '../../fleet/views.ts';
import { databaseKey } from '../service/accept-settings.ts';
import { openService, type Service } from '../service/service.ts';
import { tracingOf } from '../service/watch.ts';
import type { OpenOrganization, Organizations } from '../web/organizations.ts';
import type { ServiceControl } from '../web/service-control.ts';
import type { LentDatabases } from './lent-databases.ts';

/** Dependencies of {@link visitedServices}. */
export interface VisitedOptions {
  /** The settings in force. */
  readonly config: () => FleetConfig;
  /** The organizations that this process is for. The list is another one after a reload. */
  readonly chosen: () => readonly OrganizationConfig[];
  readonly databases: LentDatabases;
  readonly logger: Logger;
  /** Called with the secrets of each organization that is opened; gives what is to be called when it is closed. */
  readonly onSecrets: (secrets: () => readonly string[]) => () => void;
  /** The process as the pages of an organization see it; default: its service, which runs what somebody asks for. */
  readonly controlOf?: (service: Service, organization: string) => ServiceControl;
}

/** See the head of this file. */
export interface VisitedServices extends Organizations {
  /** The database of all. @throws DatabaseError, LockedError */
  database(): Promise<Database>;
  /** Has the services that are open read their settings again. */
  reload(): Promise<void>;
}

/** Opens nothing yet. */
export function visitedServices(options: VisitedOptions): VisitedServices {
  const { config, chosen, databases } = options;
  const open = new Set<Service>();
  return {
    all: chosen,
    async database() {
      const [first] = chosen();
      if (first === undefined) throw new ConfigError('There is no organization.');
      return databases.lend(databaseKey(first.config), () => openAlone(options, first.name)).open();
    },
    async open(name) {
      try {
        return await openOne(options, name, open);
      } catch (error) {
        if (error instanceof ConfigError) return describeError(error);
        throw error;
      }
    },
    async reload() {
      const names = new Set(config().organizations.map((one) => one.name));
      for (const service of open) if (names.has(service.fleet?.organization ?? '')) await service.reload();
    },
  };
}

/** The database of an organization, before its service is open. */
async function openAlone(options: VisitedOptions, name: string): Promise<Database> {
  return serviceOf(options, name, new EventBus()).app.openDatabase();
}

function serviceOf({ config, databases }: VisitedOptions, name: string, events: EventBus): Service {
  return named(name, () =>
    openService({
      load: () => organizationNamed(config(), name).config,
      fleet: () => ({ fleet: config(), organization: name }),
      lend: databases.lend,
      schedules: false,
      events,
    }),
  );
}

async function openOne(options: VisitedOptions, name: string, open: Set<Service>): Promise<OpenOrganization> {
  const { config, logger, onSecrets, controlOf } = options;
  const events = new EventBus();
  const service = serviceOf(options, name, events);
  const forget = onSecrets(() => service.secrets());
  open.add(service);
  const stopLog = logEvents(events, withFields(logger, { organization: name }), {
    stateSchema: service.app.schemas.state,
  });
  const tracing = await tracingOf(service);
  // A run that somebody asked for may have made tables.
  events.on('schedule.finished', () => {
    void refreshViews(() => service.database(), config().together, placesOf(config()));
  });
  return {
    control: controlOf?.(service, name) ?? service,
    async close() {
      open.delete(service);
      // To let go of a site is no news, but the end of its runs is.
      if (service.running().length === 0) stopLog();
      await service.stop('the end of its visit');
      await tracing?.close();
      stopLog();
      forget();
    },
  };
}
