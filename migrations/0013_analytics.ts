import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** What is known of the models of the analytics schema: how each was declared when it was made, and of what it was refreshed. */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  await db
    .withSchema(stateSchema)
    .schema.createTable('analytics')
    .addColumn('model', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('definition', 'text', (c) => c.notNull())
    .addColumn('built_at', 'timestamptz', (c) => c.notNull())
    .addColumn('signature', 'text')
    .addColumn('refreshed_at', 'timestamptz')
    .addColumn('duration_ms', 'bigint')
    .addColumn('rows', 'bigint')
    .execute();
}
