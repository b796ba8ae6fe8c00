/** Rows that are made by the database itself: ids and numbers by SQL, written straight into the tables of streams. */
import { quoteTable, type Session } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';

/** The end of the first sync, in SQL. */
export const TIMES = `'2026-10-01T00:00:00Z'::timestamptz`;

/** The n-th id of a kind: `kind` and `n` are SQL. */
export const id = (kind: string, n: string): string => `md5('${kind}' || (${n}))::uuid::text`;
/** A whole number from 1 to `most`, the same for the same seed and n. */
export const pick = (seed: string, n: string, most: number): string =>
  `(1 + abs(hashtext('${seed}' || (${n})) % ${most}))`;

/** Writes what a SELECT gives into the table of a stream, as of the first sync. */
export type Insert = (table: string, columns: readonly string[], from: string) => Promise<unknown>;

/** @param raw the entry as the API had it: an SQL expression over `r`, the row. */
export function inserter(session: Session, { target }: Schemas, raw: string): Insert {
  return (table, columns, from) =>
    session.query(
      `insert into ${quoteTable(target, table)} (${columns.join(', ')}, _raw, _first_synced_at, _synced_at)
         select ${columns.map((name) => `r.${name}`).join(', ')}, ${raw}, ${TIMES}, ${TIMES} from (${from}) r`,
    );
}
