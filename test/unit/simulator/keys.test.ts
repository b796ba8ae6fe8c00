import { expect, test } from 'vitest';
import type { TruthStream } from '../../../simulator/catalogue.ts';
import { createOrganization } from '../../../simulator/organization.ts';
import { catalogue } from '../../../src/extractors/catalogue.ts';

/** The fields that identify an entry, spelled out. */
const KEYS: Partial<Readonly<Record<TruthStream, readonly string[]>>> = {
  organization: ['organizationId'],
  members: ['memberId'],
  teams: ['teamId'],
  team_members: ['teamId', 'userId'],
  workspaces: ['workspaceId'],
  files: ['id'],
  workbooks: ['workbookId'],
  workbook_pages: ['workbookId', 'pageId'],
  workbook_elements: ['workbookId', 'elementId'],
  grants: ['grantId'],
  account_types: ['accountTypeId'],
  account_type_permissions: ['accountTypeId', 'permission'],
  member_recent_files: ['memberId', 'id'],
  member_favorites: ['memberId', 'id'],
  user_attributes: ['userAttributeId'],
  user_attribute_members: ['userAttributeId', 'userId'],
  user_attribute_teams: ['userAttributeId', 'teamId'],
  workbook_columns: ['workbookId', 'elementId', 'columnId'],
  workbook_controls: ['workbookId', 'name'],
  workbook_queries: ['workbookId', 'elementId'],
  workbook_lineage: ['workbookId', 'elementId', 'source', 'target', 'type'],
  data_model_lineage: ['dataModelId', 'elementId', 'source', 'target', 'type'],
  source_tables: ['inodeId'],
  workbook_sources: ['workbookId', 'sourceKey'],
  workbook_schedules: ['workbookId', 'scheduledNotificationId'],
  workbook_materialization_schedules: ['workbookId', 'sheetId'],
  workbook_tags: ['workbookId', 'versionTagId'],
  workbook_bookmarks: ['workbookId', 'bookmarkId'],
  workbook_embeds: ['workbookId', 'embedId'],
  workbook_versions: ['workbookId', 'version'],
  templates: ['templateId'],
  tags: ['versionTagId'],
  translations: ['translationKey'],
  connections: ['connectionId'],
  connection_paths: ['connectionId', 'urlId'],
  data_models: ['dataModelId'],
  data_model_elements: ['dataModelId', 'elementId'],
  data_model_columns: ['dataModelId', 'columnKey'],
  data_model_sources: ['dataModelId', 'sourceKey'],
  data_model_tags: ['dataModelId', 'versionTagId'],
  data_model_materialization_schedules: ['dataModelId', 'sheetId'],
  datasets: ['datasetId'],
  dataset_sources: ['datasetId', 'sourceKey'],
  dataset_materializations: ['datasetId', 'materializationKey'],
  reports: ['reportId'],
  report_pages: ['reportId', 'pageId'],
  report_elements: ['reportId', 'elementId'],
  report_columns: ['reportId', 'columnKey'],
  report_controls: ['reportId', 'name'],
  report_queries: ['reportId', 'elementId'],
  report_sources: ['reportId', 'sourceKey'],
  report_lineage: ['reportId', 'elementId', 'source', 'target', 'type'],
  report_versions: ['reportId', 'version'],
  report_tags: ['reportId', 'versionTagId'],
  report_schedules: ['reportId', 'scheduledNotificationId'],
  workspace_grants: ['grantId'],
  connection_grants: ['grantId'],
  connection_path_grants: ['grantId'],
  allowed_ips: ['ipAllowlistEntryId'],
  tenants: ['tenantOrganizationId'],
  api_clients: ['clientId'],
  api_connectors: ['apiConnectorId'],
  api_credentials: ['apiCredentialId'],
  source_swap_policies: ['policyId'],
  deployment_policies: ['deploymentPolicyId'],
  plugins: ['pluginId'],
  workbook_agents: ['workbookAgentId'],
  saml_service_providers: ['samlServiceProviderId'],
  saml_certificates: ['samlServiceProviderId', 'samlServiceProviderCertificateId'],
  organization_settings: ['name'],
  column_security_rules: ['dataModelId', 'elementId', 'columnSecurityRuleId'],
};

/** The same by the declaration of the stream, for those that are not spelled out. */
const declared = catalogue.map(({ name, columns }): [string, string[]] => [
  name,
  columns.filter(({ isKey }) => isKey).map(({ source }) => source),
]);

test('ids are unique within each stream', () => {
  const o = createOrganization({ seed: 4, workbooks: 80, elements: 500 });
  o.mutate(200);
  for (const [stream, keys] of Object.entries({ ...Object.fromEntries(declared), ...KEYS })) {
    const ids = o.truth(stream).map((entry) => keys.map((key) => entry[key]).join());
    expect(new Set(ids).size, stream).toBe(ids.length);
  }
});
