/** Removes records that are old and needed by nobody, so that the state schema stays small. */
import { type Database, quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { LockedError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { retentionLock } from '../../state/lock.ts';
import type { Schemas } from '../../state/schemas.ts';
import { STATE_COMMENTS } from '../../state/state-comments.ts';
import { DAILY_SIZES_DAYS, type Expired, expiredRecords } from './expired.ts';

/** Retention times, as `retention` and `history` of the settings say. */
export interface RetentionSettings {
  readonly runDays: number;
  readonly detailDays: number;
  /** Months that sizes of tables are kept: those of the change log. */
  readonly sizeMonths: number;
}

/** Dependencies of {@link applyRetention}. */
export interface RetentionOptions {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly retention: RetentionSettings;
  readonly now: () => Date;
  /** The bus of `retention.applied`. */
  readonly events: EventBus;
}

/** Number of records that were removed, or would be. */
export interface RetentionReport {
  readonly runs: number;
  /** Records of streams, from runs that remain. */
  readonly runStreams: number;
  /** Events of the removed runs. */
  readonly runEvents: number;
  readonly exportRuns: number;
  readonly exportWindows: number;
  readonly alerts: number;
  readonly tableSizes: number;
}

const DAY_MS = 86_400_000;

/**
 * Removes old records, in short transactions beside running work, then vacuums the tables of the state schema.
 *
 * It never removes runs under way, the last one of each command and the run it resumed, and runs that a cursor, an
 * export's windows, a schedule or an open alert refers to.
 *
 * @throws LockedError where another process is refreshing them; DatabaseError
 */
export async function applyRetention(options: RetentionOptions): Promise<RetentionReport> {
  const { database, schemas, events, now } = options;
  let lost: Error | undefined;
  const lock = await database.tryLock(retentionLock(schemas), (error) => {
    lost = error;
  });
  if (lock === undefined) {
    throw new LockedError(`Another process is deleting the old records of schema ${schemas.state}.`, {
      advice: 'No action is needed.',
    });
  }
  const begun = now().getTime();
  try {
    const times = await cutoffs(options);
    const counts: Counts = {};
    for (const expired of expiredRecords(schemas)) {
      for (let gone = expired.batch; gone >= expired.batch; ) {
        if (lost !== undefined) throw lost;
        // A repeated transaction must not count twice.
        const after = await database.transaction(async (session) => {
          const sum = { ...counts };
          return { sum, gone: await remove(session, schemas, expired, times, sum) };
        });
        Object.assign(counts, after.sum);
        gone = after.gone;
      }
    }
    await vacuumState(database, schemas);
    const report = reportOf(counts);
    events.emit('retention.applied', {
      ...{ runs: report.runs, events: report.runEvents, alerts: report.alerts },
      durationMs: Math.max(0, now().getTime() - begun),
    });
    return report;
  } finally {
    await lock.release();
  }
}

/** The records that {@link applyRetention} would remove now. @throws DatabaseError */
export async function planRetention(options: Omit<RetentionOptions, 'events'>): Promise<RetentionReport> {
  const { database, schemas } = options;
  const times = await cutoffs(options);
  // Some removals make others possible: so all of them are tried, and rolled back.
  return database.session(async (session) => {
    await session.query('begin');
    try {
      const counts: Counts = {};
      for (const expired of expiredRecords(schemas))
        await remove(session, schemas, { ...expired, batch: 2 ** 31 }, times, counts);
      return reportOf(counts);
    } finally {
      await session.query('rollback');
    }
  });
}

/**
 * `VACUUM (ANALYZE)` of the state tables that belong to the role, but for the change log, to which rows are only added.
 * Tables that somebody has locked are left out.
 *
 * @throws DatabaseError
 */
export async function vacuumState(database: Database, schemas: Schemas): Promise<void> {
  await database.session(async (session) => {
    const own = await session.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind = 'r' and pg_has_role(c.relowner, 'usage')
        order by 1`,
      [schemas.state, Object.keys(STATE_COMMENTS)],
    );
    for (const { name } of own)
      await session.query(`vacuum (analyze, skip_locked) ${quoteTable(schemas.state, name)}`);
  });
}

type Cutoffs = Readonly<Record<Expired['before'], Date>>;
type Counts = { [Table in Expired['table'] | 'run_events']?: number };

/** Removed records are lost, so our clock alone must not decide: the earlier of two does. */
async function cutoffs(options: Omit<RetentionOptions, 'events'>): Promise<Cutoffs> {
  const { database, retention, now } = options;
  const [server] = await database.session((session) =>
    session.query<{ at: string }>('select extract(epoch from clock_timestamp())::text as at'),
  );
  const surely = new Date(Math.min(now().getTime(), 1000 * Number(server?.at)));
  const daysAgo = (days: number): Date => new Date(surely.getTime() - days * DAY_MS);
  const month = surely.getUTCMonth() - retention.sizeMonths;
  return {
    run: daysAgo(retention.runDays),
    // Records that go with a run need not go before it.
    detail: daysAgo(Math.min(retention.detailDays, retention.runDays)),
    size: new Date(Date.UTC(surely.getUTCFullYear(), month, 1)),
    daily: daysAgo(DAILY_SIZES_DAYS),
  };
}

/** Removes a batch, and adds what went to the counts. @returns how many went, without those that followed */
async function remove(
  session: Session,
  schemas: Schemas,
  { table, key, sql, before, batch }: Expired,
  times: Cutoffs,
  counts: Counts,
): Promise<number> {
  const columns = key.map(quoteName).join(', ');
  // Said by itself, because a cascade does not tell how many followed.
  const events =
    table === 'runs'
      ? `delete from ${quoteTable(schemas.state, 'run_events')} where run_id in (select run_id from victims) returning 1`
      : 'select 1 where false';
  const [row] = await session.query<{ gone: number; events: number }>(
    `/* removing old records of ${table} */
     with victims as materialized (${sql} limit $2), events as (${events}), gone as (
       delete from ${quoteTable(schemas.state, table)} where (${columns}) in (select ${columns} from victims) returning 1)
     select (select count(*) from gone)::integer as gone, (select count(*) from events)::integer as events`,
    [times[before].toISOString(), batch],
  );
  const { gone = 0, events: followed = 0 } = row ?? {};
  counts[table] = (counts[table] ?? 0) + gone;
  counts.run_events = (counts.run_events ?? 0) + followed;
  return gone;
}

function reportOf(counts: Counts): RetentionReport {
  return {
    runs: counts.runs ?? 0,
    runStreams: counts.run_streams ?? 0,
    runEvents: counts.run_events ?? 0,
    exportRuns: counts.export_runs ?? 0,
    exportWindows: counts.export_windows ?? 0,
    alerts: counts.alerts ?? 0,
    tableSizes: counts.table_sizes ?? 0,
  };
}
