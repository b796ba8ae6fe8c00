/** The change log's upkeep: a partition for every month, old months dropped, and since when each stream is covered. */
import {
  type Database,
  quoteLiteral,
  quoteName,
  quoteTable,
  type Session,
} from '../core/database/database.ts';
import { migrationLock, WAIT_FOR_MIGRATION } from './lock.ts';
import type { Schemas } from './schemas.ts';

/** Settings of the change log. */
export interface HistoryOptions {
  readonly isLogged: (stream: string) => boolean;
  /** Whole months that are kept besides the current one. */
  readonly retentionMonths: number;
}

/**
 * Makes the partitions of the months around `now`, drops those that are older than wanted, and forgets the coverage of
 * streams that are not logged any more.
 *
 * @throws DatabaseError
 */
export async function prepareHistory(
  database: Database,
  schemas: Schemas,
  streams: readonly string[],
  options: HistoryOptions,
  now: Date,
): Promise<void> {
  await database.transaction(async (session) => {
    const months = await monthsOf(session, schemas);
    const wanted = [-1, 0, 1]
      .map((offset) => monthAt(now, offset))
      .filter((month) => !months.includes(month));
    // A month that is dropped is lost, so our clock alone must not decide that: the earlier of two does.
    const [server] = await session.query<{ at: string }>(
      `select extract(epoch from clock_timestamp())::text as at`,
    );
    const surely = new Date(Math.min(now.getTime(), 1000 * Number(server?.at)));
    const oldest = monthAt(surely, -options.retentionMonths);
    const expired = months.filter((month) => month < oldest);
    // Two runs may come here at once.
    if (wanted.length + expired.length > 0) await session.query(WAIT_FOR_MIGRATION, [migrationLock(schemas)]);
    for (const month of wanted) await addMonth(session, schemas, month);
    for (const month of expired) await session.query(`drop table if exists ${tableOf(schemas, month)}`);
    if (expired.length > 0) {
      await session.query(
        `update ${quoteTable(schemas.state, 'history')} set since = $1::timestamptz where since < $1::timestamptz`,
        [startOf(oldest)],
      );
      await session.query(
        `delete from ${quoteTable(schemas.state, 'rewrites')} where rewritten_at < $1::timestamptz`,
        [startOf(oldest)],
      );
    }
    await session.query(
      `delete from ${quoteTable(schemas.state, 'history')} where stream = any($1::text[])`,
      [streams.filter((stream) => !options.isLogged(stream))],
    );
  });
}

/** Months that have a partition, as `2026-11`. */
async function monthsOf(session: Session, { state }: Schemas): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = $1 and tablename ~ '^changes_\\d{4}_\\d{2}$'`,
    [state],
  );
  return rows.map(({ name }) => name.slice('changes_'.length).replace('_', '-'));
}

async function addMonth(session: Session, schemas: Schemas, month: string): Promise<void> {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const next = monthAt(new Date(Date.UTC(year, number - 1, 1)), 1);
  const table = tableOf(schemas, month);
  const changes = quoteTable(schemas.state, 'changes');
  const [from, to] = [quoteLiteral(startOf(month)), quoteLiteral(startOf(next))];
  const [known] = await session.query<{ is: boolean }>('select to_regclass($1) is not null as is', [table]);
  if (known?.is === true) return;
  // Postgres refuses a month of which the default partition has rows, so they move before it is attached.
  await session.query(`create table ${table} (like ${changes} including defaults)`);
  await session.query(`alter table ${table} replica identity full`);
  await session.query(
    `with moved as (
       delete from ${quoteTable(schemas.state, 'changes_default')}
        where changed_at >= ${from} and changed_at < ${to} returning *)
     insert into ${table} select * from moved`,
  );
  await session.query(
    `alter table ${changes} attach partition ${table} for values from (${from}) to (${to})`,
  );
}

function tableOf({ state }: Schemas, month: string): string {
  return `${quoteName(state)}.${quoteName(`changes_${month.replace('-', '_')}`)}`;
}

function monthAt(date: Date, offset: number): string {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1)).toISOString().slice(0, 7);
}

function startOf(month: string): string {
  return `${month}-01T00:00:00Z`;
}
