/** Reads the state of streams. Nothing here counts rows of big tables. */
import { quoteTable, type Session } from '../../../core/database/database.ts';
import { type FailedPartition, type StreamOutcome, streamOutcomes } from '../../../state/read/outcomes.ts';
import type { StreamReport } from '../../../state/run-types.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { type Counted, type Part, TOTAL } from './counted.ts';

/** The last outcome of a stream. */
export interface StreamRow extends StreamOutcome {
  /** Partitions that failed in the last run. */
  readonly partitionsFailed: number;
}

/** Every stream that was ever tried. */
export async function streamRows(session: Session, schemas: Schemas): Promise<StreamRow[]> {
  const outcomes = await streamOutcomes(session, schemas);
  const failed = await session.query<{ stream: string; count: number }>(
    `select s.stream, r.partitions_failed as count
       from ${quoteTable(schemas.state, 'streams')} s
       join ${quoteTable(schemas.state, 'run_streams')} r on r.run_id = s.last_run_id and r.stream = s.stream`,
  );
  const counts = new Map(failed.map(({ stream, count }) => [stream, count]));
  return outcomes.map((one) => ({ ...one, partitionsFailed: counts.get(one.stream) ?? 0 }));
}

export interface TableFacts extends Record<string, unknown> {
  readonly name: string;
  /** As last written down, else as the database guesses; null where it does not know. */
  readonly rows: number | null;
  readonly isGuess: boolean;
  readonly bytes: number;
}

/**
 * Sizes of the tables of a schema: as they were last written down, else what the database estimates. Names of the
 * catalogue have a collation of their own, with which no index of ours can be searched.
 */
export async function tableFacts(
  session: Session,
  { state }: Schemas,
  schema: string,
): Promise<TableFacts[]> {
  return session.query<TableFacts>(
    `select c.relname::text as name, coalesce(s.rows, nullif(c.reltuples, -1))::float8 as rows, s.rows is null as "isGuess",
            coalesce(s.bytes, pg_total_relation_size(c.oid))::float8 as bytes
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       left join lateral (
         select rows, bytes from ${quoteTable(state, 'table_sizes')}
          where schema_name = $1 and table_name = c.relname::text collate "default" order by day desc limit 1) s on true
      where n.nspname = $1 and c.relkind in ('r', 'p')`,
    [schema],
  );
}

/** Size of a table on a day. */
export interface DaySize {
  readonly at: Date;
  readonly rows: number;
  readonly bytes: number;
}

/** Sizes by table over the last days, in the order of time. */
export async function sizesOver(
  session: Session,
  { state }: Schemas,
  schema: string,
  days: number,
  table?: string,
): Promise<ReadonlyMap<string, readonly DaySize[]>> {
  const rows = await session.query<{ name: string; days: [string, number, number][] }>(
    `select table_name as name, json_agg(json_build_array(day, rows, bytes) order by day) as days
       from ${quoteTable(state, 'table_sizes')}
      where schema_name = $1 and day > current_date - $2::integer and ($3::text is null or table_name = $3)
      group by table_name`,
    [schema, days, table ?? null],
  );
  return new Map(
    rows.map(({ name, days: sizes }) => [
      name,
      sizes.map(([day, count, bytes]) => ({ at: new Date(`${day}T00:00:00Z`), rows: count, bytes })),
    ]),
  );
}

/** The effects of a run on a stream, as in its report. */
export interface StreamRunRow extends Record<string, unknown>, Omit<StreamReport, 'name' | 'error'> {
  readonly runId: string;
  readonly command: string;
  readonly stream: string;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Columns of a `run_streams` called `s`, with its run called `r`. */
export const STREAM_RUN = `s.run_id as "runId", r.command, s.stream, s.status, s.mode, s.partitions,
  s.partitions_failed as "partitionsFailed", s.requests, s.retries, s.rate_limited as "rateLimited", s.read, s.inserted,
  s.updated, s.unchanged, s.deleted, s.error, s.started_at as "startedAt", s.finished_at as "finishedAt"`;

/** The latest runs of a stream. */
export async function runsOfStream(
  session: Session,
  { state }: Schemas,
  stream: string,
  { limit, offset }: Part,
): Promise<Counted<StreamRunRow>[]> {
  return session.query<Counted<StreamRunRow>>(
    `select ${STREAM_RUN}, ${TOTAL} from ${quoteTable(state, 'run_streams')} s
       join ${quoteTable(state, 'runs')} r on r.run_id = s.run_id
      where s.stream = $1 order by s.started_at desc, s.run_id limit $2 offset $3`,
    [stream, limit, offset],
  );
}

/** Partitions of a stream that failed. */
export async function failedPartitions(
  session: Session,
  { state }: Schemas,
  stream: string,
  { limit, offset }: Part,
): Promise<Counted<FailedPartition>[]> {
  return session.query<Counted<FailedPartition>>(
    `select stream, partition, attempts, error, request_id as "requestId", run_id as "runId", ${TOTAL}
       from ${quoteTable(state, 'partitions')}
      where status = 'failed' and stream = $1 order by partition limit $2 offset $3`,
    [stream, limit, offset],
  );
}
