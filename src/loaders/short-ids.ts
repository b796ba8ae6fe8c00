/**
 * Checks whether an organization's short ids are its long ids in base 62, as in every published pair. Its own pairs
 * decide. Only if all of them agree do we compute ids that no listing tells.
 */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import { longIdOf } from '../sigma/ids.ts';
import type { Schemas } from '../state/schemas.ts';

/** The place of the pairs. */
interface PairContext {
  readonly schemas: Schemas;
  /** Every stream there is. */
  readonly streams: readonly Stream[];
}

/** Number of pairs, and number of those that contradict. */
export interface PairCounts {
  readonly pairs: number;
  readonly contradictions: number;
}

const PAGE = 5000;

/** The pairs of ids of all objects that a listing has with both of them, tombstones included. @throws DatabaseError */
async function* pairsOf(
  session: Session,
  { schemas, streams }: PairContext,
): AsyncGenerator<{ readonly id: string; readonly urlId: string }> {
  for (const { name, identifies } of streams) {
    if (identifies?.urlId === undefined) continue;
    const [id, urlId] = [quoteName(identifies.id), quoteName(identifies.urlId)];
    const sql = `/* comparing ids of ${name} */
      select ${id} as id, ${urlId} as "urlId" from ${quoteTable(schemas.target, name)}
       where ${id} > $1 order by ${id} limit ${PAGE}`;
    for (let after = ''; ; ) {
      const rows = await session.query<{ id: string; urlId: string | null }>(sql, [after]);
      for (const row of rows) if (row.urlId !== null) yield { id: row.id, urlId: row.urlId };
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.id;
    }
  }
}

const agrees = ({ id, urlId }: { readonly id: string; readonly urlId: string }): boolean =>
  longIdOf(urlId) === id.toLowerCase();

/** Counts all of them. @throws DatabaseError */
export async function countPairs(session: Session, context: PairContext): Promise<PairCounts> {
  const counts = { pairs: 0, contradictions: 0 };
  for await (const pair of pairsOf(session, context)) {
    counts.pairs++;
    if (!agrees(pair)) counts.contradictions++;
  }
  return counts;
}

/** True where there are pairs and none contradicts. @throws DatabaseError */
export async function mayCompute(session: Session, context: PairContext): Promise<boolean> {
  let isProven = false;
  for await (const pair of pairsOf(session, context)) {
    if (!agrees(pair)) return false;
    isProven = true;
  }
  return isProven;
}
