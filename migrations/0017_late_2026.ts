import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';

/** Fields that the API of late 2026 has more, by their tables. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, 'text' | 'boolean' | 'jsonb'>>>> = {
  tags: { color: 'text' },
  account_types: { license_type: 'text' },
  datasets: { owner_id: 'text' },
  files: { parent_source_url_id: 'text' },
  member_favorites: { parent_source_url_id: 'text' },
  member_recent_files: { parent_source_url_id: 'text' },
  tenants: { tenant_cloud_provider: 'text', tenant_region: 'text', tenant_api_url: 'text' },
  connections: {
    http_path: 'text',
    exports_warehouse: 'text',
    is_independent_oauth: 'boolean',
    oauth_audience: 'text',
    oauth_client_id: 'text',
    oauth_idp_type: 'text',
    oauth_metadata_url: 'text',
    oauth_scopes: 'jsonb',
    oauth_use_jwt: 'boolean',
    oauth_use_pkce: 'boolean',
  },
};

/** What came in 2026: new fields, and listings that end. */
export async function up(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
): Promise<void> {
  const target = db.withSchema(targetSchema).schema;
  for (const [table, columns] of Object.entries(FIELDS)) {
    for (const [column, type] of Object.entries(columns))
      await target.alterTable(table).addColumn(column, type).execute();
  }
  await db
    .withSchema(stateSchema)
    .schema.createTable('retirements')
    .addColumn('stream', 'text', (c) => c.primaryKey())
    .addColumn('gone_since', 'timestamptz', (c) => c.notNull())
    .addColumn('asked_at', 'timestamptz', (c) => c.notNull())
    .addColumn('retired_at', 'timestamptz')
    .execute();
}
