import type { Kysely } from 'kysely';
import type { MigrationContext } from './migration.ts';
import { AUTHORSHIP, streamTables } from './stream-table.ts';

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

/** Additions of 2026: new fields, and listings that end. */
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
  await addTables(db, targetSchema);
}

/** Small listings, most of them about how the organization is run. */
async function addTables(db: Kysely<unknown>, targetSchema: string): Promise<void> {
  const { table, partialIndex } = streamTables(db, targetSchema);

  await table('plugins', ['plugin_id'], { plugin_id: 'text', name: 'text' });
  await table('workbook_agents', ['workbook_agent_id'], { workbook_agent_id: 'text', name: 'text' });
  await table('column_security_rules', ['data_model_id', 'element_id', 'column_security_rule_id'], {
    data_model_id: 'text',
    element_id: 'text',
    column_security_rule_id: 'text',
  });
  await table('api_clients', ['client_id'], {
    client_id: 'text',
    owner_id: 'text',
    name: 'text',
    description: 'text',
    ...AUTHORSHIP,
  });
  await partialIndex('api_clients', 'owner_id');
  await table('api_connectors', ['api_connector_id'], {
    api_connector_id: 'text',
    name: 'text',
    description: 'text',
  });
  await table('api_credentials', ['api_credential_id'], {
    api_credential_id: 'text',
    name: 'text',
    description: 'text',
    auth_method: 'text',
    allowlist: 'jsonb',
  });
  await table('source_swap_policies', ['policy_id'], {
    policy_id: 'text',
    name: 'text',
    type: 'text',
    from_connection_id: 'text',
    swaps: 'jsonb',
  });
  await table('deployment_policies', ['deployment_policy_id'], {
    deployment_policy_id: 'text',
    name: 'text',
    name_in_tenant: 'text',
    version_tag_id: 'text',
    source_swap_policies: 'jsonb',
  });
  await table('saml_service_providers', ['saml_service_provider_id'], { saml_service_provider_id: 'text' });
  await table('saml_certificates', ['saml_service_provider_id', 'saml_service_provider_certificate_id'], {
    saml_service_provider_id: 'text',
    saml_service_provider_certificate_id: 'text',
    purpose: 'text',
    is_active: 'boolean',
    not_before: 'timestamptz',
    not_after: 'timestamptz',
    public_key_certificate: 'text',
    ...AUTHORSHIP,
  });
  await table('organization_settings', ['name'], { name: 'text', settings: 'jsonb' });
}
