import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { streamTables } from './stream-table.ts';

/** The lineage of reports. The next sync reads it. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index } = streamTables(db, targetSchema);
  await table('report_lineage', ['report_id', 'element_id', 'source', 'target', 'type'], {
    report_id: 'text',
    element_id: 'text',
    source: 'text',
    target: 'text',
    type: 'text',
    source_type: 'text',
    source_node: 'jsonb',
    target_node: 'jsonb',
    connection_id: 'text',
    definition: 'text',
  });
  await index('report_lineage', 'source');
}
