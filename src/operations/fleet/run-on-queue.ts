/** The processes of many organizations: one that plans, and as many as needed that work. */
import { hostname } from 'node:os';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { describeError } from '../../core/errors.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { type Logger, openLog, withFields } from '../../core/logging/logger.ts';
import { redact } from '../../core/logging/redact.ts';
import { type Member, openFleet } from '../../fleet/open-fleet.ts';
import { systemClock } from '../../sigma/clock.ts';
import { onSignals } from '../service/signals.ts';
import type { Extra } from '../web/routes.ts';
import { openSecrets, type Secrets } from './open-secrets.ts';
import { newcomersOf, plan } from './plan.ts';
import { keepAlerting } from './plan-alerts.ts';
import { openQueue } from './queue.ts';
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

/** Settings of a planner. */
export interface PlannerOptions extends FleetProcessOptions {
  /** Further addresses beside the page. */
  readonly extra?: Readonly<Record<string, Extra>>;
}

/**
 * Plans the jobs of all organizations, and serves their pages, until a signal stops it.
 *
 * @throws ConfigError; DatabaseError
 */
export async function runPlanner(options: PlannerOptions): Promise<void> {
  let alerting: Promise<void> = Promise.resolve();
  await untilStopped(options, 'plan', 1, async (running) => {
    const { boss, config, logger, signal } = running;
    const planAll = async (): Promise<void> => {
      const fleet = openFleet({ config: config() });
      try {
        const database = await fleet.database();
        const newcomers = await newcomersOf(database, config());
        const { firstLoads, ...counts } = await plan({ boss, database }, fleet.members, newcomers);
        logger.info('fleet.planned', { ...counts, firstLoads: firstLoads.length });
        await fleet.refreshViews();
      } finally {
        await fleet.close();
      }
    };
    // A worker needs none of it.
    const { openPlannerPages } = await import('./planner-pages.ts');
    const pages = await openPlannerPages({ ...running, ...options });
    try {
      await planAll();
    } catch (error) {
      await pages.close();
      throw error;
    }
    alerting = keepAlerting({ logger, clock: systemClock }, config, signal);
    return {
      async reloaded() {
        await planAll();
        await pages.reload();
      },
      close: pages.close,
    };
  });
  await alerting;
}

/** Works on jobs until a signal stops it. @param concurrency jobs at once. @throws ConfigError; DatabaseError */
export async function runWorker(options: FleetProcessOptions, concurrency: number): Promise<void> {
  await untilStopped(options, 'work', concurrency, async ({ boss, config, logger, signal }) => {
    const onOpen = ({ name, app }: Member) =>
      logEvents(app.events, withFields(logger, { organization: name }), { stateSchema: app.schemas.state });
    await takeJobs({ config, boss, signal, onOpen }, concurrency);
    return { reloaded: async () => undefined, close: async () => undefined };
  });
}

/** A process under way. */
export interface Running {
  readonly boss: PgBoss;
  readonly config: () => FleetConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Secrets of all settings that were in force, and of what is added. */
  readonly secrets: Secrets;
}

/** The work of a process. */
interface Begun {
  /** Called after each reload of the settings. */
  reloaded(): Promise<void>;
  close(): Promise<void>;
}

/** @param begin begins the work */
async function untilStopped(
  { load, onSecrets }: FleetProcessOptions,
  what: 'plan' | 'work',
  concurrency: number,
  begin: (running: Running) => Promise<Begun>,
): Promise<void> {
  let config = load();
  // Opens nothing: it checks the settings of each organization, and knows all secrets.
  let checked = openFleet({ config });
  const secrets = openSecrets();
  secrets.add(() => checked.secrets());
  onSecrets((text) => redact(text, secrets.all()));
  const logger = openLog(config.base.log, secrets.all);
  const stop = new AbortController();
  const name = `sigma-sync ${what} ${hostname()}:${process.pid}`.slice(0, 63);
  const boss = await openQueue(config, {
    ...{ name, concurrency, plans: what === 'plan' },
    onError: (error) => logger.warn('queue.failed', { error: checked.redact(error) }),
  });
  let begun: Begun | undefined;
  const reload = async (): Promise<void> => {
    try {
      const fresh = load();
      secrets.keep();
      checked = openFleet({ config: fresh });
      config = fresh;
      await begun?.reloaded();
      logger.info('config.reloaded', {});
    } catch (error) {
      logger.error('config.refused', { error: checked.redact(describeError(error)) });
    }
  };
  const stopped = new Promise<void>((ended) => stop.signal.addEventListener('abort', () => ended()));
  const release = onSignals(
    (signal) => stop.abort(stoppedBy(signal)),
    () => void reload(),
  );
  try {
    begun = await begin({ boss, config: () => config, logger, signal: stop.signal, secrets });
    await stopped;
  } finally {
    stop.abort(stoppedBy('the end of the command'));
    await begun?.close();
    await boss.stop({ graceful: true, timeout: PATIENCE_MS });
    release();
  }
}
