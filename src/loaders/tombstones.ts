/**
 * Deletions. A row absent from a complete listing is noted as an absence by the merge; here absences are counted
 * against the guard, and the confirmed ones become tombstones, the children of a deleted row with it.
 */
import { type Database, quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { kindsOf, type PartitionKind, type Stream } from '../extractors/stream.ts';
import type { HistoryOptions } from '../state/change-log.ts';
import type { Schemas } from '../state/schemas.ts';
import { assertRunning } from '../state/run-fence.ts';
import { imageOf, logDeletionsSql, loggedKey } from './change-sql.ts';
import { sameAsKey } from './merge-sql.ts';
import { shutOutLoads } from './orphans.ts';

/** Where tombstones are written. */
export interface TombstoneContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly streams: readonly Stream[];
  readonly now: () => Date;
  /** A proof is one of this run: what an earlier one saw may have come back since. */
  readonly runId: string;
  readonly history: Pick<HistoryOptions, 'isLogged'>;
}

/** How many rows of a stream are absent, and how many there are. */
export interface AbsenceCount {
  /** Proved by this run. */
  readonly confirmed: number;
  readonly unconfirmed: number;
  /** Rows of the table that are not deleted. */
  readonly live: number;
}

/** Counts a stream's absences; the table itself is counted only where there are some. @throws DatabaseError */
export async function countAbsences(
  { database, schemas, runId }: TombstoneContext,
  stream: Stream,
): Promise<AbsenceCount> {
  return database.session(async (session) => {
    const [absent] = await session.query<{ confirmed: number; unconfirmed: number }>(
      `select (count(*) filter (where ${PROVED}))::integer as confirmed,
              (count(*) filter (where not (${PROVED})))::integer as unconfirmed
         from ${quoteTable(schemas.state, 'absences')} where stream = $1`,
      [stream.name, runId],
    );
    const { confirmed, unconfirmed } = absent ?? { confirmed: 0, unconfirmed: 0 };
    if (confirmed + unconfirmed === 0) return { confirmed, unconfirmed, live: 0 };
    const [table] = await session.query<{ live: number }>(
      `select count(*)::integer as live from ${quoteTable(schemas.target, stream.name)} where _deleted_at is null`,
    );
    return { confirmed, unconfirmed, live: table?.live ?? 0 };
  });
}

/** An absence that counts as a deletion. $2 = run. */
const PROVED = 'confirmed and run_id = $2';

/** An absent row: its key as a JSON text and by column. */
export interface AbsentRow {
  readonly key: string;
  /** Partition whose listing it is absent from. */
  readonly partition: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Partitions with absences that still need a proof. @throws DatabaseError */
export async function absentPartitions(
  { database, schemas, runId }: TombstoneContext,
  stream: Stream,
): Promise<string[]> {
  const rows = await database.session((session) =>
    session.query<{ partition: string }>(
      `select distinct partition from ${quoteTable(schemas.state, 'absences')}
        where stream = $1 and not (${PROVED}) order by 1`,
      [stream.name, runId],
    ),
  );
  return rows.map(({ partition }) => partition);
}

/** Up to `limit` absences that still need a proof, those after a key, in the order of keys. @throws DatabaseError */
export async function unconfirmedAbsences(
  { database, schemas, runId }: TombstoneContext,
  stream: Stream,
  after: string,
  limit: number,
): Promise<AbsentRow[]> {
  const rows = await database.session((session) =>
    session.query<{ key: string; partition: string }>(
      `select key, partition from ${quoteTable(schemas.state, 'absences')}
        where stream = $1 and not (${PROVED}) and key collate "C" > $3 order by key collate "C" limit $4`,
      [stream.name, runId, after, limit],
    ),
  );
  return rows.map(({ key, partition }) => {
    const values = (JSON.parse(key) as unknown[]).map(String);
    return {
      key,
      partition,
      columns: Object.fromEntries(stream.key.map((column, i) => [column, values[i] ?? ''])),
    };
  });
}

/** What a direct look at absent rows showed. */
export interface AbsenceVerdict {
  /** Keys whose entry the API does not know any more. */
  readonly gone: readonly string[];
  /** Keys whose entry is still there, or hidden from us: not deleted. */
  readonly present: readonly string[];
}

/** Records the verdict. @throws DatabaseError */
export async function settleAbsences(
  { database, schemas, runId }: TombstoneContext,
  stream: Stream,
  verdict: AbsenceVerdict,
): Promise<void> {
  const absences = quoteTable(schemas.state, 'absences');
  await database.transaction(async (session) => {
    await session.query(
      `update ${absences} set confirmed = true, run_id = $3 where stream = $1 and key = any($2::text[])`,
      [stream.name, verdict.gone, runId],
    );
    await session.query(`delete from ${absences} where stream = $1 and key = any($2::text[])`, [
      stream.name,
      verdict.present,
    ]);
  });
}

/** Forgets the absences of a stream, or of one partition: nothing that was seen is worth a proof. @throws DatabaseError */
export async function forgetAbsences(
  { database, schemas }: Pick<TombstoneContext, 'database' | 'schemas'>,
  stream: Stream,
  partition?: string,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `delete from ${quoteTable(schemas.state, 'absences')} where stream = $1 and partition = coalesce($2, partition)`,
      [stream.name, partition ?? null],
    ),
  );
}

/** Rows tombstoned in a stream itself and, by stream, among its descendants. */
export interface Tombstoned {
  readonly own: number;
  readonly children: ReadonlyMap<string, number>;
}

/** Tombstones every confirmed absence of `stream` and what hangs below, in one transaction. @throws DatabaseError */
export async function writeTombstones(context: TombstoneContext, stream: Stream): Promise<Tombstoned> {
  const { database, schemas, now, runId } = context;
  const absences = quoteTable(schemas.state, 'absences');
  const at = now().toISOString();
  return database.transaction(async (session) => {
    await shutOutLoads(session, schemas);
    await assertRunning(session, schemas, runId);
    const gone = await remove(context, session, stream, at, {
      from: `from ${absences} a`,
      where: `a.stream = $3 and a.confirmed and a.run_id = $2 and ${sameAsKey(stream, 't', 'a')}`,
      values: [stream.name],
    });
    await session.query(`delete from ${absences} where stream = $1 and ${PROVED}`, [stream.name, runId]);
    const children = new Map<string, number>();
    if (gone > 0) await followParents(context, session, stream, at, children);
    return { own: gone, children };
  });
}

/** Marks rows `t` as deleted and logs them, in one statement. $1 = time, $2 = run, from $3 on `values`. */
async function remove(
  { schemas, runId, history }: TombstoneContext,
  session: Session,
  stream: Stream,
  at: string,
  rows: { readonly from: string; readonly where: string; readonly values: readonly unknown[] },
): Promise<number> {
  const logged = history.isLogged(stream.name)
    ? `, logged as (${logDeletionsSql(stream, schemas, '$1::timestamptz', '$2')})`
    : '';
  const [result] = await session.query<{ count: number }>(
    `with gone as (
       update ${quoteTable(schemas.target, stream.name)} t set _deleted_at = $1::timestamptz, _synced_at = $1::timestamptz
         ${rows.from}
        where ${rows.where} and t._deleted_at is null
        returning ${loggedKey(stream, 't')} as _key, ${imageOf(stream, 't')} as _old
     )${logged}
     select count(*)::integer as count from gone where $2::text is not null`,
    [at, runId, ...rows.values],
  );
  return result?.count ?? 0;
}

/** Tombstones children whose parent is gone, forgets the cursors of their partitions, and goes on below them. */
async function followParents(
  context: TombstoneContext,
  session: Session,
  parent: Stream,
  at: string,
  counts: Map<string, number>,
): Promise<void> {
  const { schemas } = context;
  for (const { child, kind } of childrenOf(context.streams, parent.name)) {
    const gone = `select p.${quoteName(kind.parentColumn)} from ${quoteTable(schemas.target, parent.name)} p
                   where p._deleted_at is not null ${nowhereElse(schemas, child, kind)}`;
    const removed = await remove(context, session, child, at, {
      from: '',
      where: `t.${quoteName(kind.column)} in (${gone})`,
      values: [],
    });
    for (const table of ['partitions', 'absences']) {
      await session.query(
        `delete from ${quoteTable(schemas.state, table)} s
          where s.stream = $1 and s.partition in (
            select ${partitionExpression(child, kind, 'g.value')} from (${gone}) as g(value))`,
        [child.name],
      );
    }
    if (removed === 0) continue;
    counts.set(child.name, (counts.get(child.name) ?? 0) + removed);
    await followParents(context, session, child, at, counts);
  }
}

/** An object can be in several listings (a workbook is a file, too): it is gone where none of them has it. */
function nowhereElse(schemas: Schemas, child: Stream, kind: PartitionKind): string {
  return kindsOf(child)
    .filter(
      (other) => other.column === kind.column && other.parent !== kind.parent && other.parent !== child.name,
    )
    .map(
      ({ parent, parentColumn }) => `and not exists (
        select 1 from ${quoteTable(schemas.target, parent)} o
         where o.${quoteName(parentColumn)} = p.${quoteName(kind.parentColumn)} and o._deleted_at is null)`,
    )
    .join(' ');
}

function childrenOf(streams: readonly Stream[], parent: string): { child: Stream; kind: PartitionKind }[] {
  return streams.flatMap((child) =>
    kindsOf(child)
      .filter((kind) => kind.parent === parent && child.name !== parent)
      .map((kind) => ({ child, kind })),
  );
}

/** SQL for a partition's name: the parent's value, behind its kind where the stream has several kinds. */
export function partitionExpression(stream: Stream, kind: PartitionKind, value: string): string {
  const kinds = new Set(kindsOf(stream).map((k) => k.kind));
  return kinds.size > 1 ? `'${kind.kind}:' || ${value}` : value;
}
