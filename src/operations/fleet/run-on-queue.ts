/** The processes of many organizations: one that plans, and as many as needed that work. */
import type { FleetConfig } from '../../config/fleet.ts';
import type { Database } from '../../core/database/database.ts';
import { lazyDatabase } from '../../core/database/lazy-database.ts';
import { openPostgres } from '../../core/database/postgres.ts';
import { ConfigError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { withFields } from '../../core/logging/logger.ts';
import { type Member, openFleet } from '../../fleet/open-fleet.ts';
import { closed } from '../../runs/with-run.ts';
import { systemClock } from '../../sigma/clock.ts';
import { type FleetFigures, readOrganizations } from '../metrics/fleet-figures.ts';
import { openFleetMetrics } from '../metrics/open-fleet-metrics.ts';
import { listen, probesOf } from '../service/probes.ts';
import { openTracing, type Tracing } from '../tracing/open-tracing.ts';
import { askForViews, takeChores } from './chores.ts';
import { type FleetProcessOptions, type Running, untilStopped } from './fleet-process.ts';
import { plannerHealth, workerHealth } from './health.ts';
import { newcomersOf, plan } from './plan.ts';
import { keepAlerting } from './plan-alerts.ts';
import { type JobData, PLANNER, WORKER } from './queue.ts';
import { readQueue } from './queue-figures.ts';
import { takeJobs } from './work.ts';

/**
 * Plans the jobs of all organizations, sends their alerts, and serves their pages, metrics and health, until a signal stops it.
 *
 * @throws ConfigError; DatabaseError
 */
export async function runPlanner(options: FleetProcessOptions): Promise<void> {
  let alerting: Promise<void> = Promise.resolve();
  await untilStopped(options, { name: PLANNER, concurrency: 1 }, async (running) => {
    const { boss, config, logger, signal } = running;
    let isPlanned = false;
    const planAll = async (): Promise<void> => {
      const fleet = openFleet({ config: config() });
      try {
        const database = await fleet.database();
        const newcomers = await newcomersOf(database, config());
        const { firstLoads, ...counts } = await plan({ boss, database }, fleet.members, newcomers);
        isPlanned = true;
        logger.info('fleet.planned', { ...counts, firstLoads: firstLoads.length });
        await askForViews(boss, 0);
      } catch (error) {
        isPlanned = false;
        throw error;
      } finally {
        await fleet.close();
      }
    };
    const figures = openFigures(config);
    const extra = probesOf({
      metrics: openFleetMetrics({ read: figures.read }),
      health: plannerHealth({ boss, schema: config().queue }, () => isPlanned),
      isStopping: () => signal.aborted,
    });
    // A worker needs none of it.
    const { openPlannerPages } = await import('./planner-pages.ts');
    const pages = await openPlannerPages({ ...running, extra });
    const close = async (): Promise<void> => {
      await pages.close();
      await figures.close();
    };
    try {
      await planAll();
      const onFailure = (chore: string, error: string): void => logger.warn('chore.failed', { chore, error });
      await takeChores({ boss, config, signal, onFailure });
    } catch (error) {
      await close();
      throw error;
    }
    alerting = keepAlerting({ logger, clock: systemClock }, config, signal);
    return {
      async reloaded() {
        await planAll();
        await pages.reload();
      },
      close,
    };
  });
  await alerting;
}

/** Works on jobs until a signal stops it. @throws ConfigError; DatabaseError */
export async function runWorker(
  options: FleetProcessOptions,
  { concurrency, port }: WorkerOptions,
): Promise<void> {
  await untilStopped(options, { name: WORKER, concurrency }, async (running) => {
    const { boss, config, logger, signal, redact } = running;
    const metrics = openFleetMetrics({});
    const tracing = await tracingOf(running);
    const onOpen = ({ name, app }: Member): (() => void) => {
      const stops = [
        logEvents(app.events, withFields(logger, { organization: name }), { stateSchema: app.schemas.state }),
        metrics.follow(name, app.events),
        tracing?.follow(app.events, name),
      ];
      return () => {
        for (const stop of stops) stop?.();
      };
    };
    const onUnknown = ({ organization, job }: JobData): void =>
      logger.warn('job.unknown', {
        ...{ organization, job },
        text: 'The settings of this worker lack it, so it is left to another one. Reload this one by SIGHUP.',
      });
    await takeJobs({ config, boss, signal, onOpen, onUnknown }, concurrency);
    const health = workerHealth({ boss, schema: config().queue });
    const probes = probesOf({ metrics, health, isStopping: () => signal.aborted });
    const service = (): FleetConfig['base']['service'] => config().base.service;
    const at = port ?? service().workerPort;
    const stopListening =
      at === undefined ? undefined : await listen({ probes, port: at, service }, logger, redact);
    return {
      reloaded: async () => undefined,
      close: async () => undefined,
      async closed() {
        await stopListening?.();
        await tracing?.close();
      },
    };
  });
}

/** Options of a worker. */
export interface WorkerOptions {
  /** Jobs at once. */
  readonly concurrency: number;
  /** Port of `/metrics` and `/healthz`; default: that of the settings, or none. */
  readonly port?: number | undefined;
}

/** Reads figures for a planner, over one connection of its own. */
function openFigures(config: () => FleetConfig) {
  const { url } = config().base.database;
  const open = async (): Promise<Database> => {
    if (url === undefined) throw new ConfigError('There is no Postgres server.');
    return openPostgres({ url, maxConnections: 1, applicationName: `${PLANNER} metrics` });
  };
  const database = lazyDatabase(open, closed);
  return {
    async read(now: number): Promise<FleetFigures> {
      const opened = await database.open();
      const organizations = await readOrganizations(opened, config(), now);
      return { organizations, queue: await readQueue(opened, config().queue) };
    },
    close: () => database.close(),
  };
}

/** Traces of runs, where the settings want them. */
async function tracingOf({ config, logger, redact, name }: Running): Promise<Tracing | undefined> {
  const endpoint = config().base.telemetry.tracesEndpoint;
  if (endpoint === undefined) return undefined;
  const events = new EventBus();
  events.on('traces.failed', (fields) => logger.warn('traces.failed', fields));
  return openTracing({ events, endpoint, redact, instance: name });
}
