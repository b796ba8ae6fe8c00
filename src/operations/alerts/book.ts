/**
 * The alerts in the database: which are open, and which receivers got them. Nothing here is remembered by a process.
 */

import type { AlertKind, Receiver } from '../../config/receivers.ts';
import { type Database, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { Changes, Condition, OpenAlert } from './condition.ts';
import { backoffMs, MOST_ATTEMPTS } from './delivery-retry.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** So long nobody else tries what one process has taken; longer than any delivery lasts. */
export const CLAIM_MS = 5 * MINUTE;
/** Interval at which a lasting alert is recorded: every minute would be a lot of writing for nothing. */
const SEEN_EVERY_MS = 10 * MINUTE;
/** A recovery that was not delivered by then is no news. */
export const RECOVERY_NEWS_MS = 7 * DAY;
/** Alerts that last by nature, and are sent once. */
export const TOLD_ONCE: readonly AlertKind[] = ['drift', 'expiry'];
/** Alerts of one message. */
const MOST_AT_ONCE = 500;

/** State of an alert that a message reports. */
export type AlertState = 'raised' | 'lasting' | 'recovered';

/** An alert that a process has taken to tell a receiver of. */
export interface ClaimedAlert extends Omit<OpenAlert, 'key' | 'lastSeenAt'> {
  readonly settledAt: Date | null;
  readonly state: AlertState;
  /** Attempts in a row, this one included. */
  readonly attempts: number;
}

type AlertRow = OpenAlert & Record<string, unknown>;

/** Alerts that are open, the oldest first. @throws DatabaseError */
export async function readOpenAlerts(session: Session, schemas: Schemas): Promise<OpenAlert[]> {
  return session.query<AlertRow>(
    `select alert_id::text as "alertId", key, kind, subject, detail, run_id as "runId", raised_at as "raisedAt",
            last_seen_at as "lastSeenAt"
       from ${quoteTable(schemas.state, 'alerts')} where settled_at is null order by alert_id`,
  );
}

/**
 * Writes changes down.
 *
 * @returns those that this process made: of two that see the same only one raises it.
 * @throws DatabaseError
 */
export async function applyChanges(
  session: Session,
  schemas: Schemas,
  { raise, still, settle }: Changes,
  now: Date,
): Promise<{ readonly raised: readonly Condition[]; readonly settled: readonly OpenAlert[] }> {
  const alerts = quoteTable(schemas.state, 'alerts');
  const raised = raise.length === 0 ? [] : await insertAlerts(session, alerts, raise, now);
  const moved = still.filter(
    ({ alert, condition }) =>
      alert.detail !== condition.detail ||
      (condition.seenAt ?? now).getTime() - alert.lastSeenAt.getTime() >= SEEN_EVERY_MS,
  );
  if (moved.length > 0) {
    await session.query(
      `/* noting that alerts last */
       update ${alerts} a set detail = n.detail, run_id = coalesce(n.run_id, a.run_id),
              last_seen_at = greatest(a.last_seen_at, n.seen_at)
         from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) as n(alert_id, detail, run_id, seen_at)
        where a.alert_id = n.alert_id and a.settled_at is null`,
      [
        moved.map(({ alert }) => alert.alertId),
        moved.map(({ condition }) => condition.detail),
        moved.map(({ condition }) => condition.runId ?? null),
        moved.map(({ condition }) => (condition.seenAt ?? now).toISOString()),
      ],
    );
  }
  if (settle.length === 0) return { raised, settled: [] };
  const gone = await session.query<{ id: string }>(
    `/* settling alerts */
     update ${alerts} set settled_at = $1 where alert_id = any($2::bigint[]) and settled_at is null
     returning alert_id::text as id`,
    [now, settle.map(({ alertId }) => alertId)],
  );
  const ids = new Set(gone.map(({ id }) => id));
  // A failed reminder says nothing of whether the recovery arrives.
  await session.query(
    `update ${quoteTable(schemas.state, 'alert_messages')} set attempts = 0, retry_at = null
      where alert_id = any($1::bigint[]) and told_at is not null and attempts >= $2 and retry_at is null`,
    [[...ids], MOST_ATTEMPTS],
  );
  return { raised, settled: settle.filter(({ alertId }) => ids.has(alertId)) };
}

async function insertAlerts(
  session: Session,
  alerts: string,
  raise: readonly Condition[],
  now: Date,
): Promise<readonly Condition[]> {
  const rows = await session.query<{ key: string }>(
    `/* raising alerts */
     insert into ${alerts} (key, kind, subject, detail, run_id, raised_at, last_seen_at)
     select n.key, n.kind, n.subject, n.detail, n.run_id, $7, n.seen_at
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         as n(key, kind, subject, detail, run_id, seen_at)
      order by n.key
     on conflict (key) where settled_at is null do nothing
     returning key`,
    [
      raise.map(({ key }) => key),
      raise.map(({ kind }) => kind),
      raise.map(({ subject }) => subject),
      raise.map(({ detail }) => detail),
      raise.map(({ runId }) => runId ?? null),
      raise.map(({ seenAt }) => (seenAt ?? now).toISOString()),
      now,
    ],
  );
  const keys = new Set(rows.map(({ key }) => key));
  return raise.filter(({ key }) => keys.has(key));
}

/**
 * Takes the messages that are due for a receiver, in one statement, so that no other process takes them as well. If
 * this process dies before it records the result, another one tries once the claim has run out.
 *
 * @throws DatabaseError
 */
export async function claim(
  session: Session,
  schemas: Schemas,
  receiver: Receiver,
  now: Date,
): Promise<ClaimedAlert[]> {
  const messages = quoteTable(schemas.state, 'alert_messages');
  const repeatBefore = receiver.repeatMs === 0 ? null : new Date(now.getTime() - receiver.repeatMs);
  const rows = await session.query<Omit<ClaimedAlert, 'state'> & { told: boolean } & Record<string, unknown>>(
    `/* taking alerts to tell of */
     with due as (
       select a.*, m.told_at, m.recovery_told_at, coalesce(m.attempts, 0) as attempts
         from ${quoteTable(schemas.state, 'alerts')} a
         left join ${messages} m on m.alert_id = a.alert_id and m.receiver = $1
        where a.kind = any($2::text[]) and coalesce(m.attempts, 0) < $3
          and (coalesce(m.attempts, 0) = 0 or m.retry_at <= $4)
          and case when a.settled_at is null
                then m.told_at is null or m.attempts > 0 or (m.told_at <= $5::timestamptz and a.kind <> all($10::text[]))
                else $6::boolean and a.settled_at > $7 and a.kind <> 'drift'
                     and m.told_at is not null and m.recovery_told_at is null
                     -- Not once it is back: whoever hears of both must not take the recovery for the last word.
                     and not exists (select 1 from ${quoteTable(schemas.state, 'alerts')} n
                                      where n.key = a.key and n.alert_id > a.alert_id)
              end
        order by a.alert_id limit $8),
     claimed as (
       insert into ${messages} as m (alert_id, receiver, told_at, recovery_told_at, attempts, retry_at)
       select alert_id, $1, told_at, recovery_told_at, attempts + 1, $9::timestamptz from due order by alert_id
       on conflict (alert_id, receiver) do update
         set attempts = excluded.attempts, retry_at = excluded.retry_at, error = null
       -- Only where nobody else took it, or told of it, since it was looked at.
       where m.attempts = excluded.attempts - 1 and m.told_at is not distinct from excluded.told_at
         and m.recovery_told_at is not distinct from excluded.recovery_told_at
       returning m.alert_id)
     select d.alert_id::text as "alertId", d.kind, d.subject, d.detail, d.run_id as "runId",
            d.raised_at as "raisedAt", d.settled_at as "settledAt", d.told_at is not null as told,
            d.attempts + 1 as attempts
       from claimed c join due d on d.alert_id = c.alert_id order by d.alert_id`,
    [
      receiver.name,
      receiver.kinds,
      MOST_ATTEMPTS,
      now,
      repeatBefore,
      receiver.wantsRecovery,
      new Date(now.getTime() - RECOVERY_NEWS_MS),
      MOST_AT_ONCE,
      new Date(now.getTime() + CLAIM_MS),
      TOLD_ONCE,
    ],
  );
  return rows.map(({ told, ...row }) => ({
    ...row,
    state: row.settledAt !== null ? 'recovered' : told ? 'lasting' : 'raised',
  }));
}

/** The part of an alert that the record of a message needs. */
type Recorded = Pick<ClaimedAlert, 'alertId' | 'state' | 'attempts'>;

/** Records that a receiver got its message. @throws DatabaseError */
export async function markTold(
  session: Session,
  schemas: Schemas,
  receiver: string,
  alerts: readonly Recorded[],
  now: Date,
): Promise<void> {
  const messages = quoteTable(schemas.state, 'alert_messages');
  const recovered = alerts.filter(({ state }) => state === 'recovered').map(({ alertId }) => alertId);
  await session.query(
    `/* noting who was told */
     update ${messages} set attempts = 0, retry_at = null, error = null,
            told_at = case when alert_id = any($3::bigint[]) then told_at else $4::timestamptz end,
            recovery_told_at = case when alert_id = any($3::bigint[]) then $4::timestamptz end
      where receiver = $1 and alert_id = any($2::bigint[])`,
    [receiver, alerts.map(({ alertId }) => alertId), recovered, now],
  );
  await retryNow(session, schemas, receiver, now);
}

/** It answers again: the messages that it missed need not wait for hours. @throws DatabaseError */
export async function retryNow(
  session: Session,
  schemas: Schemas,
  receiver: string,
  now: Date,
): Promise<void> {
  await session.query(
    `update ${quoteTable(schemas.state, 'alert_messages')} set retry_at = $2
      where receiver = $1 and attempts > 0 and error is not null and retry_at > $2`,
    [receiver, now],
  );
}

/** Records that a message did not reach its receiver, and when it is tried again. @throws DatabaseError */
export async function markFailed(
  session: Session,
  schemas: Schemas,
  receiver: string,
  alerts: readonly Recorded[],
  error: string,
  now: Date,
): Promise<void> {
  const retries = alerts.map(({ attempts }) => {
    const wait = backoffMs(attempts);
    return wait === undefined ? null : new Date(now.getTime() + wait).toISOString();
  });
  await session.query(
    `/* noting who could not be told */
     update ${quoteTable(schemas.state, 'alert_messages')} m set error = $4, retry_at = n.retry_at
       from unnest($2::bigint[], $3::timestamptz[]) as n(alert_id, retry_at)
      where m.receiver = $1 and m.alert_id = n.alert_id`,
    [receiver, alerts.map(({ alertId }) => alertId), retries, error],
  );
}

/** An open alert and its deliveries. */
export interface ListedAlert extends OpenAlert {
  readonly receivers: readonly {
    readonly receiver: string;
    readonly toldAt: Date | null;
    readonly error: string | null;
  }[];
}

/** Open alerts with the messages that each receiver got. @throws DatabaseError */
export async function listAlerts(database: Database, schemas: Schemas): Promise<readonly ListedAlert[]> {
  return database.session(async (session) => {
    const open = await readOpenAlerts(session, schemas);
    const told = await session.query<{ alertId: string } & ListedAlert['receivers'][number]>(
      `select alert_id::text as "alertId", receiver, told_at as "toldAt", error
         from ${quoteTable(schemas.state, 'alert_messages')} where alert_id = any($1::bigint[]) order by receiver`,
      [open.map(({ alertId }) => alertId)],
    );
    return open.map((alert) => ({
      ...alert,
      receivers: told
        .filter(({ alertId }) => alertId === alert.alertId)
        .map(({ receiver, toldAt, error }) => ({ receiver, toldAt, error })),
    }));
  });
}
