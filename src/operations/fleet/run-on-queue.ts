/** The processes of many organizations: one that plans, and as many as needed that work. */
import { hostname } from 'node:os';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import type { Database } from '../../core/database/database.ts';
import { lazyDatabase } from '../../core/database/lazy-database.ts';
import { openPostgres } from '../../core/database/postgres.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import { EventBus } from '../../core/events/bus.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { openLog, type Logger, withFields } from '../../core/logging/logger.ts';
import { type Member, openFleet } from '../../fleet/open-fleet.ts';
import { closed } from '../../runs/with-run.ts';
import { type FleetFigures, readOrganizations } from '../metrics/fleet-figures.ts';
import { openFleetMetrics } from '../metrics/open-fleet-metrics.ts';
import { listen, type Probes, probesOf } from '../service/probes.ts';
import { onSignals } from '../service/signals.ts';
import { openTracing, type Tracing } from '../tracing/open-tracing.ts';
import { plannerHealth, workerHealth } from './health.ts';
import { newcomersOf, plan } from './plan.ts';
import { readQueue } from './queue-figures.ts';
import { openQueue, PLANNER, WORKER } from './queue.ts';
import { stoppedBy, takeJobs } from './work.ts';

/** A stop waits so long for runs to end, in milliseconds; then they count as interrupted. */
export const PATIENCE_MS = 20_000;

/** Settings of a process of many organizations. */
export interface FleetProcessOptions {
  /** Reads the settings; called again by each SIGHUP. @throws ConfigError */
  readonly load: () => FleetConfig;
  /** Given the settings' secrets as they become known, so that no output shows them. */
  readonly onSecrets: (redact: (text: string) => string) => void;
}

/** Plans the jobs of all organizations until a signal stops it. @throws ConfigError; DatabaseError */
export async function runPlanner(options: FleetProcessOptions): Promise<void> {
  await untilStopped(options, { name: PLANNER, concurrency: 1 }, async (running) => {
    const { boss, config, logger } = running;
    let isPlanned = false;
    const planAll = async (): Promise<void> => {
      const fleet = openFleet({ config: config() });
      try {
        const database = await fleet.database();
        const newcomers = await newcomersOf(database, config());
        const { firstLoads, ...counts } = await plan({ boss, database }, fleet.members, newcomers);
        isPlanned = true;
        logger.info('fleet.planned', { ...counts, firstLoads: firstLoads.length });
        await fleet.refreshViews();
      } catch (error) {
        isPlanned = false;
        throw error;
      } finally {
        await fleet.close();
      }
    };
    const figures = openFigures(config);
    const metrics = openFleetMetrics({ read: figures.read });
    const health = plannerHealth({ boss, schema: config().queue }, () => isPlanned);
    const probes = probesOf({ metrics, health, isStopping: () => running.signal.aborted });
    const stopListening = await listenOf(running, probes, config().base.service.port);
    const close = async (): Promise<void> => {
      await stopListening();
      await figures.close();
    };
    try {
      await planAll();
    } catch (error) {
      await close();
      throw error;
    }
    return { afterReload: planAll, close };
  });
}

/** Works on jobs until a signal stops it. @throws ConfigError; DatabaseError */
export async function runWorker(
  options: FleetProcessOptions,
  { concurrency, port }: WorkerOptions,
): Promise<void> {
  await untilStopped(options, { name: WORKER, concurrency }, async (running) => {
    const { boss, config, logger, signal } = running;
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
    await takeJobs({ config, boss, signal, onOpen }, concurrency);
    const health = workerHealth({ boss, schema: config().queue });
    const probes = probesOf({ metrics, health, isStopping: () => signal.aborted });
    const stopListening = await listenOf(running, probes, port ?? config().base.service.workerPort);
    return {
      afterReload: async () => undefined,
      async close() {
        await stopListening();
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

/** Listens, where a port is given. */
async function listenOf(
  { config, logger, redact }: Running,
  probes: Probes,
  port: number | undefined,
): Promise<() => Promise<void>> {
  if (port === undefined) return async () => undefined;
  return listen({ probes, port, service: () => config().base.service }, logger, redact);
}

interface Running {
  readonly boss: PgBoss;
  readonly config: () => FleetConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly redact: (text: string) => string;
  /** Name of the process. */
  readonly name: string;
}

/** Work that has begun. */
interface Begun {
  /** Follows each reload of the settings. */
  afterReload(): Promise<void>;
  /** Called once the queue is left. */
  close(): Promise<void>;
}

async function untilStopped(
  { load, onSecrets }: FleetProcessOptions,
  { name: kind, concurrency }: { readonly name: string; readonly concurrency: number },
  begin: (running: Running) => Promise<Begun>,
): Promise<void> {
  let config = load();
  // Opens nothing: it checks the settings of each organization, and knows all secrets.
  let checked = openFleet({ config });
  const redact = (text: string): string => checked.redact(text);
  onSecrets(redact);
  const logger = openLog(config.base.log, () => checked.secrets());
  const stop = new AbortController();
  const name = `${kind} ${hostname()}:${process.pid}`.slice(0, 63);
  const boss = await openQueue(config, {
    ...{ name, concurrency, plans: kind === PLANNER },
    onError: (error) => logger.warn('queue.failed', { error: redact(error) }),
  });
  let begun: Begun | undefined;
  const reload = async (): Promise<void> => {
    try {
      const fresh = load();
      checked = openFleet({ config: fresh });
      config = fresh;
      await begun?.afterReload();
      logger.info('config.reloaded', {});
    } catch (error) {
      logger.error('config.refused', { error: redact(describeError(error)) });
    }
  };
  const stopped = new Promise<void>((ended) => stop.signal.addEventListener('abort', () => ended()));
  const release = onSignals(
    (signal) => stop.abort(stoppedBy(signal)),
    () => void reload(),
  );
  try {
    begun = await begin({ boss, config: () => config, logger, signal: stop.signal, redact, name });
    await stopped;
  } finally {
    stop.abort(stoppedBy('the end of the command'));
    await boss.stop({ graceful: true, timeout: PATIENCE_MS });
    await begun?.close();
    release();
  }
}
