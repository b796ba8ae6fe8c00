/** The page over the organizations of a rig, and plain requests to it. */

import type { FleetConfig } from '../../src/config/fleet.ts';
import { lentDatabase } from '../../src/core/database/lazy-database.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { openLog } from '../../src/core/logging/logger.ts';
import { openFleet } from '../../src/fleet/open-fleet.ts';
import { type FleetPageOptions, openFleetPage } from '../../src/operations/fleet/fleet-page.ts';
import { sharedApp } from '../../src/operations/fleet/run-pages.ts';
import { type VisitedOptions, visitedServices } from '../../src/operations/fleet/visited-services.ts';
import { closed } from '../../src/operations/service/accept-settings.ts';
import type { FleetRig } from './fleet-rig.ts';
import { type Answer, type SendOptions, sendTo } from './web.ts';

/** Settings that every page of a test has. */
export const PAGE_SETTINGS = {
  service: { port: 0 },
  log: { level: 'error' },
  schedules: [{ name: 'nightly', cron: '15 2 * * *' }],
} as const;

/** See {@link openFleetWeb}. */
export interface FleetWeb extends AsyncDisposable {
  readonly url: string;
  send(path: string, options?: SendOptions): Promise<Answer>;
}

/** Serves the pages of these organizations, as `serve` does. */
export async function openFleetWeb(
  rig: Pick<FleetRig, 'database'>,
  config: FleetConfig,
  more: Partial<FleetPageOptions> & Pick<Partial<VisitedOptions>, 'controlOf'> = {},
): Promise<FleetWeb> {
  const { controlOf, ...others } = more;
  const fleet = openFleet({ config, database: rig.database });
  const organizations = visitedServices({
    config: () => config,
    chosen: () => config.organizations,
    databases: { lend: () => lentDatabase(rig.database, closed), close: async () => undefined },
    logger: openLog(config.base.log, fleet.secrets),
    onSecrets: () => () => undefined,
    ...(controlOf === undefined ? {} : { controlOf }),
  });
  const app = sharedApp(fleet, config, new EventBus(), fleet.redact);
  const page = await openFleetPage({
    ...{ role: 'page', organizations, database: organizations.database, app: () => app },
    onFailure: (error) => {
      throw new Error(error);
    },
    ...others,
  });
  const port = Number(new URL(page.url).port);
  return {
    url: page.url,
    send: (path, options) => sendTo(port, path, options),
    async [Symbol.asyncDispose]() {
      await page.close();
      await fleet.close();
    },
  };
}
