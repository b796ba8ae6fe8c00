/** A process of many organizations: its settings, its queue and its log, until a signal stops it. */
import { hostname } from 'node:os';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { describeError } from '../../core/errors.ts';
import { type Logger, openLog } from '../../core/logging/logger.ts';
import { redact } from '../../core/logging/redact.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import { onSignals } from '../service/signals.ts';
import { openSecrets, type Secrets } from './open-secrets.ts';
import { untilReachable } from './patience.ts';
import { openQueue, PLANNER } from './queue.ts';
import { stoppedBy } from './work.ts';

/** A stop waits so long for runs to end, in milliseconds; then they count as interrupted. */
export const PATIENCE_MS = 20_000;

/** Settings of a process of many organizations. */
export interface FleetProcessOptions {
  /** Reads the settings; called again by each SIGHUP. @throws ConfigError */
  readonly load: () => FleetConfig;
  /** Given the settings' secrets as they become known, so that no output shows them. */
  readonly onSecrets: (redact: (text: string) => string) => void;
}

/** A process under way. */
export interface Running {
  readonly boss: PgBoss;
  readonly config: () => FleetConfig;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Secrets of all settings that were in force, and of what is added. */
  readonly secrets: Secrets;
  readonly redact: (text: string) => string;
  /** Name of the process. */
  readonly name: string;
}

/** The work of a process. */
export interface Begun {
  /** Called after each reload of the settings. */
  reloaded(): Promise<void>;
  /** Called at the end, while the queue is still there. */
  close(): Promise<void>;
  /** Called once the queue is left. */
  closed?(): Promise<void>;
}

/** @param begin begins the work. @throws ConfigError; DatabaseError */
export async function untilStopped(
  { load, onSecrets }: FleetProcessOptions,
  { name: kind, concurrency }: { readonly name: string; readonly concurrency: number },
  begin: (running: Running) => Promise<Begun>,
): Promise<void> {
  let config = load();
  // Opens nothing: it checks the settings of each organization, and knows all secrets.
  let checked = openFleet({ config });
  const secrets = openSecrets();
  secrets.add(() => checked.secrets());
  const hide = (text: string): string => redact(text, secrets.all());
  onSecrets(hide);
  const logger = openLog(config.base.log, secrets.all);
  const stop = new AbortController();
  const name = `${kind} ${hostname()}:${process.pid}`.slice(0, 63);
  const { signal } = stop;
  const patience = { signal, logger, redact: hide };
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
      logger.error('config.refused', { error: hide(describeError(error)) });
    }
  };
  const stopped = new Promise<void>((ended) => stop.signal.addEventListener('abort', () => ended()));
  const release = onSignals(
    (signal) => stop.abort(stoppedBy(signal)),
    () => void reload(),
  );
  let boss: PgBoss | undefined;
  try {
    boss = await untilReachable(
      () =>
        openQueue(config, {
          ...{ name, concurrency, plans: kind === PLANNER },
          onError: (error) => logger.warn('queue.failed', { error: hide(error) }),
        }),
      patience,
    );
    const opened = boss;
    if (opened === undefined) return;
    begun = await untilReachable(
      () => begin({ boss: opened, config: () => config, logger, signal, secrets, redact: hide, name }),
      patience,
    );
    await stopped;
  } finally {
    stop.abort(stoppedBy('the end of the command'));
    await begun?.close();
    await boss?.stop({ graceful: true, timeout: PATIENCE_MS });
    await begun?.closed?.();
    release();
  }
}
