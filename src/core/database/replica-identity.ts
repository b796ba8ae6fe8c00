/**
 * Replica identities. If somebody publishes all tables of a database, Postgres refuses to change or delete rows of a
 * table without one. A primary key is one; for a table without it, the whole row can be.
 */
import { quoteTable, type Session } from './database.ts';

/** Selects the tables of a schema ($1) that lack one and are ours, by a regular expression of their names ($2). */
export const LACKING_IDENTITY = `
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname ~ $2 and c.relkind in ('r', 'p') and c.relpersistence = 'p'
     and c.relreplident = 'd' and pg_has_role(c.relowner, 'usage')
     and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`;

/** Gives one to tables of a schema, by a regular expression of their names, as far as they lack it and are ours. @throws DatabaseError */
export async function giveReplicaIdentity(
  session: Pick<Session, 'query'>,
  schema: string,
  pattern: string,
): Promise<void> {
  const rows = await session.query<{ name: string }>(
    `/* looking for tables without a replica identity */ ${LACKING_IDENTITY}`,
    [schema, pattern],
  );
  for (const { name } of rows)
    await session.query(`alter table ${quoteTable(schema, name)} replica identity full`);
}
