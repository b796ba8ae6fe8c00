/** The id of a database: copies from one archive must not share one. */
import { quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

const tableOf = (schemas: Schemas): string => quoteTable(schemas.state, 'database_id');

/** Gives a database one where it has none, which is so where it came from an archive. @throws DatabaseError */
export async function giveDatabaseId(session: Session, schemas: Schemas): Promise<void> {
  const [id] = await session.query(`select 1 from ${tableOf(schemas)}`);
  if (id === undefined) await session.query(`insert into ${tableOf(schemas)} default values`);
}

/** Makes a database ready for an archive: it has no id, and the next `migrate` looks at what it lacks. @throws DatabaseError */
export async function forgetDatabaseId(session: Session, schemas: Schemas): Promise<void> {
  await session.query(`delete from ${tableOf(schemas)}`);
  await session.query(`comment on table ${quoteTable(schemas.state, 'migrations')} is null`);
}
