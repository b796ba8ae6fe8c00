/** Tombstones: absences that are proven deletions become those, and the children of a deleted row with it. */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { kindsOf, type PartitionKind, type Stream } from '../extractors/stream.ts';
import type { HistoryOptions } from '../state/change-log.ts';
import { assertRunning } from '../state/run-fence.ts';
import type { Schemas } from '../state/schemas.ts';
import { sameAsKey } from './absence-sql.ts';
import type { AbsenceContext } from './absences.ts';
import { imageOf, logDeletionsSql, loggedKey } from './change-sql.ts';
import { countedRows } from './counted-rows.ts';
import { goneWithParents, provenIn } from './deletion-proof.ts';
import { shutOutLoads } from './orphans.ts';
import { partitionExpression } from './partition-name.ts';

/** The destination of tombstones. */
export interface TombstoneContext extends AbsenceContext {
  readonly streams: readonly Stream[];
  readonly now: () => Date;
  readonly history: Pick<HistoryOptions, 'isLogged'>;
}

/** Rows tombstoned in a stream itself and, by stream, among its descendants. */
export interface Tombstoned {
  readonly own: number;
  readonly children: ReadonlyMap<string, number>;
}

/** Tombstones every proven absence of `stream` and what hangs below, in one transaction. @throws DatabaseError */
export async function writeTombstones(context: TombstoneContext, stream: Stream): Promise<Tombstoned> {
  const { database, schemas, now, runId } = context;
  const absences = quoteTable(schemas.state, 'absences');
  const at = now().toISOString();
  return database.transaction(async (session) => {
    await shutOutLoads(session, schemas);
    await assertRunning(session, schemas, runId);
    const gone = await remove(context, session, stream, at, {
      from: `from ${absences} a`,
      where: `a.stream = $3 and ${provenIn('$2', 'a')} and ${sameAsKey(stream, 't', 'a')}`,
      values: [stream.name],
    });
    await session.query(`delete from ${absences} where stream = $1 and ${provenIn('$2')}`, [
      stream.name,
      runId,
    ]);
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
                   where ${goneWithParents(`p._deleted_at is not null ${countedRows(kind, 'p')}`, aliveElsewhere(schemas, child, kind))}`;
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

/** Conditions under each of which another listing than the parent's, or another row of it, has the object of row `p`. */
function aliveElsewhere(schemas: Schemas, child: Stream, kind: PartitionKind): string[] {
  const others = kindsOf(child).filter(
    ({ column, parent, only }) =>
      column === kind.column && (parent !== kind.parent || only !== undefined) && parent !== child.name,
  );
  return others.map(
    (other) => `exists (
        select 1 from ${quoteTable(schemas.target, other.parent)} o
         where o.${quoteName(other.parentColumn)} = p.${quoteName(kind.parentColumn)} and o._deleted_at is null
               ${countedRows(other, 'o')})`,
  );
}

function childrenOf(streams: readonly Stream[], parent: string): { child: Stream; kind: PartitionKind }[] {
  return streams.flatMap((child) =>
    kindsOf(child)
      .filter((kind) => kind.parent === parent && child.name !== parent)
      .map((kind) => ({ child, kind })),
  );
}
