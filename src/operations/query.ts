/** Answers an SQL question, read-only: the embedded database has no other client. */
import type { Database, Row } from '../database/database.ts';
import { quoteName } from '../database/database.ts';
import type { Schemas } from '../state/migrate.ts';

/** Runs one statement in a read-only transaction, with the target schema on the search path. @throws DatabaseError */
export async function query(database: Database, schemas: Schemas, sql: string): Promise<Row[]> {
  return database.transaction(async (session) => {
    await session.query('set transaction read only');
    await session.query(
      `set local search_path = ${quoteName(schemas.target)}, ${quoteName(schemas.state)}, pg_catalog`,
    );
    return session.query(sql);
  });
}
