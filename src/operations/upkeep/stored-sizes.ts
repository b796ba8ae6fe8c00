/** The space that everything takes: our part of a database, and the whole folder of an embedded one. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, quoteTable } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';

/** Bytes of a table with its indexes and what is too long for it. */
export interface TableSize {
  /** As `schema.table`; a table of the state schema by its name alone. */
  readonly table: string;
  readonly bytes: number;
}

/** The place of the tables. */
export interface Stored {
  /** Schemas that are ours as a whole. */
  readonly schemas: readonly string[];
  /** Our tables in another one, as `schema.table`. */
  readonly tables: readonly string[];
  /** The one whose tables go by their names alone. */
  readonly state: string;
}

/** Sizes of all that is ours, the largest first; the months of the change log are one table. @throws DatabaseError */
export async function storedSizes(
  database: Database,
  { schemas, tables, state }: Stored,
): Promise<readonly TableSize[]> {
  const rows = await database.session((session) =>
    session.query<{ name: string; bytes: string }>(
      `select case n.nspname when $3 then '' else n.nspname || '.' end || coalesce(p.relname, c.relname) as name,
              sum(pg_total_relation_size(c.oid))::text as bytes
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         left join pg_inherits i on i.inhrelid = c.oid
         left join pg_class p on p.oid = i.inhparent
        where (n.nspname = any($1) or n.nspname || '.' || c.relname = any($2))
          and c.relkind in ('r', 'm') and c.relpersistence = 'p'
        group by 1 order by sum(pg_total_relation_size(c.oid)) desc, 1`,
      [schemas, tables, state],
    ),
  );
  return rows.map(({ name, bytes }) => ({ table: name, bytes: Number(bytes) }));
}

/** The tables that exports made, of the settings or not, as `schema.table`. @throws DatabaseError */
export async function exportedTables(
  database: Database,
  { state }: Schemas,
  exportsSchema: string,
): Promise<readonly string[]> {
  const rows = await database.session((session) =>
    session.query<{ name: string }>(
      `select $1 || '.' || table_name as name from ${quoteTable(state, 'exports')} where table_name is not null`,
      [exportsSchema],
    ),
  );
  return rows.map(({ name }) => name);
}

/** Bytes of all files below a folder. @throws Error of the system where it can't be read */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    // A file may go while we look.
    const size = entry.isFile()
      ? (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
      : 0;
    return sum + size;
  }, 0);
}
