import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, streamTables } from './stream-table.ts';

/** The tables of the streams about content: what workbooks hold, templates, tags and translations. */
export async function up(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);

  await table('tags', ['version_tag_id'], {
    version_tag_id: 'text',
    name: 'text',
    owner_id: 'text',
    is_archived: 'boolean',
    description: 'text',
    ...AUTHORSHIP,
  });
  await table('templates', ['template_id'], {
    template_id: 'text',
    template_url_id: 'text',
    name: 'text',
    url: 'text',
    path: 'text',
    latest_version: 'integer',
    is_archived: 'boolean',
    tags: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('translations', ['translation_key'], {
    translation_key: 'text',
    lng: 'text',
    locale: 'text',
    lng_variant: 'text',
    ...AUTHORSHIP,
  });
  await table('workbook_columns', ['workbook_id', 'element_id', 'column_id'], {
    workbook_id: 'text',
    element_id: 'text',
    column_id: 'text',
    label: 'text',
    formula: 'text',
  });
  await table('workbook_controls', ['workbook_id', 'name'], {
    workbook_id: 'text',
    name: 'text',
    value_type: 'text',
  });
  await table('workbook_queries', ['workbook_id', 'element_id'], {
    workbook_id: 'text',
    element_id: 'text',
    name: 'text',
    sql: 'text',
    error: 'text',
  });
  await table('workbook_sources', ['workbook_id', 'source_key'], {
    workbook_id: 'text',
    source_key: 'text',
    type: 'text',
    inode_id: 'text',
    source_data_model_id: 'text',
    element_ids: 'jsonb',
    version_tag_id: 'text',
  });
  await table('workbook_lineage', ['workbook_id', 'element_id', 'source', 'target', 'type'], {
    workbook_id: 'text',
    element_id: 'text',
    source: 'text',
    target: 'text',
    type: 'text',
    source_node: 'jsonb',
    target_node: 'jsonb',
  });
  await table('workbook_versions', ['workbook_id', 'version'], {
    workbook_id: 'text',
    version: 'integer',
    published_at: 'timestamptz',
    published_by: 'text',
    tags: 'jsonb',
  });
  await table('workbook_tags', ['workbook_id', 'version_tag_id'], {
    workbook_id: 'text',
    version_tag_id: 'text',
    name: 'text',
    source_workbook_version: 'integer',
    tagged_workbook_id: 'text',
    workbook_tagged_at: 'timestamptz',
  });
  await table('workbook_bookmarks', ['workbook_id', 'bookmark_id'], {
    workbook_id: 'text',
    bookmark_id: 'text',
    name: 'text',
    is_shared: 'boolean',
    explore_key: 'text',
    is_default: 'boolean',
  });
  await table('workbook_embeds', ['workbook_id', 'embed_id'], {
    workbook_id: 'text',
    embed_id: 'text',
    embed_url: 'text',
    public: 'boolean',
    source_type: 'text',
    source_id: 'text',
    source_name: 'text',
  });
  await table('workbook_schedules', ['workbook_id', 'scheduled_notification_id'], {
    workbook_id: 'text',
    scheduled_notification_id: 'text',
    schedule: 'jsonb',
    config_v2: 'jsonb',
    is_suspended: 'boolean',
    owner_id: 'text',
    last_updated_by_user: 'text',
    disabled_at: 'timestamptz',
    disabled_by: 'text',
    ...AUTHORSHIP,
  });
  await table('workbook_materialization_schedules', ['workbook_id', 'sheet_id'], {
    workbook_id: 'text',
    sheet_id: 'text',
    element_name: 'text',
    schedule: 'jsonb',
    configured_at: 'timestamptz',
    paused: 'boolean',
  });

  await partialIndex('workbook_sources', 'inode_id');
  await partialIndex('workbook_sources', 'source_data_model_id');
  await index('workbook_tags', 'version_tag_id');
}
