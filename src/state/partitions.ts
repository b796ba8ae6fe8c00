/** Cursors of partitions: read when work is planned, written in the transaction that loads the rows. */
import { type Database, quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

/** The outcome of one unit, ready to be written. */
export interface PartitionOutcome {
  readonly stream: string;
  readonly partition: string;
  readonly kind: string;
  /** The change signal the rows were fetched for; undefined where there is none. */
  readonly signal: string | undefined;
  /** Values for which an endpoint failed as it does where it has nothing to tell. */
  readonly doubtful?: readonly string[];
  /** Some of them had something to tell before: the next run asks again, and does not wait for their turn. */
  readonly isOpen?: boolean;
  /** Only what was in doubt was read, not the partition. */
  readonly only?: readonly string[] | undefined;
  /** Absent: the partition is complete. */
  readonly failure?: { readonly message: string; readonly requestId: string | undefined };
}

/**
 * Writes many outcomes with one statement. A failed partition keeps the signal and time of its last completion, so
 * that it is due again in the next run.
 */
export async function recordPartitions(
  session: Session,
  schemas: Schemas,
  { runId, cycleId }: { readonly runId: string; readonly cycleId: string },
  now: Date,
  outcomes: readonly PartitionOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  await session.query(
    `insert into ${quoteTable(schemas.state, 'partitions')} as p
       (stream, partition, kind, signal, status, error, request_id, run_id, cycle_id, completed_at, attempts,
        doubts, doubtful, doubted_at)
     select stream, partition, kind, signal, case when error is null then 'complete' else 'failed' end, error,
            request_id, $7, case when error is null then $9 end,
            case when error is null and is_whole then $8::timestamptz end, 1,
            case when doubtful = '{}' then 0 when is_open then 1 else 2 end, nullif(doubtful, '{}'), case when doubtful <> '{}' then $8::timestamptz end
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $10::boolean[], $11::text[], $12::boolean[])
         as o(stream, partition, kind, signal, error, request_id, is_whole, doubts, is_open),
            lateral (select array(select jsonb_array_elements_text(doubts::jsonb)) as doubtful) d
     on conflict (stream, partition) do update set
       kind = excluded.kind, status = excluded.status, error = excluded.error, request_id = excluded.request_id,
       run_id = excluded.run_id,
       attempts = case when p.status = 'failed' then p.attempts + 1 else 1 end,
       doubts = case when excluded.status = 'failed' then p.doubts
                     when excluded.doubts = 0 or excluded.completed_at is not null then excluded.doubts
                     else p.doubts + 1 end,
       doubtful = case when excluded.status = 'failed' then p.doubtful else excluded.doubtful end,
       doubted_at = coalesce(excluded.doubted_at, p.doubted_at),
       covered = case when excluded.completed_at is null then p.covered else 0 end,
       signal = case when excluded.status = 'complete' then excluded.signal else p.signal end,
       cycle_id = coalesce(excluded.cycle_id, p.cycle_id),
       completed_at = coalesce(excluded.completed_at, p.completed_at)`,
    [
      outcomes.map((o) => o.stream),
      outcomes.map((o) => o.partition),
      outcomes.map((o) => o.kind),
      outcomes.map((o) => o.signal ?? null),
      outcomes.map((o) => o.failure?.message ?? null),
      outcomes.map((o) => o.failure?.requestId ?? null),
      runId,
      now.toISOString(),
      cycleId,
      outcomes.map((o) => o.only === undefined),
      outcomes.map((o) => JSON.stringify(o.doubtful ?? [])),
      outcomes.map((o) => o.isOpen === true),
    ],
  );
}

/** Lets the next run ask again what this one left in doubt: the API was in trouble. @throws DatabaseError */
export async function openDoubts(
  database: Database,
  schemas: Schemas,
  runId: string,
  stream: string,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `update ${quoteTable(schemas.state, 'partitions')} set doubts = 1
        where stream = $1 and run_id = $2 and doubtful is not null`,
      [stream, runId],
    ),
  );
}

/** Partitions that something else than their own listings stands for. */
export interface Covered {
  /** A query for their names, kinds and signals. $1 = stream, $2 = cycle; further ones from $5 on. */
  readonly due: string;
  /** Its parameters, $1 to $4. */
  readonly parameters: readonly unknown[];
  readonly run: { readonly runId: string };
  readonly at: Date;
}

/** So often in a row; then their own listing is read. */
export const MOST_COVERED = 3;

/** Writes that they are complete, as if they were read. The first time varies, so that not all are read at once later. @returns how many. @throws DatabaseError */
export async function coverPartitions(
  session: Session,
  schemas: Schemas,
  { due, parameters, run, at }: Covered,
): Promise<number> {
  const [result] = await session.query<{ count: number }>(
    `with covered as (
       insert into ${quoteTable(schemas.state, 'partitions')} as p
         (stream, partition, kind, signal, status, run_id, cycle_id, completed_at, attempts, covered)
       select $1, partition, kind, signal, 'complete', $5, $2, $6::timestamptz, 1,
              (hashtextextended(partition, 1) & 3)::integer % ${MOST_COVERED} + 1
         from (${due}) due
       on conflict (stream, partition) do update set
         kind = excluded.kind, signal = excluded.signal, status = excluded.status, error = null, request_id = null,
         run_id = excluded.run_id, cycle_id = excluded.cycle_id, completed_at = excluded.completed_at, attempts = 1,
         covered = p.covered + 1
       returning 1)
     select count(*)::integer as count from covered`,
    [...parameters, run.runId, at.toISOString()],
  );
  return result?.count ?? 0;
}

/** The signal a partition was last completed for. @throws DatabaseError */
export async function storedSignal(
  database: Database,
  schemas: Schemas,
  stream: string,
  partition: string,
): Promise<string | undefined> {
  const rows = await database.session((session) =>
    session.query<{ signal: string | null }>(
      `select signal from ${quoteTable(schemas.state, 'partitions')} where stream = $1 and partition = $2`,
      [stream, partition],
    ),
  );
  return rows[0]?.signal ?? undefined;
}

/** True where no partition of the stream was ever completed. @throws DatabaseError */
export async function isNew(database: Database, schemas: Schemas, stream: string): Promise<boolean> {
  const rows = await database.session((session) =>
    session.query(
      `select 1 from ${quoteTable(schemas.state, 'partitions')} where stream = $1 and completed_at is not null limit 1`,
      [stream],
    ),
  );
  return rows.length === 0;
}

/** True where the stream's table has rows, deleted ones included: it was read, whatever became of its cursors. @throws DatabaseError */
export async function hasRows(session: Session, schemas: Schemas, stream: string): Promise<boolean> {
  const rows = await session.query(`select 1 from ${quoteTable(schemas.target, stream)} limit 1`);
  return rows.length > 0;
}
