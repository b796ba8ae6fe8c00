/**
 * Checkpoints of the embedded database. A server makes them by itself, in a process of its own; PGlite has none, so that
 * its write-ahead log grows until the database is closed.
 */
import type { Database, Session } from './database.ts';

/** So much of the log is kept for what comes, in files of 16 MB; above that, they go with the next checkpoint. */
const KEPT_MEGABYTES = 32;

/** Parameters of Postgres that keep the log's folder small. */
export const SMALL_LOG: readonly string[] = [
  ...['-c', `min_wal_size=${KEPT_MEGABYTES}MB`, '-c', `max_wal_size=${KEPT_MEGABYTES}MB`],
];

/** Megabytes of the log after which one is due: within a run, and at its end, when nobody waits. */
export const CHECKPOINT_AFTER = { within: 128, atEnd: 8 } as const;

/**
 * Makes a checkpoint where the embedded database wrote so many megabytes since the last one.
 *
 * @throws DatabaseError
 */
export async function checkpointAfter(
  session: Session,
  { kind }: Pick<Database, 'kind'>,
  megabytes: number,
): Promise<void> {
  if (kind !== 'pglite') return;
  const [log] = await session.query<{ due: boolean }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) > $1::float8 * 1048576 as due
       from pg_control_checkpoint()`,
    [megabytes],
  );
  if (log?.due === true) await session.query('checkpoint');
}
