/** Answers an SQL question, read-only: the embedded database has no other client. */
import { analyticsSchema } from '../analytics/model.ts';
import type { Answer } from '../database/answer.ts';
import type { Database } from '../database/database.ts';
import { quoteName } from '../database/database.ts';
import { isConnectionLoss } from '../database/errors.ts';
import { DatabaseError } from '../errors.ts';
import type { Schemas } from '../state/migrate.ts';

/**
 * Runs one statement in a read-only transaction, with the schemas of the sync on the search path.
 *
 * @throws DatabaseError with what the database says of the statement.
 */
export async function query(database: Database, schemas: Schemas, sql: string): Promise<Answer> {
  return database.transaction(async (session) => {
    await session.query('set transaction read only');
    await session.query(
      `set local search_path = ${[schemas.target, schemas.state, analyticsSchema(schemas)].map(quoteName).join(', ')}, pg_catalog`,
    );
    try {
      return await session.queryForeign(sql);
    } catch (error) {
      const cause = error instanceof DatabaseError ? error.cause : error;
      if (isConnectionLoss(cause)) throw error;
      const said = cause instanceof Error ? cause.message : String(cause);
      const advice = adviceOn(cause, schemas);
      throw new DatabaseError(`The query failed: ${said.replace(/\.$/, '')}.`, {
        cause,
        ...(advice === undefined ? {} : { advice }),
      });
    }
  });
}

/** By the code of the error: what is missing, what was meant, or what was refused. */
function adviceOn(cause: unknown, schemas: Schemas): string | undefined {
  const { code, hint, message } = typeof cause === 'object' && cause !== null ? (cause as Said) : {};
  const { target, state } = schemas;
  switch (code) {
    case '42P01':
      return `Tables are in ${target} (one per stream) and ${state}, answers in ${analyticsSchema(schemas)}; the first "sigma-sync sync" makes them. Those of exports are in a schema of their own (sigma_data).`;
    case '25006':
      return 'Only reading is allowed.';
    case '42601':
      if (String(message).includes('multiple commands')) return 'Ask one statement at a time.';
  }
  return typeof hint === 'string' && hint !== '' ? hint : undefined;
}

/** What a driver's error may hold. */
interface Said {
  readonly code?: unknown;
  readonly hint?: unknown;
  readonly message?: unknown;
}
