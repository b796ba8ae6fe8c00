import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteLiteral, quoteTable } from '../src/core/database/database.ts';
import type { MigrationContext } from './migration.ts';

/**
 * What is left of a member's address where privacy settings hide it: the hash of its domain, by which it is known who is
 * external. The next sync fills it. And the records of people who were forgotten.
 */
export async function up(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
): Promise<void> {
  await db.withSchema(targetSchema).schema.alterTable('members').addColumn('email_domain', 'text').execute();
  // Whoever reads answers may know what is hidden of them, and not the rest of what the state schema has.
  const view = quoteTable(targetSchema, 'privacy_rules');
  const about = 'Privacy settings that the rows comply with: hash or drop, by column or by path into _raw';
  await sql
    .raw(`create view ${view} as select p.stream, p.rules from ${quoteTable(stateSchema, 'privacy')} p`)
    .execute(db);
  await sql.raw(`comment on view ${view} is ${quoteLiteral(about)}`).execute(db);
  // Who was forgotten, by a hash of the id: enough to see that somebody is back, and no more.
  await db
    .withSchema(stateSchema)
    .schema.createTable('forgotten')
    .addColumn('member', 'text', (c) => c.primaryKey())
    .addColumn('forgotten_at', 'timestamptz', (c) => c.notNull())
    .addColumn('rows', 'jsonb', (c) => c.notNull())
    .execute();
  // What was hidden before may still be quoted by the statistics.
  const { rows } = await sql<{ stream: string }>`
    select p.stream from ${sql.id(stateSchema, 'privacy')} p where p.rules <> '{}'`.execute(db);
  const tables = rows.map(({ stream }) => quoteTable(targetSchema, stream));
  if (tables.length > 0)
    await sql.raw(`analyze ${[...tables, quoteTable(stateSchema, 'changes')].join(', ')}`).execute(db);
}
