/** The alerts of a process: looks, writes down what changed, and tells whoever is to know. */
import { hostname } from 'node:os';
import type { Config } from '../../config/schema.ts';
import { type Database, hasTable, inTransaction } from '../../core/database/database.ts';
import { describeError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { ExportDefinition } from '../../exports/decide/definition.ts';
import type { Schemas } from '../../state/schemas.ts';
import { applyChanges, type ClaimedAlert, claim, markFailed, markTold, readOpenAlerts } from './book.ts';
import { type Changes, DRIFT_MEMORY_MS, diff } from './condition.ts';
import { DELIVERY_LIMITS, type DeliveryLimits, deliver } from './deliver.ts';
import { type EvidenceQuestion, readDrift, readRuns, readServed, readWatched } from './evidence.ts';
import { type AlertItem, cleanDetail, messageOf, type Sender, summaryOf } from './message.ts';
import { Outage, type OutageNews } from './outage.ts';
import type { Receiver } from '../../config/receivers.ts';
import { findingsOf } from './rules.ts';
import { PartlyToldError } from './send-mail.ts';
import { turnBook, watchList } from '../freshness/watch-list.ts';

/** What alerts need of an application; `App` has it all. */
export interface AlertsApp {
  readonly config: Config;
  readonly events: EventBus;
  readonly clock: { now(): number };
  readonly schemas: Schemas;
  readonly exports: readonly ExportDefinition[];
  readonly receivers: readonly Receiver[];
  redact(text: string): string;
}

/** Options of {@link openAlerts}. */
export interface OpenAlertsOptions {
  readonly app: AlertsApp;
  /** A database that is migrated, or will be; whoever opened it closes it. */
  readonly database: () => Promise<Database>;
  /** Name of this process, for the messages; default: that of the machine. */
  readonly instance?: string | undefined;
  /** How long deliveries may take. */
  readonly limits?: Partial<DeliveryLimits>;
}

/** See {@link openAlerts}. */
export interface Alerts {
  /**
   * Looks whether something is wrong or over, and tells of it. To be called about once a minute and after each run, by
   * the process in charge; should two call it at once, each alert is told once all the same. Resolves when everything
   * that is to be told was tried, which takes up to half a minute where receivers do not answer: whoever has other
   * things to do does not wait for it. Calls that come meanwhile are served by one more look.
   *
   * What receivers do is no failure: it is told as `alert.failed`, and tried again by later calls.
   *
   * @throws DatabaseError where the state can't be read or written.
   */
  check(now: Date): Promise<void>;
  /**
   * The database could not be reached; to be called with every attempt that failed, by the process that was in charge.
   * That it lasts is told once, from memory, after two minutes. Resolves when what is to be told was tried.
   */
  unreachable(error: unknown): Promise<void>;
  /** The database can be reached: tells so those who know that it could not. */
  reachable(): Promise<void>;
  /** Stops what is timed, and waits for what is being sent. */
  close(): Promise<void>;
}

/** How often an outage is looked at, where nobody calls. */
const OUTAGE_TICK_MS = 30_000;

/**
 * Opens the alerts of the settings; nothing is read or sent yet. What was told to whom is in the database, so that
 * neither a restart nor a second process tells it again.
 *
 * @example
 * const alerts = openAlerts({ app, database: sync.database });
 * setInterval(() => void alerts.check(new Date()).catch(log), 60_000);
 *
 * @throws ConfigError where a schedule names a stream that there is none of.
 */
export function openAlerts({ app, database, instance = hostname(), limits }: OpenAlertsOptions): Alerts {
  const { config, events, receivers, redact, schemas } = app;
  const since = new Date(app.clock.now());
  const sender = senderOf(config, instance);
  const times = { ...DELIVERY_LIMITS, ...limits };
  const schedules = [
    ...config.schedules.map(({ name }) => name),
    ...app.exports.flatMap(({ name, schedule }) => (schedule === undefined ? [] : [`export ${name}`])),
  ];
  const question: Omit<EvidenceQuestion, 'now'> = {
    schemas,
    schedules,
    items: watchList(config, app.exports),
    turns: turnBook(),
  };
  let lastEvent = 0n;
  let checking: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const sending = new Set<Promise<unknown>>();

  async function look(now: Date): Promise<void> {
    const target = await database();
    const isThere = await target.session((session) => hasTable(session, schemas.state, 'alert_messages'));
    if (!isThere) return;
    const changes = await target.session(async (session) => {
      const asked = { ...question, now };
      const drift = await readDrift(session, question, lastEvent, new Date(now.getTime() - DRIFT_MEMORY_MS));
      const findings = findingsOf({
        now,
        since,
        watched: await readWatched(session, asked),
        schedules: await readServed(session, asked),
        runs: await readRuns(session, asked),
        drift: drift.notes,
      });
      const clean = findings.conditions.map((condition) => ({
        ...condition,
        detail: cleanDetail(condition.detail, redact),
      }));
      const found: Changes = diff(
        await readOpenAlerts(session, schemas),
        { ...findings, conditions: clean },
        now,
      );
      const applied = await inTransaction(session, (inner) => applyChanges(inner, schemas, found, now));
      // Runs that end side by side write their notes down side by side: a few are looked at twice.
      lastEvent = drift.last - OVERLAP;
      return applied;
    });
    for (const { kind, subject, detail } of changes.raised)
      events.emit('alert.raised', { kind, subject, detail: detail.replace('\n', ' ') });
    for (const { kind, subject } of changes.settled) events.emit('alert.settled', { kind, subject });
    const told = await Promise.allSettled(receivers.map((receiver) => tell(target, receiver, now)));
    // Each receiver has its turn, whatever became of the others.
    for (const one of told) if (one.status === 'rejected') throw one.reason;
  }

  async function tell(target: Database, receiver: Receiver, now: Date): Promise<void> {
    const claimed = await target.session((session) => claim(session, schemas, receiver, now));
    if (claimed.length === 0) return;
    const attempt = Math.max(...claimed.map(({ attempts }) => attempts));
    const error = await send(receiver, claimed.map(itemOf), attempt, now);
    await target.session((session) =>
      error === undefined
        ? markTold(session, schemas, receiver.name, claimed, now)
        : markFailed(session, schemas, receiver.name, claimed, error, now),
    );
  }

  /** @returns why it did not arrive. */
  async function send(
    receiver: Receiver,
    items: readonly AlertItem[],
    attempt: number,
    now: Date,
  ): Promise<string | undefined> {
    const message = messageOf(sender, items, now, redact);
    const { name } = receiver;
    const delivery = deliver(receiver, message, times);
    const settled = delivery.catch(() => undefined);
    sending.add(settled);
    try {
      await delivery;
    } catch (failure) {
      const error = cleanDetail(describeError(failure), redact);
      events.emit('alert.failed', { receiver: name, attempt, error });
      if (!(failure instanceof PartlyToldError)) return error;
    } finally {
      sending.delete(settled);
    }
    const kind = [...new Set(items.map((item) => item.kind))].join(', ');
    events.emit('alert.sent', { receiver: name, kind, subject: summaryOf(message) });
    return undefined;
  }

  const outage = new Outage(receivers);
  let isOutageRaised = false;
  let timer: NodeJS.Timeout | undefined;

  async function tellOutage(now: Date): Promise<void> {
    const error = outage.lasting(now);
    if (error !== undefined && !isOutageRaised) {
      isOutageRaised = true;
      events.emit('alert.raised', { kind: 'failure', subject: 'the database', detail: error });
    }
    await Promise.all(
      outage.due(now).map(async (news: OutageNews) => {
        const failure = await send(news.receiver, [news.item], news.attempt, now);
        outage.done(news, failure === undefined, new Date(app.clock.now()));
      }),
    );
    if (outage.isIdle) stopTimer();
  }

  function stopTimer(): void {
    clearInterval(timer);
    timer = undefined;
  }

  // One look after the other; those who come during one share the next.
  function check(at: Date): Promise<void> {
    if (checking === undefined) {
      checking = look(at).finally(() => {
        checking = undefined;
      });
      return checking;
    }
    next ??= checking
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return check(at);
      });
    return next;
  }

  const now = (): Date => new Date(app.clock.now());
  return {
    check,
    async unreachable(error) {
      outage.begin(cleanDetail(describeError(error), redact), now());
      timer ??= setInterval(() => void tellOutage(now()), OUTAGE_TICK_MS).unref();
      await tellOutage(now());
    },
    async reachable() {
      outage.end(now());
      if (isOutageRaised) events.emit('alert.settled', { kind: 'failure', subject: 'the database' });
      isOutageRaised = false;
      await tellOutage(now());
    },
    async close() {
      stopTimer();
      await Promise.allSettled([checking, next, ...sending].filter((one) => one !== undefined));
    },
  };
}

/** Events that are looked at once more. */
const OVERLAP = 1000n;

const itemOf = ({ kind, subject, detail, raisedAt, state, runId }: ClaimedAlert): AlertItem => ({
  ...{ kind, subject, detail, state, runId },
  since: raisedAt,
});

/** Where the messages of these settings come from. */
export function senderOf(config: Config, instance: string): Sender {
  const { baseUrl } = config.sigma;
  return {
    instance,
    organization: baseUrl === undefined ? null : (URL.parse(baseUrl)?.host ?? null),
    schema: config.database.schema,
    page: config.service.publicUrl?.replace(/\/+$/, ''),
  };
}
