/** Cleans up behind runs that were killed. */
import { type Database, quoteTable } from '../database/database.ts';
import type { Schemas } from '../state/migrate.ts';

/** Drops the staging tables that killed runs left behind. Only for whoever holds the schema. @throws DatabaseError */
export async function dropLeftOvers(database: Database, schemas: Schemas): Promise<void> {
  await database.session(async (session) => {
    const tables = await session.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = $1 and tablename like 'staging\\_%'`,
      [schemas.state],
    );
    for (const { name } of tables)
      await session.query(`drop table if exists ${quoteTable(schemas.state, name)}`);
  });
}
