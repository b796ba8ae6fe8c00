import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** Cursors count how often something else stood in for their listing. */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  await db
    .withSchema(stateSchema)
    .schema.alterTable('partitions')
    .addColumn('covered', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
}
