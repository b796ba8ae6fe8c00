/** The processes of many organizations: one that plans, and as many as needed that work. */
import { hostname } from 'node:os';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { describeError } from '../../core/errors.ts';
import { logEvents } from '../../core/logging/log-events.ts';
import { openLog, type Logger, withFields } from '../../core/logging/logger.ts';
import { type Member, openFleet } from '../../fleet/open-fleet.ts';
import { onSignals } from '../service/signals.ts';
import { askForViews, takeChores } from './chores.ts';
import { newcomersOf, plan } from './plan.ts';
import { type JobData, openQueue } from './queue.ts';
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
  await untilStopped(options, 'plan', 1, async ({ boss, config, logger, signal }) => {
    const planAll = async (): Promise<void> => {
      const fleet = openFleet({ config: config() });
      try {
        const database = await fleet.database();
        const newcomers = await newcomersOf(database, config());
        const { firstLoads, ...counts } = await plan({ boss, database }, fleet.members, newcomers);
        logger.info('fleet.planned', { ...counts, firstLoads: firstLoads.length });
        await askForViews(boss, 0);
      } finally {
        await fleet.close();
      }
    };
    await planAll();
    const onFailure = (chore: string, error: string): void => logger.warn('chore.failed', { chore, error });
    await takeChores({ boss, config, signal, onFailure });
    return planAll;
  });
}

/** Works on jobs until a signal stops it. @param concurrency jobs at once. @throws ConfigError; DatabaseError */
export async function runWorker(options: FleetProcessOptions, concurrency: number): Promise<void> {
  await untilStopped(options, 'work', concurrency, async ({ boss, config, logger, signal }) => {
    const onOpen = ({ name, app }: Member) =>
      logEvents(app.events, withFields(logger, { organization: name }), { stateSchema: app.schemas.state });
    const onUnknown = ({ organization, job }: JobData): void =>
      logger.warn('job.unknown', {
        ...{ organization, job },
        text: 'The settings of this worker lack it, so it is left to another one. Reload this one by SIGHUP.',
      });
    await takeJobs({ config, boss, signal, onOpen, onUnknown }, concurrency);
    return async () => undefined;
  });
}

interface Running {
  readonly boss: PgBoss;
  readonly config: () => FleetConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** @param begin begins the work, and gives what follows each reload of the settings. */
async function untilStopped(
  { load, onSecrets }: FleetProcessOptions,
  what: 'plan' | 'work',
  concurrency: number,
  begin: (running: Running) => Promise<() => Promise<void>>,
): Promise<void> {
  let config = load();
  // Opens nothing: it checks the settings of each organization, and knows all secrets.
  let checked = openFleet({ config });
  onSecrets((text) => checked.redact(text));
  const logger = openLog(config.base.log, () => checked.secrets());
  const stop = new AbortController();
  const name = `sigma-sync ${what} ${hostname()}:${process.pid}`.slice(0, 63);
  const boss = await openQueue(config, {
    ...{ name, concurrency, plans: what === 'plan' },
    onError: (error) => logger.warn('queue.failed', { error: checked.redact(error) }),
  });
  let afterReload: () => Promise<void> = async () => undefined;
  const reload = async (): Promise<void> => {
    try {
      const fresh = load();
      checked = openFleet({ config: fresh });
      config = fresh;
      await afterReload();
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
    afterReload = await begin({ boss, config: () => config, logger, signal: stop.signal });
    await stopped;
  } finally {
    stop.abort(stoppedBy('the end of the command'));
    await boss.stop({ graceful: true, timeout: PATIENCE_MS });
    release();
  }
}
