/** Cleans up behind runs that were killed. */
import { type Database, quoteTable } from '../core/database/database.ts';
import type { RunCommand } from '../state/run-types.ts';
import type { Schemas } from '../state/schemas.ts';

/** Name of a run's staging tables, behind the stream's: it tells those of a backfill from those of a sync. */
export function stagingOwner({ runId, command }: { runId: string; command: RunCommand }): string {
  return `${command === 'backfill' ? 'b' : 's'}${runId.slice(0, 8)}`;
}

/**
 * Drops the staging tables that killed runs of the command left behind. Only for the holder of its lock.
 *
 * @throws DatabaseError
 */
export async function dropLeftOvers(
  database: Database,
  schemas: Schemas,
  command: RunCommand,
): Promise<void> {
  await database.session(async (session) => {
    const tables = await session.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = $1 and tablename like 'staging\\_%'
          and (tablename ~ '_b[0-9a-f]{8}$') = $2`,
      [schemas.state, command === 'backfill'],
    );
    for (const { name } of tables)
      await session.query(`drop table if exists ${quoteTable(schemas.state, name)}`);
  });
}
