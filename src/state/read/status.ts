/** What the state schema knows: freshness of every stream, and the runs so far. */
import { type Database, hasTable, ISO, quoteTable, type Session } from '../../core/database/database.ts';
import type { Stream } from '../../extractors/stream.ts';
import type { Schemas } from '../schemas.ts';

/** Freshness and last outcome of a stream. Times are ISO 8601. */
export interface StreamState {
  readonly name: string;
  /** `never` where no run has tried it. */
  readonly status: string;
  readonly lastSuccessAt: string | null;
  readonly lastAttemptAt: string | null;
  readonly rows: number;
  readonly partitions: number;
  /** Partitions that the next run retries. */
  readonly partitionsFailed: number;
  readonly error: string | null;
}

/** A run as the run book has it. */
export interface RunState {
  readonly runId: string;
  readonly command: string;
  /** Everything was read, changed or not. */
  readonly full: boolean;
  readonly status: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Of a run of exports, else null. */
  readonly rows: number | null;
  readonly error: string | null;
}

/** True where the state schema is there; without it nothing has run yet. @throws DatabaseError */
export async function isMigrated(database: Database, schemas: Schemas): Promise<boolean> {
  return database.session((session) => hasTable(session, schemas.state, 'partitions'));
}

/** The state of every stream of the catalogue. @throws DatabaseError */
export async function streamStates(
  database: Database,
  schemas: Schemas,
  streams: readonly Stream[],
): Promise<StreamState[]> {
  if (!(await isMigrated(database, schemas))) return streams.map(({ name }) => neverRun(name));
  return database.session(async (session) => {
    const known = await session.query<Omit<StreamState, 'rows'>>(
      `select coalesce(s.stream, p.stream) as name, coalesce(s.last_status, 'never') as status,
              to_char(s.last_success_at, ${ISO}) as "lastSuccessAt",
              to_char(s.last_attempt_at, ${ISO}) as "lastAttemptAt",
              coalesce(p.total, 0)::integer as partitions, coalesce(p.failed, 0)::integer as "partitionsFailed",
              s.error
         from ${quoteTable(schemas.state, 'streams')} s
         full join (select stream, count(*) as total, count(*) filter (where status = 'failed') as failed
                      from ${quoteTable(schemas.state, 'partitions')} group by stream) p on p.stream = s.stream`,
    );
    const states: StreamState[] = [];
    for (const { name } of streams) {
      const state = known.find((candidate) => candidate.name === name) ?? neverRun(name);
      states.push({ ...state, rows: await countRows(session, schemas, name) });
    }
    return states;
  });
}

/** The latest runs, the newest first. @throws DatabaseError */
export async function latestRuns(database: Database, schemas: Schemas, limit: number): Promise<RunState[]> {
  if (!(await isMigrated(database, schemas))) return [];
  return database.session(async (session) => {
    // A database that an older version left has no exports yet.
    const hasExports = await hasTable(session, schemas.state, 'export_runs');
    const exportRuns = hasExports
      ? `union all
         select run_id, 'export ' || export, status, inserted, updated, deleted, error
           from ${quoteTable(schemas.state, 'export_runs')}`
      : '';
    return session.query<RunState & Record<string, unknown>>(
      `select r.run_id as "runId", r.command, r."full", r.status, to_char(r.started_at, ${ISO}) as "startedAt",
              to_char(r.finished_at, ${ISO}) as "finishedAt", r.requests, r.retries, r.rate_limited as "rateLimited",
              coalesce(sum(s.inserted), 0)::integer as inserted, coalesce(sum(s.updated), 0)::integer as updated,
              coalesce(sum(s.deleted), 0)::integer as deleted, ${hasExports ? 'r.rows::float8' : 'null'} as rows,
              coalesce(r.error, min(s.stream || ': ' || s.error) filter (where s.status <> 'unavailable')) as error
         from ${quoteTable(schemas.state, 'runs')} r
         left join (
           select run_id, stream, status, inserted, updated, deleted, error
             from ${quoteTable(schemas.state, 'run_streams')}
           ${exportRuns}) s on s.run_id = r.run_id
        group by r.run_id order by r.started_at desc limit $1`,
      [limit],
    );
  });
}

/** Partitions that failed and are retried by the next run, with the reason. @throws DatabaseError */
export async function failedPartitions(
  database: Database,
  schemas: Schemas,
  limit: number,
): Promise<{ stream: string; partition: string; attempts: number; error: string }[]> {
  return database.session((session) =>
    session.query<{ stream: string; partition: string; attempts: number; error: string }>(
      `select stream, partition, attempts, coalesce(error, '') as error from ${quoteTable(schemas.state, 'partitions')}
        where status = 'failed' order by stream, partition limit $1`,
      [limit],
    ),
  );
}

function neverRun(name: string): StreamState {
  const none = { lastSuccessAt: null, lastAttemptAt: null, error: null };
  return { name, status: 'never', ...none, rows: 0, partitions: 0, partitionsFailed: 0 };
}

async function countRows(session: Session, schemas: Schemas, table: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(
    `select count(*)::integer as count from ${quoteTable(schemas.target, table)} where _deleted_at is null`,
  );
  return row?.count ?? 0;
}
