/** Answers an SQL question, read-only: the embedded database has no other client. */
import type { Database, Row } from '../database/database.ts';
import { quoteName } from '../database/database.ts';
import { isConnectionLoss } from '../database/errors.ts';
import { DatabaseError } from '../errors.ts';
import type { Schemas } from '../state/migrate.ts';

/**
 * Runs one statement in a read-only transaction, with the target schema on the search path.
 *
 * @throws DatabaseError with what the database says of the statement.
 */
export async function query(database: Database, schemas: Schemas, sql: string): Promise<Row[]> {
  return database.transaction(async (session) => {
    await session.query('set transaction read only');
    await session.query(
      `set local search_path = ${quoteName(schemas.target)}, ${quoteName(schemas.state)}, pg_catalog`,
    );
    try {
      return await session.query(sql);
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.cause : error;
      if (isConnectionLoss(cause)) throw error;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new DatabaseError(`The query failed: ${said}.`, {
        cause,
        advice: `Tables are in ${schemas.target} (one per stream) and ${schemas.state}; only reading is allowed.`,
      });
    }
  });
}
