import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, streamTables } from './stream-table.ts';

/** The tables of the streams about data: connections, data models and datasets. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);

  await table('connections', ['connection_id'], {
    connection_id: 'text',
    organization_id: 'text',
    name: 'text',
    type: 'text',
    is_sample: 'boolean',
    is_audit_log: 'boolean',
    is_archived: 'boolean',
    use_oauth: 'boolean',
    last_active_at: 'timestamptz',
    account: 'text',
    warehouse: 'text',
    user_name: 'text',
    role: 'text',
    timeout: 'jsonb',
    pool_sizes: 'jsonb',
    write_access: 'boolean',
    friendly_name: 'boolean',
    writebacks: 'jsonb',
    writeback_schemas: 'jsonb',
    input_table_audit_log_schema: 'jsonb',
    materialization_warehouse: 'text',
    user_attributes: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('connection_paths', ['connection_id', 'url_id'], {
    connection_id: 'text',
    url_id: 'text',
    path: 'jsonb',
  });
  await table('data_models', ['data_model_id'], {
    data_model_id: 'text',
    data_model_url_id: 'text',
    name: 'text',
    url: 'text',
    path: 'text',
    latest_version: 'integer',
    owner_id: 'text',
    is_archived: 'boolean',
    tags: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('data_model_elements', ['data_model_id', 'element_id'], {
    data_model_id: 'text',
    element_id: 'text',
    name: 'text',
    type: 'text',
    visualization_type: 'text',
    columns: 'jsonb',
    error: 'text',
  });
  await table('data_model_columns', ['data_model_id', 'column_key'], {
    data_model_id: 'text',
    column_key: 'text',
    element_id: 'text',
    column_id: 'text',
    label: 'text',
    type: 'text',
    formula: 'text',
  });
  await table('data_model_sources', ['data_model_id', 'source_key'], {
    data_model_id: 'text',
    source_key: 'text',
    type: 'text',
    source_data_model_id: 'text',
    element_ids: 'jsonb',
    version_tag_id: 'text',
    source_dataset_id: 'text',
    source_table_id: 'text',
  });
  await table('data_model_tags', ['data_model_id', 'version_tag_id'], {
    data_model_id: 'text',
    version_tag_id: 'text',
    tag_name: 'text',
    source_version: 'integer',
    tagged_at: 'timestamptz',
  });
  await table('data_model_materialization_schedules', ['data_model_id', 'sheet_id'], {
    data_model_id: 'text',
    sheet_id: 'text',
    element_name: 'text',
    schedule: 'jsonb',
    configured_at: 'timestamptz',
    paused: 'boolean',
  });
  await table('datasets', ['dataset_id'], {
    dataset_id: 'text',
    name: 'text',
    description: 'text',
    url: 'text',
    is_archived: 'boolean',
    path: 'text',
    reference_count: 'integer',
    migration_status: 'text',
    migration_to_data_model: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('dataset_sources', ['dataset_id', 'source_key'], {
    dataset_id: 'text',
    source_key: 'text',
    type: 'text',
    inode_id: 'text',
  });
  await table('dataset_materializations', ['dataset_id', 'materialization_key'], {
    dataset_id: 'text',
    materialization_key: 'text',
    status: 'text',
    finished_at: 'timestamptz',
    error: 'jsonb',
    runtime_secs: 'double precision',
    num_rows: 'double precision',
    num_bytes: 'double precision',
  });

  await index('connection_paths', 'url_id');
  await index('data_models', 'owner_id');
  await partialIndex('data_model_sources', 'source_data_model_id');
  await partialIndex('data_model_sources', 'source_dataset_id');
  await partialIndex('data_model_sources', 'source_table_id');
  await index('data_model_tags', 'version_tag_id');
  await index('dataset_sources', 'inode_id');
}
