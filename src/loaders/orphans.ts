/**
 * Keeps tombstones and loads of two runs apart. A sync and a backfill hold different streams, but a tombstone takes the
 * children in other streams along: what was read of them before must not come back to life behind it.
 */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { kindsOf, type Stream } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import { tombstoneLock } from '../state/lock.ts';
import { assertRow, whileRunning } from '../state/run-fence.ts';
import type { Schemas } from '../state/schemas.ts';
import { countedRows } from './counted-rows.ts';
import { judge } from './deletion-proof.ts';

/**
 * Waits for tombstones under way, and those that come wait for this transaction; only while the run holds the schema.
 * Tells whether the stream has rows, deleted ones included, and absences: only the stream's
 * holder changes these.
 *
 * @throws DatabaseError, LockedError
 */
export async function beginLoad(
  session: Session,
  schemas: Schemas,
  stream: Stream,
  runId: string,
): Promise<{ readonly hasRows: boolean; readonly hasAbsences: boolean }> {
  const rows = await session.query<{ hasRows: boolean; hasAbsences: boolean }>(
    `/* waiting for deletions of another run */ select pg_advisory_xact_lock_shared(hashtextextended($2, 0)),
       exists (select from ${quoteTable(schemas.target, stream.name)}) as "hasRows",
       exists (select from ${quoteTable(schemas.state, 'absences')} where stream = $3) as "hasAbsences"
     ${whileRunning(schemas)}`,
    [runId, tombstoneLock(schemas), stream.name],
  );
  return assertRow(rows);
}

/** Waits for loads under way; those that come wait for this transaction. @throws DatabaseError */
export async function shutOutLoads(session: Session, schemas: Schemas): Promise<void> {
  await session.query(
    '/* waiting for loads of another run */ select pg_advisory_xact_lock(hashtextextended($1, 0))',
    [tombstoneLock(schemas)],
  );
}

/** Partitions among those of `units` whose parent was tombstoned since they were planned. @throws DatabaseError */
export async function orphanedPartitions(
  session: Session,
  stream: Stream,
  schemas: Schemas,
  units: readonly Unit[],
): Promise<ReadonlySet<string>> {
  const orphaned = new Set<string>();
  const kinds = kindsOf(stream).filter(({ parent }) => parent !== stream.name);
  for (const name of new Set(units.map(({ kind }) => kind))) {
    const own = units.filter(({ kind }) => kind === name);
    const parents = kinds.filter(({ kind }) => kind === name);
    if (parents.length === 0) continue;
    const has = (deleted: boolean): string =>
      parents
        .map(
          (kind) => `exists (select 1 from ${quoteTable(schemas.target, kind.parent)} p
             where p.${quoteName(kind.parentColumn)} = u.value and p._deleted_at is ${deleted ? 'not ' : ''}null
                   ${countedRows(kind, 'p')})`,
        )
        .join(' or ');
    const rows = await session.query<{ partition: string; alive: boolean }>(
      `select u.partition, ${has(false)} as alive from unnest($1::text[], $2::text[]) as u(partition, value)
        where ${has(true)}`,
      [own.map(({ partition }) => partition), own.map(({ value }) => value)],
    );
    for (const { partition, alive } of rows)
      if (judge(stream, { by: 'parents', tombstoned: true, alive }) === 'deleted') orphaned.add(partition);
  }
  return orphaned;
}
