import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/**
 * The record of models in the analytics schema: the declaration each was made from, and the data of its last refresh.
 */
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
