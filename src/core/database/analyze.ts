/**
 * Statistics for the planner, right after a load: autovacuum comes a minute later, leaves tables of fewer than fifty rows
 * alone, and never comes in the embedded database.
 */
import { CHECKPOINT_AFTER, checkpointAfter } from './checkpoint.ts';
import { type Database, quoteTable } from './database.ts';

/** Rows of which so many changed are no longer as the statistics have them. */
const SHARE = 0.1;

/**
 * Analyzes a table after so many rows of it changed, where that is much. It never throws: what was loaded is there
 * without statistics, too.
 */
export async function analyzeChanged(
  database: Database,
  schema: string,
  table: string,
  changed: number,
): Promise<void> {
  if (changed === 0) return;
  const work = database.session(async (session) => {
    const [known] = await session.query<{ rows: number }>(
      `select c.reltuples::float8 as rows from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p') and pg_has_role(c.relowner, 'usage')`,
      [schema, table],
    );
    // Without statistics the number is 0 or below.
    if (known !== undefined && changed >= SHARE * known.rows)
      await session.query(`analyze (skip_locked) ${quoteTable(schema, table)}`);
    // A long run must not wait for its end with that.
    await checkpointAfter(session, database, CHECKPOINT_AFTER.within);
  });
  await work.catch(() => undefined);
}
