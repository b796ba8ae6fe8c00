/** Vacuums all our tables, needed or not, on request; the caller waits. */
import { quoteTable, type Session } from './database.ts';
import { FEW_PAGES, ownSchemas, PAGES, type TidyOptions } from './tidy.ts';

/** A table is rewritten if its file is so many times as large as its rows, and larger than 4 MB. */
const TIMES = 1.7;
const LARGE_BYTES = 4 << 20;

/**
 * Vacuums and analyzes every table of more than a few pages. In the embedded database, which nobody else has open,
 * tables that are mostly empty space are rewritten, the catalogs too, and the write-ahead log is cut. Locked tables
 * are left out.
 *
 * @throws the reason of `signal`, between two tables; DatabaseError
 */
export async function compact(options: Omit<TidyOptions, 'dead'>): Promise<void> {
  const { database, signal } = options;
  const tables = await database.session((session) => tablesOf(session, options));
  for (const { schema, name } of tables) {
    signal?.throwIfAborted();
    const table = quoteTable(schema, name);
    await database.session(async (session) => {
      await session.query(`vacuum (analyze, skip_locked) ${table}`);
      if (database.kind === 'pglite' && (await isHollow(session, table)))
        await session.query(`vacuum (full, analyze) ${table}`);
    });
  }
  if (database.kind === 'pglite') await database.session((session) => session.query('checkpoint'));
}

interface Table extends Record<string, unknown> {
  readonly schema: string;
  readonly name: string;
}

/**
 * The tables that belong to the role, the largest last: what smaller ones gave back is there for it. Those of a few pages
 * would become larger by the maps that a vacuum makes.
 */
async function tablesOf(
  session: Session,
  { database, schemas, tables = [] }: Omit<TidyOptions, 'dead'>,
): Promise<readonly Table[]> {
  return session.query<Table>(
    `select n.nspname as schema, c.relname as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where (n.nspname = any($1) or n.nspname || '.' || c.relname = any($2))
        and c.relkind in ('r', 'm') and c.relpersistence = 'p' and pg_has_role(c.relowner, 'usage')
        and ${database.kind === 'pglite' ? `${PAGES} > ${FEW_PAGES}` : `(c.relpages = 0 or c.relpages > ${FEW_PAGES})`}
      order by c.relpages, 1, 2`,
    [ownSchemas(database, schemas), tables],
  );
}

/** True of a table of which little is rows, as its statistics of a moment ago have it. */
async function isHollow(session: Session, table: string): Promise<boolean> {
  const [size] = await session.query<{ hollow: boolean }>(
    `select pg_relation_size(c.oid) > greatest(${LARGE_BYTES}, ${TIMES} * c.reltuples * (
              28 + coalesce((select sum(s.avg_width * (1 - s.null_frac)) from pg_stats s
                              where s.schemaname = n.nspname and s.tablename = c.relname), 0))) as hollow
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::regclass`,
    [table],
  );
  return size?.hollow === true;
}
