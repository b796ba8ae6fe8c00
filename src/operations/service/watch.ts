/** Looks after a service: alerts, traces, and the removal of old records. */

import type { Config } from '../../config/schema.ts';
import { DatabaseError } from '../../core/errors.ts';
import { placesOf } from '../../fleet/places.ts';
import { refreshViews } from '../../fleet/views.ts';
import { type Alerts, openAlerts } from '../alerts/open-alerts.ts';
import { openTracing, type Tracing } from '../tracing/open-tracing.ts';
import { keepHouse } from '../upkeep/housekeeping.ts';
import type { Chore } from './chores.ts';
import type { Service } from './service.ts';

const ALERTS = 'alerts';
const HOUSEKEEPING = 'housekeeping';
const VIEWS = 'views over all organizations';
const DAY_MS = 86_400_000;
const VIEWS_MS = 600_000;

export type Watch = Awaited<ReturnType<typeof openWatch>>;

/** Starts to look after a service. @param alertsOf its alerts; one of several organizations shares them with the others */
export async function openWatch(service: Service, alertsOf: (service: Service) => Alerts = ownAlerts) {
  const { events } = service;
  let tracing = await tracingOf(service);
  let alerts = alertsOf(service);
  const isInCharge = (): boolean => service.role === 'leader';
  // Failures here are reported by events of their own, and must not end the process.
  const quietly = (work: Promise<void>): void => void work.catch(() => undefined);
  const stops = [
    // A process that only waits, or serves the page, leaves it to the one in charge.
    events.on('service.unreachable', ({ error }) => {
      if (isInCharge()) quietly(alerts.unreachable(error));
    }),
    events.on('service.recovered', () => quietly(alerts.reachable())),
    events.on('schedule.finished', () => {
      service.hurry(ALERTS);
      service.hurry(HOUSEKEEPING);
      service.hurry(VIEWS);
    }),
    events.on('config.reloaded', () => {
      quietly(alerts.close());
      alerts = alertsOf(service);
      quietly(
        (async () => {
          await tracing?.close();
          tracing = await tracingOf(service);
        })(),
      );
    }),
  ];
  service.addChores([
    { name: ALERTS, everyMs: 60_000, run: () => alerts.check(new Date(service.app.clock.now())) },
    {
      name: HOUSEKEEPING,
      everyMs: DAY_MS,
      run: async () => keepHouse(service.app, await service.database()),
    },
    ...(service.fleet?.organization === undefined ? [] : [viewsOf(service)]),
  ]);
  return {
    /** Sends what is left to send, and stops. */
    async close(): Promise<void> {
      for (const stop of stops) stop();
      await Promise.all([alerts.close(), tracing?.close()]);
    },
  };
}

function ownAlerts(service: Service): Alerts {
  const { app, pagePath } = service;
  return openAlerts({
    app: { ...app, config: withPages(app.config, pagePath) },
    database: () => service.database(),
  });
}

/** The settings with the public address of the pages of this organization, to which alerts lead. */
function withPages(config: Config, pagePath: string): Config {
  const { publicUrl } = config.service;
  if (publicUrl === undefined || pagePath === '') return config;
  return { ...config, service: { ...config.service, publicUrl: publicUrl.replace(/\/+$/, '') + pagePath } };
}

/** Traces of its runs, where the settings want them. */
export async function tracingOf(service: Service): Promise<Tracing | undefined> {
  const { app, events, instance } = service;
  const endpoint = app.config.telemetry.tracesEndpoint;
  if (endpoint === undefined) return undefined;
  const { organization } = service.fleet ?? {};
  return openTracing({ events, endpoint, redact: app.redact, instance, organization });
}

/** Makes the views over all organizations what they are to be. */
function viewsOf(service: Service): Chore {
  return {
    name: VIEWS,
    everyMs: VIEWS_MS,
    async run() {
      const { fleet } = service.fleet ?? {};
      if (fleet === undefined) return;
      const { failed } = await refreshViews(() => service.database(), fleet.together, placesOf(fleet));
      const [first] = failed;
      if (first !== undefined) throw new DatabaseError(`${first.view}: ${first.error}`);
    },
  };
}
