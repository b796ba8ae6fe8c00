/** The last outcome of every stream and export, and how fresh each is: for the page, metrics, alerts, commands and the digest. */
import { quoteLiteral, quoteTable, type Row, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../schemas.ts';

/** The state of a stream or an export after the last run that tried it. */
export interface Outcome {
  readonly status: string;
  readonly runId: string;
  readonly lastAttemptAt: Date;
  /** Time up to which its table is fresh; null if it was never read as a whole. */
  readonly lastSuccessAt: Date | null;
  readonly error: string | null;
}

/** The last outcome of a stream. */
export interface StreamOutcome extends Row, Outcome {
  readonly stream: string;
}

/** The last outcome of an export. */
export interface ExportOutcome extends Row, Outcome {
  readonly export: string;
  readonly table: string;
  readonly mode: string;
  readonly watermark: Date | null;
}

const OUTCOME = `last_status as status, last_run_id as "runId", last_attempt_at as "lastAttemptAt",
  last_success_at as "lastSuccessAt", error`;

/** Every stream that was ever tried. @throws DatabaseError */
export function streamOutcomes(session: Session, { state }: Schemas): Promise<StreamOutcome[]> {
  return session.query<StreamOutcome>(`select stream, ${OUTCOME} from ${quoteTable(state, 'streams')}`);
}

/** Every export that was ever run, those included that the settings no longer have. @throws DatabaseError */
export function exportOutcomes(session: Session, { state }: Schemas): Promise<ExportOutcome[]> {
  return session.query<ExportOutcome>(
    `select export, table_name as table, mode, watermark, ${OUTCOME}
       from ${quoteTable(state, 'exports')} order by export`,
  );
}

/** Number of known partitions of a stream, and of those that the next run retries. */
export interface PartitionCounts extends Row {
  readonly stream: string;
  readonly total: number;
  readonly failed: number;
}

/** Partitions of every stream that was read. @throws DatabaseError */
export function partitionCounts(session: Session, { state }: Schemas): Promise<PartitionCounts[]> {
  return session.query<PartitionCounts>(
    `select stream, count(*)::integer as total, (count(*) filter (where status = 'failed'))::integer as failed
       from ${quoteTable(state, 'partitions')} group by stream`,
  );
}

/** A partition that the next run retries. */
export interface FailedPartition extends Row {
  readonly stream: string;
  readonly partition: string;
  readonly attempts: number;
  readonly error: string | null;
  readonly requestId: string | null;
  readonly runId: string;
}

/** Partitions that failed, of one stream or of all. @throws DatabaseError */
export function partitionsToRetry(
  session: Session,
  { state }: Schemas,
  limit: number,
  stream?: string,
): Promise<FailedPartition[]> {
  return session.query<FailedPartition>(
    `select stream, partition, attempts, error, request_id as "requestId", run_id as "runId"
       from ${quoteTable(state, 'partitions')}
      where status = 'failed' and ($2::text is null or stream = $2) order by stream, partition limit $1`,
    [limit, stream ?? null],
  );
}

/** Rows of the tables of streams that are not marked as deleted: counted one by one, in one statement. @throws DatabaseError */
export async function countRows(
  session: Session,
  { target }: Schemas,
  streams: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (streams.length === 0) return new Map();
  const counts = streams.map(
    (stream) =>
      `select ${quoteLiteral(stream)} as stream, count(*)::integer as count
         from ${quoteTable(target, stream)} where _deleted_at is null`,
  );
  const rows = await session.query<{ stream: string; count: number }>(
    `/* counting rows */ ${counts.join(' union all ')}`,
  );
  return new Map(rows.map(({ stream, count }) => [stream, count]));
}
