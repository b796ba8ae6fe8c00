/** Columns that answers depend on, beside those that they only show: hiding one may change an answer. */

const ACCESS = ['access_matrix', 'why_access', 'access_exposure', 'direct_grants'];
const OWNERS = ['orphaned_content', 'workbook_inventory', 'report_inventory'];
const STALE = ['stale_workbooks', 'stale_reports'];
const WORKBOOKS = ['workbook_inventory', 'duplicate_workbooks'];
const LINEAGE = ['lineage', 'lineage_nodes', 'impact_of', 'upstream_of'];
const ACTIVITY = ['member_activity', 'licence_use'];
const SCHEDULES = ['schedule_load'];

/** SQL of the sources of any document. */
const SOURCES = {
  type: [...LINEAGE, 'broken_elements'],
  source_data_model_id: [...LINEAGE, 'broken_elements'],
  custom_sql_id: LINEAGE,
  connection_id: LINEAGE,
  definition: LINEAGE,
};

/** SQL of the lineage of any document. */
const EDGES = {
  source_type: LINEAGE,
  source_node: LINEAGE,
  target_node: LINEAGE,
  connection_id: LINEAGE,
  definition: LINEAGE,
};

/**
 * Stream → column → models. The domain of an address is not among them: its hash is left, and where that is gone as well,
 * external_members and access_exposure know it. A test hides all others and looks for what changes.
 */
export const RESTS_ON: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  members: {
    member_type: [...ACTIVITY, ...ACCESS],
    user_kind: ['external_members', 'access_exposure'],
    is_archived: [...OWNERS, ...STALE, ...ACTIVITY, ...ACCESS, 'external_members', 'growth'],
    is_inactive: [...OWNERS, ...STALE, ...ACTIVITY, 'external_members', 'growth'],
  },
  account_types: { account_type_name: ACTIVITY, license_type: ACTIVITY },
  teams: { is_archived: [...ACCESS, 'member_activity'] },
  files: {
    type: [...ACCESS, 'workbook_inventory', 'report_inventory'],
    parent_id: [...ACCESS, 'workbook_inventory', 'report_inventory'],
    owner_id: [...ACCESS, ...OWNERS],
    badge: ['workbook_inventory', 'report_inventory'],
    is_archived: ['orphaned_content', 'access_exposure', 'broken_elements'],
  },
  grants: { permission: ACCESS, inode_type: ACCESS },
  workspace_grants: { permission: ACCESS, member_id: ACCESS, team_id: ACCESS },
  workbooks: {
    name: ['duplicate_workbooks'],
    owner_id: [...ACCESS, ...OWNERS, ...ACTIVITY, 'stale_workbooks'],
    created_at: ['stale_workbooks'],
    tags: ['workbook_inventory'],
  },
  workbook_tags: { tagged_workbook_id: [...WORKBOOKS, 'stale_workbooks'] },
  workbook_pages: { hidden: ['workbook_inventory'] },
  workbook_elements: {
    visualization_type: WORKBOOKS,
    columns: WORKBOOKS,
    error: ['broken_elements', ...WORKBOOKS],
  },
  workbook_columns: { type: ['broken_elements'] },
  workbook_queries: { error: ['broken_elements'] },
  workbook_embeds: { public: ['workbook_inventory', 'stale_workbooks', 'access_exposure'] },
  workbook_sources: { ...SOURCES, type: ['workbook_inventory', ...LINEAGE, 'broken_elements'] },
  workbook_lineage: EDGES,
  workbook_schedules: {
    schedule: SCHEDULES,
    is_suspended: [...SCHEDULES, 'workbook_inventory', 'stale_workbooks'],
    disabled_at: [...SCHEDULES, 'schedule_failures', 'workbook_inventory', 'stale_workbooks'],
    owner_id: ACTIVITY,
  },
  workbook_materialization_schedules: { schedule: SCHEDULES, paused: SCHEDULES },
  workbook_versions: { published_at: ['workbook_inventory', ...ACTIVITY], published_by: ACTIVITY },
  reports: {
    name: ['duplicate_reports'],
    owner_id: [...ACCESS, ...OWNERS, ...ACTIVITY, 'stale_reports'],
    created_at: ['stale_reports'],
    tags: ['report_inventory'],
  },
  report_tags: {
    tagged_report_id: ['report_inventory', 'duplicate_reports', 'stale_reports'],
  },
  report_pages: { hidden: ['report_inventory'] },
  report_elements: {
    type: ['report_inventory'],
    visualization_type: ['report_inventory', 'duplicate_reports'],
    columns: ['report_inventory', 'duplicate_reports'],
    error: ['broken_elements', 'report_inventory', 'duplicate_reports'],
  },
  report_columns: { type: ['broken_elements'] },
  report_queries: { error: ['broken_elements'] },
  report_sources: { ...SOURCES, type: ['report_inventory', ...LINEAGE, 'broken_elements'] },
  report_lineage: EDGES,
  report_schedules: {
    schedule: SCHEDULES,
    is_suspended: [...SCHEDULES, 'report_inventory', 'stale_reports'],
    disabled_at: [...SCHEDULES, 'schedule_failures', 'report_inventory', 'stale_reports'],
    owner_id: ACTIVITY,
  },
  report_versions: { published_at: ['report_inventory', ...ACTIVITY], published_by: ACTIVITY },
  data_models: {
    owner_id: [...ACTIVITY, 'orphaned_content', 'access_exposure'],
    data_model_url_id: [...LINEAGE, 'broken_elements'],
  },
  data_model_columns: { type: ['broken_elements'] },
  data_model_sources: { ...SOURCES, source_dataset_id: [...LINEAGE, 'broken_elements'] },
  data_model_lineage: EDGES,
  data_model_materialization_schedules: { schedule: SCHEDULES, paused: SCHEDULES },
  dataset_sources: { type: LINEAGE },
  dataset_materializations: { status: ['schedule_failures'], finished_at: ['schedule_failures'] },
  source_tables: { connection_id: LINEAGE, path: LINEAGE },
  connections: { is_archived: ['lineage_nodes'] },
  connection_paths: { path: LINEAGE },
};
