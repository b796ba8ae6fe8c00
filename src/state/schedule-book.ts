/** The database's record of schedules: the last turn that was served, and its outcome. */
import { type Database, quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

/** Status of a schedule's job. */
export type JobStatus = 'running' | 'complete' | 'partial' | 'failed' | 'interrupted' | 'blocked';

/** The record of a schedule. */
export interface ScheduleRecord {
  readonly schedule: string;
  readonly servedTurn: Date | undefined;
  /** Runs that failed in a row, and are yet to be repeated. */
  readonly attempts: number;
  /** Time at which a failed run is repeated. */
  readonly retryAt: Date | undefined;
  readonly fence: string;
  readonly lastRunId: string | undefined;
  readonly lastStatus: JobStatus | undefined;
  readonly lastStartedAt: Date | undefined;
  readonly lastFinishedAt: Date | undefined;
  readonly error: string | undefined;
}

type RecordRow = {
  [Key in keyof ScheduleRecord]: Exclude<ScheduleRecord[Key], undefined> | null;
} & Record<string, unknown>;

/** Every schedule that ever ran, by name. @throws DatabaseError */
export async function readSchedules(
  database: Database,
  schemas: Schemas,
): Promise<ReadonlyMap<string, ScheduleRecord>> {
  return database.session((session) => scheduleRecords(session, schemas));
}

/** The same within a session. @throws DatabaseError */
export async function scheduleRecords(
  session: Session,
  schemas: Schemas,
): Promise<ReadonlyMap<string, ScheduleRecord>> {
  const rows = await session.query<RecordRow>(
    `select schedule, served_turn as "servedTurn", attempts, retry_at as "retryAt", fence::text as fence,
            last_run_id as "lastRunId", last_status as "lastStatus", last_started_at as "lastStartedAt",
            last_finished_at as "lastFinishedAt", error
       from ${quoteTable(schemas.state, 'schedules')}`,
  );
  return new Map(
    rows.map((row) => {
      const entries = Object.entries(row).map(([key, value]) => [key, value ?? undefined]);
      return [row.schedule ?? '', Object.fromEntries(entries) as unknown as ScheduleRecord];
    }),
  );
}

/**
 * Writes a record, unless a process that got the lease later has written it since.
 *
 * @param holder given where a run is claimed: only the holder of the lease, with the fence of the record, may do
 * that.
 * @returns false where it was not written: this process has no say in the schedule any more.
 * @throws DatabaseError
 */
export async function writeSchedule(
  database: Database,
  schemas: Schemas,
  record: ScheduleRecord,
  holder?: string,
): Promise<boolean> {
  const rows = await database.session((session) =>
    session.query(
      `insert into ${quoteTable(schemas.state, 'schedules')} as s
         (schedule, served_turn, attempts, retry_at, fence, last_run_id, last_status, last_started_at,
          last_finished_at, error)
       select $1, $2::timestamptz, $3::integer, $4::timestamptz, $5::bigint, $6, $7, $8::timestamptz,
              $9::timestamptz, $10
        where $11::text is null or exists (
                select 1 from ${quoteTable(schemas.state, 'leases')} l
                 where l.holder = $11 and l.fence = $5::bigint and l.expires_at > clock_timestamp())
       on conflict (schedule) do update set
         served_turn = excluded.served_turn, attempts = excluded.attempts, retry_at = excluded.retry_at,
         fence = excluded.fence, last_run_id = excluded.last_run_id, last_status = excluded.last_status,
         last_started_at = excluded.last_started_at, last_finished_at = excluded.last_finished_at,
         error = excluded.error
       where s.fence <= excluded.fence
       returning 1`,
      [
        record.schedule,
        record.servedTurn?.toISOString() ?? null,
        record.attempts,
        record.retryAt?.toISOString() ?? null,
        record.fence,
        record.lastRunId ?? null,
        record.lastStatus ?? null,
        record.lastStartedAt?.toISOString() ?? null,
        record.lastFinishedAt?.toISOString() ?? null,
        record.error?.replaceAll('\0', '') ?? null,
        holder ?? null,
      ],
    ),
  );
  return rows.length > 0;
}
