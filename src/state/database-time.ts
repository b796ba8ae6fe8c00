/**
 * The time where rows are kept. Several machines may write one database, and readers ask the database for the tables
 * as of an earlier time. So the database's clock dates the history, and not that of the process.
 */
import { type Database, quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { type Clock, systemClock } from '../sigma/clock.ts';
import type { Schemas } from './schemas.ts';

/** Less is the time that a question takes. */
const TOLERATED_MS = 2000;

/**
 * The clock of the database, derived from the clock of this process. A clock that was handed in is right as it is.
 *
 * @throws DatabaseError
 */
export async function databaseTime(database: Database, clock: Clock): Promise<() => Date> {
  const ahead = clock === systemClock ? await millisecondsAhead(database, clock.now) : 0;
  const shift = Math.abs(ahead) <= TOLERATED_MS ? 0 : ahead;
  return () => new Date(clock.now() - shift);
}

/** By how much the clock of this process is ahead of the database's; negative where it is behind. @throws DatabaseError */
export async function millisecondsAhead(database: Database, now: () => number): Promise<number> {
  // An embedded database has the clock of its process.
  if (database.kind === 'pglite') return 0;
  return database.session(async (session) => {
    const before = now();
    const there = await serverTime(session);
    return Math.round((before + now()) / 2 - there);
  });
}

async function serverTime(session: Session): Promise<number> {
  const [row] = await session.query<{ at: string }>(
    `select extract(epoch from clock_timestamp())::text as at`,
  );
  return 1000 * Number(row?.at);
}

/** More than a day's drift of clocks that are set, and less than anybody would notice. */
const FUTURE_MS = 60_000;

/** Times of the state schema that say when something was done. */
const DONE_AT: Readonly<Record<string, readonly string[]>> = {
  runs: ['cycle_started_at', 'started_at', 'finished_at'],
  run_streams: ['started_at', 'finished_at'],
  run_events: ['at'],
  streams: ['last_attempt_at', 'last_success_at'],
  partitions: ['completed_at', 'doubted_at'],
  retirements: ['gone_since', 'asked_at', 'retired_at'],
  history: ['since'],
  changes: ['changed_at'],
};
const ROW_TIMES = ['_first_synced_at', '_synced_at', '_deleted_at'];

/**
 * The latest time of a run or of the history that is still to come, by the clock of the database and by `now`;
 * undefined where there is none.
 *
 * @throws DatabaseError
 */
export async function latestFuture(
  session: Session,
  { state }: Schemas,
  now: Date,
): Promise<Date | undefined> {
  const [row] = await session.query<{ at: string | null }>(
    `select extract(epoch from max(t.at))::text as at
       from (select max(greatest(started_at, finished_at)) as at from ${quoteTable(state, 'runs')}
             union all select max(since) from ${quoteTable(state, 'history')}) t`,
  );
  const latest = 1000 * Number(row?.at ?? 0);
  const present = Math.max(now.getTime(), await serverTime(session));
  return latest > present + FUTURE_MS ? new Date(latest) : undefined;
}

/**
 * Dates what is dated after `now` to `now`. It was done at some time before, which nobody knows any more; its order is
 * that of the log.
 *
 * @returns how many rows were.
 * @throws DatabaseError
 */
export async function endFuture(
  session: Session,
  { state, target }: Schemas,
  streams: readonly string[],
  now: Date,
): Promise<number> {
  let rows = 0;
  const end = async (table: string, columns: readonly string[]): Promise<void> => {
    const names = columns.map(quoteName);
    // least() would give those a time that have none.
    const set = names.map((name) => `${name} = case when ${name} > $1::timestamptz then $1 else ${name} end`);
    const ended = await session.query<{ count: number }>(
      `with ended as (update ${table} set ${set.join(', ')} where greatest(${names.join(', ')}) > $1::timestamptz returning 1)
       select count(*)::integer as count from ended`,
      [now.toISOString()],
    );
    rows += ended[0]?.count ?? 0;
  };
  for (const [name, columns] of Object.entries(DONE_AT)) await end(quoteTable(state, name), columns);
  for (const stream of streams) await end(quoteTable(target, stream), ROW_TIMES);
  return rows;
}
