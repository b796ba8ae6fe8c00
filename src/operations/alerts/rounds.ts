/** Rounds of the alerts: each reads the state, records changes, and notifies the receivers. */
import type { Receiver } from '../../config/receivers.ts';
import { type Database, hasTable, inTransaction, type Session } from '../../core/database/database.ts';
import { turnBook, watchList } from '../freshness/watch-list.ts';
import { readOutage } from '../../state/read/outage.ts';
import type { AlertsApp } from './alerts-app.ts';
import { applyChanges, type ClaimedAlert, claim, markFailed, markTold, readOpenAlerts } from './book.ts';
import { DRIFT_MEMORY_MS, diff } from './condition.ts';
import type { Courier } from './deliver.ts';
import { readCertificates, readDrift, readRuns, readServed, readWatched } from './evidence.ts';
import { type AlertItem, cleanDetail } from './message.ts';
import { findingsOf } from './rules.ts';

const DAY_MS = 24 * 3_600_000;
/** Events that are looked at once more. */
const OVERLAP = 1000n;

/**
 * Makes rounds; none is made yet. A round rejects where the state can't be read or written.
 *
 * @throws ConfigError where a schedule names a stream that there is none of.
 */
export function openRounds(
  app: AlertsApp,
  database: () => Promise<Database>,
  courier: Courier,
): (now: Date) => Promise<void> {
  const { config, events, receivers, redact, schemas } = app;
  const since = new Date(app.clock.now());
  const schedules = [
    ...config.schedules.map(({ name }) => name),
    ...app.exports.flatMap(({ name, schedule }) => (schedule === undefined ? [] : [`export ${name}`])),
  ];
  const question = { schemas, schedules, items: watchList(config, app.exports), turns: turnBook() };
  let lastEvent = 0n;

  async function noteChanges(session: Session, now: Date): ReturnType<typeof applyChanges> {
    const asked = { ...question, now };
    const drift = await readDrift(session, question, lastEvent, new Date(now.getTime() - DRIFT_MEMORY_MS));
    const findings = findingsOf({
      now,
      since,
      watched: await readWatched(session, asked),
      schedules: await readServed(session, asked),
      runs: await readRuns(session, asked),
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
    return applied;
  }

  async function tell(target: Database, receiver: Receiver, now: Date): Promise<void> {
    const claimed = await target.session((session) => claim(session, schemas, receiver, now));
    if (claimed.length === 0) return;
    const attempt = Math.max(...claimed.map(({ attempts }) => attempts));
    const error = await courier.send(receiver, claimed.map(itemOf), attempt, now);
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
    const changes = await target.session((session) => noteChanges(session, now));
    for (const { kind, subject, detail } of changes.raised)
      events.emit('alert.raised', { kind, subject, detail: detail.replace('\n', ' ') });
    for (const { kind, subject } of changes.settled) events.emit('alert.settled', { kind, subject });
    const told = await Promise.allSettled(receivers.map((receiver) => tell(target, receiver, now)));
    // Each receiver has its turn, whatever became of the others.
    for (const one of told) if (one.status === 'rejected') throw one.reason;
  };
}

const itemOf = ({ kind, subject, detail, raisedAt, state, runId }: ClaimedAlert): AlertItem => ({
  ...{ kind, subject, detail, state, runId },
  since: raisedAt,
});
