/** The pages of a planner: one over all organizations, and behind it the site of each. */
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { redact } from '../../core/logging/redact.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Extra } from '../web/routes.ts';
import { openFleetPage } from './fleet-page.ts';
import type { Running } from './fleet-process.ts';
import { lentDatabases } from './lent-databases.ts';
import { plannerControl } from './planner-control.ts';
import { sharedApp } from './run-pages.ts';
import { visitedServices } from './visited-services.ts';

/** Dependencies of {@link openPlannerPages}. */
export interface PlannerPagesOptions extends Pick<Running, 'boss' | 'config' | 'logger' | 'secrets'> {
  /** Further addresses beside the pages. */
  readonly extra?: Readonly<Record<string, Extra>>;
}

/** Starts them where the settings want them. @throws ConfigError where they can't listen */
export async function openPlannerPages({
  boss,
  config,
  logger,
  secrets,
  extra,
}: PlannerPagesOptions): Promise<{ reload(): Promise<void>; close(): Promise<void> }> {
  const events = new EventBus();
  const databases = lentDatabases();
  const hide = (text: string): string => redact(text, secrets.all());
  const organizations = visitedServices({
    ...{ config, databases, logger, onSecrets: secrets.add },
    chosen: () => config().organizations,
    controlOf: (service, organization) => plannerControl(service, organization, boss),
  });
  let app = sharedApp(openFleet({ config: config() }), config(), events, hide);
  const stopLog = logEvents(events, logger, { stateSchema: app.schemas.state });
  const page = await openFleetPage({
    ...{ role: 'planner', organizations, database: organizations.database, app: () => app },
    onFailure: (error) => events.emit('page.failed', { error }),
    ...(extra === undefined ? {} : { extra }),
  });
  events.emit('service.started', { url: page.url, schedules: [] });
  return {
    async reload() {
      app = sharedApp(openFleet({ config: config() }), config(), events, hide);
      await organizations.reload();
      await page.move();
    },
    async close() {
      page.stopping();
      await page.close();
      await databases.close();
      stopLog();
    },
  };
}
