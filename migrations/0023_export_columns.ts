import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** Columns of one label are told apart by their ids; what may not be what it seems is kept with the run of an export. */
export async function up(db: Kysely<unknown>, { stateSchema }: MigrationContext): Promise<void> {
  const { schema } = db.withSchema(stateSchema);
  await schema.alterTable('export_columns').addColumn('column_id', 'text').execute();
  await schema.alterTable('export_runs').addColumn('warnings', 'jsonb').execute();
}
