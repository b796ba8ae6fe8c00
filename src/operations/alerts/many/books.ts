/** The books of alerts of many organizations, each in the tables of its organization. */
import { type Database, quoteLiteral, quoteTable, type Session } from '../../../core/database/database.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { CLAIM_MS, RECOVERY_NEWS_MS } from '../book.ts';
import type { BookAlert, NewsItem, Told } from './news.ts';

/** An organization and its tables. */
export interface BookPlace {
  readonly name: string;
  readonly schemas: Schemas;
  /** Host of its API. */
  readonly host: string | undefined;
}

/** Books of one statement: each locks its tables, and a server has a bounded number of locks. */
const MOST_AT_ONCE = 50;

/** The organizations whose tables have a book. @throws DatabaseError */
export async function placesWithBooks<T extends Pick<BookPlace, 'schemas'>>(
  session: Session,
  places: readonly T[],
): Promise<readonly T[]> {
  const rows = await session.query<{ schema: string }>(
    `/* looking for books of alerts */
     select n.nspname::text as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'alert_messages' and n.nspname = any ($1::text[])`,
    [places.map(({ schemas }) => schemas.state)],
  );
  const found = new Set(rows.map(({ schema }) => schema));
  return places.filter(({ schemas }) => found.has(schemas.state));
}

interface AlertRow extends Omit<BookAlert, 'organization' | 'host' | 'settledAt' | 'told'> {
  readonly [column: string]: unknown;
  readonly settledAt: Date | null;
  readonly told: readonly {
    readonly receiver: string;
    readonly toldAt: string | null;
    readonly recoveryToldAt: string | null;
    readonly attempts: number;
    readonly retryAt: string | null;
    readonly error: string | null;
  }[];
}

/** Alerts that are open, and those that are over while a recovery may still be sent. @throws DatabaseError */
export async function readBooks(
  database: Database,
  places: readonly BookPlace[],
  now: Date,
): Promise<BookAlert[]> {
  const since = new Date(now.getTime() - RECOVERY_NEWS_MS);
  const withBooks = await database.session((session) => placesWithBooks(session, places));
  const found: BookAlert[] = [];
  for (let i = 0; i < withBooks.length; i += MOST_AT_ONCE) {
    const some = withBooks.slice(i, i + MOST_AT_ONCE);
    const rows = await database.session((session) => bookRows(session, some, since));
    for (const { i: index, settledAt, told, ...row } of rows) {
      const place = some[index];
      if (place === undefined) continue;
      const { name: organization, host } = place;
      found.push({ ...row, organization, host, settledAt: settledAt ?? undefined, told: told.map(toldOf) });
    }
  }
  return found;
}

/** Most organizations have nothing to tell of: their books are asked for that first. */
async function bookRows(
  session: Session,
  places: readonly BookPlace[],
  since: Date,
): Promise<(AlertRow & { readonly i: number })[]> {
  const condition = '(settled_at is null or settled_at > $1)';
  const any = await session.query<{ i: number }>(
    `/* looking for alerts to tell of */ ${places
      .map(({ schemas }, i) => {
        const alerts = quoteTable(schemas.state, 'alerts');
        return `select ${i} as i where exists (select 1 from ${alerts} where ${condition})`;
      })
      .join(' union all ')}`,
    [since],
  );
  if (any.length === 0) return [];
  return session.query(
    `/* reading alerts of organizations */ ${any
      .map(({ i }) => bookOf(places[i]?.schemas.state ?? '', i))
      .join(' union all ')}`,
    [since],
  );
}

function bookOf(state: string, i: number): string {
  const [alerts, messages] = [quoteTable(state, 'alerts'), quoteTable(state, 'alert_messages')];
  return `(select ${i} as i, a.alert_id::text as "alertId", a.key, a.kind, a.subject, a.detail, a.run_id as "runId",
      a.raised_at as "raisedAt", a.settled_at as "settledAt",
      exists (select 1 from ${alerts} n where n.key = a.key and n.alert_id > a.alert_id) as "isBack",
      coalesce((select json_agg(json_build_object('receiver', m.receiver, 'toldAt', m.told_at,
                  'recoveryToldAt', m.recovery_told_at, 'attempts', m.attempts, 'retryAt', m.retry_at, 'error', m.error))
                  from ${messages} m where m.alert_id = a.alert_id), '[]') as told
     from ${alerts} a
    where a.settled_at is null
       or (a.settled_at > $1 and exists (select 1 from ${messages} m where m.alert_id = a.alert_id
                                            and m.told_at is not null and m.recovery_told_at is null))
    order by a.alert_id)`;
}

function toldOf({ receiver, attempts, error, ...times }: AlertRow['told'][number]): Told {
  const date = (text: string | null): Date | undefined => (text === null ? undefined : new Date(text));
  return {
    ...{ receiver, attempts, error: error ?? undefined },
    toldAt: date(times.toldAt),
    recoveryToldAt: date(times.recoveryToldAt),
    retryAt: date(times.retryAt),
  };
}

/**
 * Takes alerts of one organization for a message to a receiver, as `claim` does, and gives the ids of those that no other
 * process took or sent since they were read.
 *
 * @throws DatabaseError
 */
export async function take(
  session: Session,
  schemas: Schemas,
  receiver: string,
  items: readonly NewsItem[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const text = (date: Date | undefined): string | null => date?.toISOString() ?? null;
  const rows = await session.query<{ id: string }>(
    `/* taking alerts of an organization to tell of */
     insert into ${quoteTable(schemas.state, 'alert_messages')} as m
       (alert_id, receiver, told_at, recovery_told_at, attempts, retry_at)
     select a.alert_id, $1, n.told_at, n.recovery_told_at, n.attempts, $6::timestamptz
       from unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::integer[])
              as n(alert_id, told_at, recovery_told_at, attempts)
       join ${quoteTable(schemas.state, 'alerts')} a on a.alert_id = n.alert_id
      order by a.alert_id
     on conflict (alert_id, receiver) do update
       set attempts = excluded.attempts, retry_at = excluded.retry_at, error = null
     where m.attempts = excluded.attempts - 1 and m.told_at is not distinct from excluded.told_at
       and m.recovery_told_at is not distinct from excluded.recovery_told_at
     returning m.alert_id::text as id`,
    [
      receiver,
      items.map(({ alert }) => alert.alertId),
      items.map(({ told }) => text(told.toldAt)),
      items.map(({ told }) => text(told.recoveryToldAt)),
      items.map(({ told }) => told.attempts + 1),
      new Date(now.getTime() + CLAIM_MS),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Grows with every change of the runs of an organization, by any process: its state schema, and the count. @throws DatabaseError */
export async function changesOfRuns(
  session: Session,
  schemas: readonly Schemas[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ schema: string; count: string }>(
    `/* looking for organizations with news */
     select n.nspname::text as schema,
            (pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
             + pg_stat_get_tuples_deleted(c.oid))::text || ${quoteLiteral(' ')} || c.oid as count
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = 'runs' and c.relkind = 'r' and n.nspname = any ($1::text[])`,
    [schemas.map(({ state }) => state)],
  );
  return new Map(rows.map(({ schema, count }) => [schema, count]));
}
