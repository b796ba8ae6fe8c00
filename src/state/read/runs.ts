/** Runs as the run book has them: how they went, when the last one was complete, how fast they were. */
import { quoteTable, type Row, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../schemas.ts';

/** A run with what it did in all. */
export interface RunSummary {
  readonly runId: string;
  readonly command: string;
  readonly status: string;
  /** Everything was read, changed or not. */
  readonly full: boolean;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Streams and exports that failed. */
  readonly failures: number;
  /** Why the run was cut off, else the first failure of a stream or an export. */
  readonly error: string | null;
  /** The same, where nothing failed the first that anything had to say, such as why it is partial. */
  readonly remark: string | null;
}

/** Columns of runs beside their summaries. */
export interface RunColumns {
  /** Columns of a run `r`, as SQL. */
  readonly more?: string;
  /** False in a database that an older version left, which has no exports yet; default true. */
  readonly hasExports?: boolean;
}

/** SQL that reads runs `r`; a condition may follow. */
function summaries({ state }: Schemas, { more, hasExports = true }: RunColumns): string {
  const failed = `status in ('failed', 'deletion_guard')`;
  const exports = `union all
            select 'export ' || export, status, inserted, updated, deleted, error
              from ${quoteTable(state, 'export_runs')} where run_id = r.run_id`;
  return `select r.run_id as "runId", r.command, r."full", r.status, r.started_at as "startedAt",
      r.finished_at as "finishedAt", r.requests, r.retries, r.rate_limited as "rateLimited",
      coalesce(t.inserted, 0)::float8 as inserted, coalesce(t.updated, 0)::float8 as updated,
      coalesce(t.deleted, 0)::float8 as deleted, coalesce(t.failures, 0)::integer as failures,
      coalesce(r.error, t.error) as error, coalesce(r.error, t.remark) as remark${more === undefined ? '' : `, ${more}`}
    from ${quoteTable(state, 'runs')} r
    left join lateral (
      select sum(inserted) as inserted, sum(updated) as updated, sum(deleted) as deleted,
             count(*) filter (where ${failed}) as failures,
             min(name || ': ' || error) filter (where ${failed}) as error,
             min(name || ': ' || error) filter (where status not in ('unavailable', 'retired')) as remark
        from (select stream as name, status, inserted, updated, deleted, error
                from ${quoteTable(state, 'run_streams')} where run_id = r.run_id
              ${hasExports ? exports : ''}) parts) t on true`;
}

/** Filter for a list of runs. */
export interface RunFilter {
  readonly command?: string | undefined;
  readonly status?: string | undefined;
  /** Older than this one. */
  readonly before?: { readonly position: string; readonly runId: string } | undefined;
  readonly limit: number;
}

/** Runs, the newest first. @throws DatabaseError */
export function listRuns<T extends RunSummary & Row>(
  session: Session,
  schemas: Schemas,
  { command, status, before, limit }: RunFilter,
  columns: RunColumns = {},
): Promise<T[]> {
  return session.query<T>(
    `${summaries(schemas, columns)}
      where r.run_id in (
        select run_id from ${quoteTable(schemas.state, 'runs')}
         where ($1::text is null or command = $1) and ($2::text is null or status = $2)
           and ($3::timestamptz is null or started_at < $3 or (started_at = $3 and run_id < $4))
         order by started_at desc, run_id desc limit $5)
      order by r.started_at desc, r.run_id desc`,
    [command ?? null, status ?? null, before?.position ?? null, before?.runId ?? null, limit],
  );
}

/** One run; undefined where there is none. @throws DatabaseError */
export async function readRun<T extends RunSummary & Row>(
  session: Session,
  schemas: Schemas,
  runId: string,
  columns: RunColumns = {},
): Promise<T | undefined> {
  const [run] = await session.query<T>(`${summaries(schemas, columns)} where r.run_id = $1`, [runId]);
  return run;
}

/** A run that came to its end. */
export interface EndedRun extends Row {
  readonly runId: string;
  readonly command: string;
  readonly schedule: string | null;
  readonly status: string;
  readonly startedAt: Date;
  readonly error: string | null;
}

/** The latest runs of each command and schedule that were not interrupted, the newest first. @throws DatabaseError */
export function lastOfEach(
  session: Session,
  { state }: Schemas,
  { since, each }: { readonly since: Date; readonly each: number },
): Promise<EndedRun[]> {
  return session.query<EndedRun>(
    `/* reading how the latest runs ended */
     select "runId", command, schedule, status, "startedAt", error from (
       select run_id as "runId", command, schedule, status, started_at as "startedAt", error,
              row_number() over (partition by command, schedule order by started_at desc, run_id) as place
         from ${quoteTable(state, 'runs')}
        where status in ('complete', 'partial', 'failed') and started_at > $1) r
      where place <= $2 order by "startedAt" desc, "runId"`,
    [since, each],
  );
}

/** A stream or an export that did not end well in a run. */
export interface BadPart extends Row {
  readonly runId: string;
  /** `members`, `export orders`. */
  readonly name: string;
  readonly status: string;
  readonly error: string | null;
}

/** The failed and partial parts of these runs. @throws DatabaseError */
export async function badParts(
  session: Session,
  { state }: Schemas,
  runIds: readonly string[],
): Promise<BadPart[]> {
  if (runIds.length === 0) return [];
  return session.query<BadPart>(
    `/* reading what went wrong in them */
     select run_id as "runId", stream as name, status, error from ${quoteTable(state, 'run_streams')}
      where run_id = any($1::text[]) and status in ('failed', 'partial', 'deletion_guard')
     union all
     select run_id, 'export ' || export, status, error from ${quoteTable(state, 'export_runs')}
      where run_id = any($1::text[]) and status in ('failed', 'partial')
      order by 1, 2`,
    [runIds],
  );
}

/** Last complete run of each schedule. @throws DatabaseError */
export function lastCompleteBySchedule(
  session: Session,
  { state }: Schemas,
): Promise<(Row & { readonly schedule: string; readonly at: Date })[]> {
  return session.query(
    // Exports that follow the sync of a schedule do not make up for it.
    `select schedule, max(finished_at) as at from ${quoteTable(state, 'runs')}
      where schedule is not null and status = 'complete' and (command <> 'export' or schedule like 'export %')
      group by schedule having max(finished_at) is not null`,
  );
}

/** Syncs that began in a time, those of them that failed, and the last that was ever complete. @throws DatabaseError */
export async function syncsBetween(
  session: Session,
  { state }: Schemas,
  from: Date,
  to: Date,
): Promise<{ readonly runs: number; readonly failed: number; readonly lastComplete: Date | null }> {
  const runs = quoteTable(state, 'runs');
  const [row] = await session.query<{ runs: number; failed: number; lastComplete: Date | null }>(
    `select count(*)::integer as runs,
            (count(*) filter (where status in ('failed', 'interrupted')))::integer as failed,
            (select max(finished_at) from ${runs} where command = 'sync' and status = 'complete') as "lastComplete"
       from ${runs} where command = 'sync' and started_at between $1 and $2`,
    [from, to],
  );
  return row ?? { runs: 0, failed: 0, lastComplete: null };
}

/** Requests a second that the last syncs made; undefined where none is known. @throws DatabaseError */
export async function requestsPerSecond(session: Session, { state }: Schemas): Promise<number | undefined> {
  const [row] = await session.query<{ rate: number | null }>(
    `select sum(requests)::float8 / nullif(sum(extract(epoch from finished_at - started_at)::float8), 0) as rate
       from (select requests, started_at, finished_at from ${quoteTable(state, 'runs')}
              where status = 'complete' and command = 'sync' and requests > 0
              order by started_at desc limit 5) latest`,
  );
  return row?.rate ?? undefined;
}

/** Requests that a partition of a stream took on average; undefined where none was read yet. @throws DatabaseError */
export async function requestsEach(
  session: Session,
  { state }: Schemas,
  stream: string,
): Promise<number | undefined> {
  const [row] = await session.query<{ each: number | null }>(
    `select sum(requests)::float8 / nullif(sum(partitions), 0) as each
       from (select requests, partitions from ${quoteTable(state, 'run_streams')}
              where stream = $1 and status = 'complete' and partitions > 0
              order by started_at desc limit 20) latest`,
    [stream],
  );
  return row?.each ?? undefined;
}
