import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteLiteral, quoteTable } from '../src/core/database/database.ts';
import type { MigrationContext } from './migration.ts';

/**
 * The remainder of a member's address where privacy settings hide it: the hash of its domain, which shows who is
 * external. The next sync fills it. Also the records of people who were forgotten.
 */
export async function up(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
): Promise<void> {
  await db.withSchema(targetSchema).schema.alterTable('members').addColumn('email_domain', 'text').execute();
  // Readers of answers may know which fields are hidden, but not the rest of the state schema.
  const view = quoteTable(targetSchema, 'privacy_rules');
  const about = 'Privacy settings that the rows comply with: hash or drop, by column or by path into _raw';
  await sql
    .raw(`create view ${view} as select p.stream, p.rules from ${quoteTable(stateSchema, 'privacy')} p`)
    .execute(db);
  await sql.raw(`comment on view ${view} is ${quoteLiteral(about)}`).execute(db);
  // Forgotten members, by a hash of the id: enough to see that somebody is back, and no more.
  await db
    .withSchema(stateSchema)
    .schema.createTable('forgotten')
    .addColumn('member', 'text', (c) => c.primaryKey())
    .addColumn('forgotten_at', 'timestamptz', (c) => c.notNull())
    .addColumn('rows', 'jsonb', (c) => c.notNull())
    .execute();
  // Statistics may still quote values that were hidden before.
  const { rows } = await sql<{ stream: string }>`
    select p.stream from ${sql.id(stateSchema, 'privacy')} p where p.rules <> '{}'`.execute(db);
  const tables = rows.map(({ stream }) => quoteTable(targetSchema, stream));
  if (tables.length > 0)
    await sql.raw(`analyze ${[...tables, quoteTable(stateSchema, 'changes')].join(', ')}`).execute(db);
}
