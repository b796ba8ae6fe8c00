/** Rounds of the alerts: each reads the state, records changes, and notifies the receivers. */
import type { Receiver } from '../../config/receivers.ts';
import { type Database, hasTable, inTransaction, type Session } from '../../core/database/database.ts';
import { readOutage } from '../../state/read/outage.ts';
import { type TurnBook, turnBook, watchList } from '../freshness/watch-list.ts';
import type { AlertsApp } from './alerts-app.ts';
import { applyChanges, type ClaimedAlert, claim, markFailed, markTold, readOpenAlerts } from './book.ts';
import { DRIFT_MEMORY_MS, diff } from './condition.ts';
import type { Send } from './deliver.ts';
import { readCertificates, readDrift, readRuns, readServed, readWatched } from './evidence.ts';
import { type AlertItem, cleanDetail } from './message.ts';
import { type FinishedRun, findingsOf, type Served, staleAt } from './rules.ts';

const DAY_MS = 24 * 3_600_000;
/** Events that are looked at once more. */
const OVERLAP = 1000n;

/** The outcome of a look. */
export interface Looked extends Awaited<ReturnType<typeof applyChanges>> {
  /** The time at which a stream or an export becomes stale, if nothing changes before. */
  readonly staleAt: Date | undefined;
}

/** Options of `openLook`. */
export interface LookOptions {
  /** Last turns of schedules; organizations share them. */
  readonly turns?: TurnBook;
  /** True where each export is a job of its own, with or without a schedule. */
  readonly exportsAlone?: boolean;
}

/**
 * Looks at the state of one organization, and writes the alerts that are new or over into its book. Nothing is read yet.
 *
 * @throws ConfigError where a schedule names a stream that there is none of.
 */
export function openLook(app: AlertsApp, { turns = turnBook(), exportsAlone = false }: LookOptions = {}) {
  const { config, redact, schemas } = app;
  const since = new Date(app.clock.now());
  const schedules = [
    ...config.schedules.map(({ name }) => name),
    ...app.exports
      .filter(({ schedule }) => exportsAlone || schedule !== undefined)
      .map(({ name }) => `export ${name}`),
  ];
  const question = { schemas, schedules, items: watchList(config, app.exports), turns };
  let lastEvent = 0n;
  /** @param served how schedules fared, where their record is elsewhere. @throws DatabaseError */
  return async (session: Session, now: Date, served?: ReadonlyMap<string, Served>): Promise<Looked> => {
    const asked = { ...question, now };
    const drift = await readDrift(session, question, lastEvent, new Date(now.getTime() - DRIFT_MEMORY_MS));
    const watched = await readWatched(session, asked);
    const runs = await readRuns(session, asked);
    const records =
      served === undefined
        ? await readServed(session, asked)
        : new Map(schedules.map((name) => [name, servedBy(name, served.get(name), runs)]));
    const findings = findingsOf({
      ...{ now, since, watched, runs },
      schedules: records,
      drift: drift.notes,
      certificates: await readCertificates(session, question),
      certificateMs: config.freshness.certificateDays * DAY_MS,
      outage: await readOutage(session, schemas),
    });
    const conditions = findings.conditions.map((condition) => ({
      ...condition,
      detail: cleanDetail(condition.detail, redact),
    }));
    const found = diff(await readOpenAlerts(session, schemas), { ...findings, conditions }, now);
    const applied = await inTransaction(session, (inner) => applyChanges(inner, schemas, found, now));
    // Runs that end side by side write their notes down side by side: a few are looked at twice.
    lastEvent = drift.last - OVERLAP;
    return { ...applied, staleAt: staleAt(watched, now, since) };
  };
}

/** The record of a schedule beside its runs, which say more: a run that began after the record's end replaces it. */
function servedBy(
  name: string,
  served: Served | undefined,
  runs: readonly FinishedRun[],
): Served | undefined {
  const [last] = runs.filter(({ schedule }) => schedule === name);
  if (served?.startedAt === undefined || last === undefined) return served;
  if (served.endedAt !== undefined && last.startedAt > served.endedAt) return undefined;
  return last.startedAt < served.startedAt ? served : { ...served, error: undefined };
}

/**
 * Makes rounds; none is made yet. A round rejects where the state can't be read or written.
 *
 * @throws ConfigError where a schedule names a stream that there is none of.
 */
export function openRounds(
  app: AlertsApp,
  database: () => Promise<Database>,
  send: Send,
): (now: Date) => Promise<void> {
  const { receivers, schemas } = app;
  const look = openLook(app);

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

  return async (now) => {
    const target = await database();
    const isThere = await target.session((session) => hasTable(session, schemas.state, 'alert_messages'));
    if (!isThere) return;
    report(app, await target.session((session) => look(session, now)));
    const told = await Promise.allSettled(receivers.map((receiver) => tell(target, receiver, now)));
    // Each receiver has its turn, whatever became of the others.
    for (const one of told) if (one.status === 'rejected') throw one.reason;
  };
}

/** Reports what a look found. */
export function report({ events }: Pick<AlertsApp, 'events'>, { raised, settled }: Looked): void {
  for (const { kind, subject, detail } of raised)
    events.emit('alert.raised', { kind, subject, detail: detail.replace('\n', ' ') });
  for (const { kind, subject } of settled) events.emit('alert.settled', { kind, subject });
}

const itemOf = ({ kind, subject, detail, raisedAt, state, runId }: ClaimedAlert): AlertItem => ({
  ...{ kind, subject, detail, state, runId },
  since: raisedAt,
});
