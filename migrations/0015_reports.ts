import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteTable } from '../src/core/database/database.ts';
import { createAsOf } from './0008_as_of.ts';
import { accessSql, WORKBOOKS } from './effective-access.ts';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, streamTables } from './stream-table.ts';

/** The tables of reports and of what they hold; their owners have access to them. */
export async function up(db: Kysely<unknown>, context: MigrationContext): Promise<void> {
  await createTables(db, context);
  await createAsOf(db, context, 'reports', ['report_id']);
  await sql
    .raw(
      `create or replace function ${quoteTable(context.targetSchema, 'effective_access')}(at timestamptz default now())
         returns table (member_id text, inode_id text, inode_type text, permission text, paths jsonb)
         language sql stable parallel safe
         as ${accessSql(context, [WORKBOOKS, { stream: 'reports', id: 'report_id', type: 'report', isOptional: true }])}`,
    )
    .execute(db);
}

async function createTables(db: Kysely<unknown>, { targetSchema }: MigrationContext): Promise<void> {
  const { table, index, partialIndex } = streamTables(db, targetSchema);

  await table('reports', ['report_id'], {
    report_id: 'text',
    report_url_id: 'text',
    name: 'text',
    url: 'text',
    path: 'text',
    latest_version: 'integer',
    owner_id: 'text',
    description: 'text',
    is_archived: 'boolean',
    tags: 'jsonb',
    ...AUTHORSHIP,
  });
  await table('report_pages', ['report_id', 'page_id'], {
    report_id: 'text',
    page_id: 'text',
    name: 'text',
    hidden: 'boolean',
  });
  await table('report_elements', ['report_id', 'element_id'], {
    report_id: 'text',
    page_id: 'text',
    element_id: 'text',
    name: 'text',
    type: 'text',
    visualization_type: 'text',
    columns: 'jsonb',
    error: 'text',
  });
  await table('report_columns', ['report_id', 'column_key'], {
    report_id: 'text',
    column_key: 'text',
    element_id: 'text',
    column_id: 'text',
    label: 'text',
    formula: 'text',
  });
  await table('report_controls', ['report_id', 'name'], {
    report_id: 'text',
    name: 'text',
    value_type: 'text',
  });
  await table('report_queries', ['report_id', 'element_id'], {
    report_id: 'text',
    element_id: 'text',
    name: 'text',
    sql: 'text',
    error: 'text',
  });
  await table('report_sources', ['report_id', 'source_key'], {
    report_id: 'text',
    source_key: 'text',
    type: 'text',
    inode_id: 'text',
    source_data_model_id: 'text',
    element_ids: 'jsonb',
    version_tag_id: 'text',
  });
  await table('report_versions', ['report_id', 'version'], {
    report_id: 'text',
    version: 'integer',
    published_at: 'timestamptz',
    published_by: 'text',
    tags: 'jsonb',
  });
  await table('report_tags', ['report_id', 'version_tag_id'], {
    report_id: 'text',
    version_tag_id: 'text',
    tag_name: 'text',
    source_version: 'integer',
    tagged_at: 'timestamptz',
    tagged_report_id: 'text',
  });
  await table('report_schedules', ['report_id', 'scheduled_notification_id'], {
    report_id: 'text',
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

  await index('reports', 'owner_id');
  await partialIndex('report_sources', 'inode_id');
  await partialIndex('report_sources', 'source_data_model_id');
  await index('report_tags', 'version_tag_id');
}
