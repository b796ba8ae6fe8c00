import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/**
 * Records the privacy rules that the stored rows of each stream comply with: if the settings differ, rows are
 * rewritten.
 */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  await db
    .withSchema(stateSchema)
    .schema.createTable('privacy')
    .addColumn('stream', 'text', (c) => c.primaryKey())
    .addColumn('rules', 'jsonb', (c) => c.notNull())
    .addColumn('key_id', 'text')
    .execute();
}
