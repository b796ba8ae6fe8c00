/** The alerts of a process: it looks, records changes, and notifies the receivers. */
import { hostname } from 'node:os';
import type { Database } from '../../core/database/database.ts';
import { describeError } from '../../core/errors.ts';
import type { AlertsApp } from './alerts-app.ts';
import { DELIVERY_LIMITS, type DeliveryLimits, openCourier, type Send } from './deliver.ts';
import { cleanDetail, senderOf } from './message.ts';
import { Outage, type OutageNews } from './outage.ts';
import { openRounds } from './rounds.ts';

export interface OpenAlertsOptions {
  readonly app: AlertsApp;
  /** A database that is migrated, or will be; its opener closes it. */
  readonly database: () => Promise<Database>;
  /** Time limits of deliveries. */
  readonly limits?: Partial<DeliveryLimits>;
}

export interface Alerts {
  /**
   * Looks whether something is wrong or over, and sends messages about it. To be called about once a minute and after
   * each run, by the process in charge; should two call it at once, each alert is sent once all the same. Resolves
   * when every message was tried, which takes up to half a minute if receivers do not answer: a caller with other
   * things to do does not wait for it. Calls that come meanwhile are served by one more look.
   *
   * A failure of a receiver is no failure here: it is logged as `alert.failed`, and later calls try again.
   *
   * @throws DatabaseError where the state can't be read or written.
   */
  check(now: Date): Promise<void>;
  /**
   * Reports that the database could not be reached. The process in charge calls it after every failed attempt. A
   * lasting outage is reported once, from memory, after two minutes. Resolves when all due messages were tried.
   */
  unreachable(error: unknown): Promise<void>;
  /** The database can be reached: tells so those who know that it could not. */
  reachable(): Promise<void>;
  /** Stops what is timed, and waits for what is being sent. */
  close(): Promise<void>;
}

/** Interval of looking at an outage without calls, in milliseconds. */
const OUTAGE_TICK_MS = 30_000;

/**
 * Opens the alerts of the settings; nothing is read or sent yet. The database records each delivery, so neither a
 * restart nor a second process repeats it.
 *
 * @example
 * const alerts = openAlerts({ app, database: sync.database });
 * setInterval(() => void alerts.check(new Date()).catch(log), 60_000);
 *
 * @throws ConfigError if a schedule names an unknown stream.
 */
export function openAlerts({ app, database, limits }: OpenAlertsOptions): Alerts {
  const courier = openCourier(app, { ...DELIVERY_LIMITS, ...limits });
  const sender = senderOf(app.config, hostname());
  const send: Send = (...message) => courier.send(sender, ...message);
  const rounds = oneAtATime(openRounds(app, database, send));
  const outage = watchOutage(app, send);
  return {
    check: rounds.run,
    unreachable: outage.begin,
    reachable: outage.end,
    async close() {
      outage.close();
      await Promise.allSettled([rounds.idle(), courier.idle()]);
    },
  };
}

/** One call of `work` after the other; those who come during one share the next. */
function oneAtATime(work: (now: Date) => Promise<void>): {
  run(now: Date): Promise<void>;
  idle(): Promise<unknown>;
} {
  let underWay: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (now: Date): Promise<void> => {
    if (underWay === undefined) {
      underWay = work(now).finally(() => {
        underWay = undefined;
      });
      return underWay;
    }
    next ??= underWay
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run(now);
      });
    return next;
  };
  return { run, idle: () => Promise.allSettled([underWay, next]) };
}

/** Reports an outage of the database from memory, once it lasts, and its end. */
export function watchOutage(
  { clock, events, receivers, redact }: Pick<AlertsApp, 'clock' | 'events' | 'receivers' | 'redact'>,
  send: Send,
) {
  const outage = new Outage(receivers);
  let isRaised = false;
  let timer: NodeJS.Timeout | undefined;
  const now = (): Date => new Date(clock.now());
  const close = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  async function tell(): Promise<void> {
    const at = now();
    const error = outage.lasting(at);
    if (error !== undefined && !isRaised) {
      isRaised = true;
      events.emit('alert.raised', { kind: 'failure', subject: 'the database', detail: error });
    }
    await Promise.all(
      outage.due(at).map(async (news: OutageNews) => {
        const failure = await send(news.receiver, [news.item], news.attempt, at);
        outage.done(news, failure === undefined, now());
      }),
    );
    if (outage.isIdle) close();
  }

  return {
    async begin(error: unknown): Promise<void> {
      outage.begin(cleanDetail(describeError(error), redact), now());
      timer ??= setInterval(() => void tell(), OUTAGE_TICK_MS).unref();
      await tell();
    },
    async end(): Promise<void> {
      outage.end(now());
      if (isRaised) events.emit('alert.settled', { kind: 'failure', subject: 'the database' });
      isRaised = false;
      await tell();
    },
    close,
    /** True while no receiver is to get a message. */
    get isIdle() {
      return outage.isIdle;
    },
  };
}
