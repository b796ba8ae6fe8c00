/** Tests of the marts in dbt, beyond the keys that the models declare themselves. */

/** Columns that tell the rows of a view apart. access_matrix has none here: it would take minutes of each build. */
export const VIEW_KEYS: Readonly<Record<string, readonly string[]>> = {
  stale_workbooks: ['workbook_id'],
  stale_reports: ['report_id'],
  licence_use: ['member_id'],
  external_members: ['member_id'],
};

/** The only values of a column. */
export const VALUES: Readonly<Record<string, Readonly<Record<string, readonly (string | number)[]>>>> = {
  orphaned_content: { reason: ['archived', 'inactive', 'deleted', 'unknown'] },
  broken_elements: {
    document_type: ['workbook', 'report', 'data-model'],
    problem: ['element error', 'query error', 'formula error', 'source gone', 'source archived'],
  },
  licence_use: { verdict: ['inactive', 'never seen', 'idle', 'could step down', 'in use'] },
  external_members: { reason: ['guest', 'embed', 'domain'] },
  direct_grants: { verdict: ['redundant', 'more than the team', 'only way'] },
  access_changes: { change: ['given', 'changed', 'taken away', 'joined', 'left', 'team deleted'] },
  lineage: { kind: ['contains', 'source', 'lookup', 'dependency', 'part'] },
  schedule_load: { day_of_week: [1, 2, 3, 4, 5, 6, 7], kind: ['export', 'materialization'] },
  schedule_failures: { kind: ['materialization', 'export'], event: ['failed', 'disabled'] },
  growth: { stream: ['members', 'workbooks', 'workbook_elements', 'reports', 'report_elements', 'grants'] },
};

/** Column → model and column in which each of its values is. */
export const RELATIONS: Readonly<Record<string, Readonly<Record<string, readonly [string, string]>>>> = {
  stale_workbooks: { workbook_id: ['workbook_inventory', 'workbook_id'] },
  stale_reports: { report_id: ['report_inventory', 'report_id'] },
  duplicate_workbooks: { workbook_id: ['workbook_inventory', 'workbook_id'] },
  duplicate_reports: { report_id: ['report_inventory', 'report_id'] },
  workbook_inventory: { workbook_id: ['stg_sigma__workbooks', 'workbook_id'] },
  report_inventory: { report_id: ['stg_sigma__reports', 'report_id'] },
  member_activity: { member_id: ['stg_sigma__members', 'member_id'] },
  licence_use: { member_id: ['member_activity', 'member_id'] },
  external_members: { member_id: ['member_activity', 'member_id'] },
  direct_grants: { member_id: ['member_activity', 'member_id'] },
  lineage: {
    upstream_id: ['lineage_nodes', 'node_id'],
    downstream_id: ['lineage_nodes', 'node_id'],
  },
};
