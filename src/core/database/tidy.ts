/**
 * Vacuums what was changed, so that its space is used again. The embedded database has no autovacuum. On a server it
 * comes a minute later to large tables, and to small ones seldom.
 */
import { CHECKPOINT_AFTER, checkpointAfter } from './checkpoint.ts';
import { type Database, limitStatements, quoteTable, type Session } from './database.ts';

/** See {@link tidy}. */
export interface TidyOptions {
  readonly database: Database;
  /** Schemas whose tables are ours. */
  readonly schemas: readonly string[];
  /** Our tables in schemas of others, as `schema.table`. */
  readonly tables?: readonly string[];
  /** Old versions of rows that the caller knows of, by `schema.table`: a server's statistics may count them later. */
  readonly dead?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal | undefined;
}

/** Old versions of rows that are worth a vacuum: as a share of the rows, and at least so many. */
const SHARE = 0.2;
const LEAST_ROWS = 20;
/** A table of so many pages has nothing to save, unless it has so many old versions of rows. */
export const FEW_PAGES = 4;
const MANY_ROWS = 200;
/** Larger tables are left to a server's autovacuum, which spares the disk: 64 MB. */
const MANY_PAGES = 8192;
/** Nothing is begun after that. Tables that are left have their turn after the next run, the worst first. */
const MOST_MS = 30_000;
/** The longest that one statement may take on a server. */
const STATEMENT_MS = 60_000;

/**
 * Vacuums tables with many old row versions, and tables that grew by a fifth since the last look. In the embedded
 * database it also vacuums the catalogs, and makes a checkpoint if one is due. If nothing changed, it takes one look.
 *
 * It never throws: the loaded data is there, however large. It skips tables that somebody has locked.
 *
 * @returns the number of vacuumed tables.
 */
export async function tidy(options: TidyOptions): Promise<number> {
  const { database, signal } = options;
  const end = performance.now() + MOST_MS;
  const isOver = (): boolean => signal?.aborted === true || performance.now() > end;
  let done = 0;
  if (isOver()) return done;
  try {
    const tables = await database.session((session) => tablesToVacuum(session, options));
    for (const table of tables) {
      if (isOver()) break;
      // Each by itself: others that share the only connection of an embedded database use it between two.
      await database
        .session((session) => vacuum(session, database.kind, table))
        .then(
          () => done++,
          () => undefined,
        );
    }
    if (!isOver())
      await database.session((session) => checkpointAfter(session, database, CHECKPOINT_AFTER.atEnd));
  } catch {
    // The next run looks again.
  }
  return done;
}

interface Table extends Record<string, unknown> {
  readonly schema: string;
  readonly name: string;
  readonly analyze: boolean;
}

async function tablesToVacuum(
  session: Session,
  { database, schemas, tables = [], dead = new Map() }: TidyOptions,
): Promise<readonly Table[]> {
  const isEmbedded = database.kind === 'pglite';
  const counts = new Map([...tables.map((table) => [table, 0] as const), ...dead]);
  // Writes this process's counts down now: nobody else counts in the embedded database.
  if (isEmbedded) await session.query('select pg_stat_force_next_flush()');
  return session.query<Table>(
    `/* looking for tables to vacuum */
     select n.nspname as schema, c.relname as name,
            pg_stat_get_mod_since_analyze(c.oid) > 0.1 * c.reltuples or c.reltuples <= 0 as analyze
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       left join unnest($2::text[], $3::float8[]) k (name, dead) on k.name = n.nspname || '.' || c.relname
      cross join lateral (
        select greatest(k.dead, pg_stat_get_dead_tuples(c.oid)) as dead, ${isEmbedded ? GROWN : 'c.relpages'} as pages) s
      where (n.nspname = any($1) or k.name is not null) and c.relkind in ('r', 'm') and c.relpersistence = 'p'
        and pg_has_role(c.relowner, 'usage')
        and (s.pages > ${FEW_PAGES} or s.dead >= ${MANY_ROWS})
        and (s.dead >= ${LEAST_ROWS} and s.dead >= ${SHARE} * c.reltuples
             or s.pages > ${1 + SHARE} * c.relpages + ${FEW_PAGES})
        and ($4 or s.pages <= ${MANY_PAGES} or not (${AUTOVACUUM}))
      order by s.dead desc, s.pages desc`,
    [ownSchemas(database, schemas), [...counts.keys()], [...counts.values()], isEmbedded],
  );
}

/**
 * Pages of a table now, and not as of the last look at it. If others may hold a lock on the table, asking for it
 * would wait for them.
 */
export const PAGES = `pg_relation_size(c.oid) / current_setting('block_size')::integer`;

/** The same of a table into which something was written since the database was opened; others did not grow. */
const GROWN = `case when pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) = 0
  then c.relpages else ${PAGES} end`;

/** True where the server vacuums a table by itself. */
const AUTOVACUUM = `current_setting('autovacuum')::boolean and current_setting('track_counts')::boolean
  and coalesce((select o.option_value::boolean from pg_options_to_table(c.reloptions) o
                 where o.option_name = 'autovacuum_enabled'), true)`;

/** @throws DatabaseError */
async function vacuum(session: Session, kind: Database['kind'], table: Table): Promise<void> {
  const statement = `vacuum (${table.analyze ? 'analyze, ' : ''}skip_locked) ${quoteTable(table.schema, table.name)}`;
  if (kind === 'pglite') {
    await session.query(statement);
    return;
  }
  await limitStatements(session, STATEMENT_MS, 'session');
  try {
    await session.query(statement);
  } finally {
    await session.query('reset statement_timeout');
  }
}

/** Nobody else looks after the catalogs of an embedded database. */
export function ownSchemas({ kind }: Pick<Database, 'kind'>, schemas: readonly string[]): readonly string[] {
  return kind === 'pglite' ? [...schemas, 'pg_catalog'] : schemas;
}
