/** How tables join that no diagram shows, or that several columns name alike. Data of docs/streams.md. */

/** Columns that hold the same id: `table.column`. `note` says when they match. */
export interface Join {
  readonly from: readonly string[];
  readonly to: string;
  readonly note: string;
}

/** In the order of the page. */
export const JOINS: readonly Join[] = [
  {
    from: ['files.id'],
    to: 'workbooks.workbook_id',
    note: 'by `files.type`; `reports.report_id`, `data_models.data_model_id`, `datasets.dataset_id` and `workspaces.workspace_id` likewise',
  },
  { from: ['files.parent_id'], to: 'files.id', note: 'the folder or workspace; null for a workspace' },
  {
    from: ['grants.inode_id'],
    to: 'files.id',
    note: 'except objects that no listing has, such as private documents of others',
  },
  {
    from: ['files.owner_id', 'workbooks.owner_id', 'workbook_schedules.owner_id', 'workbooks.created_by'],
    to: 'members.member_id',
    note: 'every `owner_id`, `created_by` and `updated_by` of any table',
  },
  { from: ['members.member_type'], to: 'account_types.account_type_name', note: 'compare both with `lower`' },
  {
    from: ['workbook_sources.inode_id', 'report_sources.inode_id', 'dataset_sources.inode_id'],
    to: 'source_tables.inode_id',
    note: 'if `type` is `table`; if it is `dataset`, `datasets.dataset_id`, and if it is `data-model`, `data_models.data_model_id`',
  },
  {
    from: ['data_model_sources.source_table_id'],
    to: 'source_tables.inode_id',
    note: '`source_dataset_id` and `source_data_model_id` name the other sources',
  },
  {
    from: ['workbook_lineage.source', 'report_lineage.source', 'data_model_lineage.source'],
    to: 'source_tables.inode_id',
    note: 'if `source_type` is `table`; an element is named by `element_id` of its document. `sigma_analytics.lineage` has both ends resolved',
  },
  {
    from: [
      'source_tables.connection_id',
      'connection_paths.connection_id',
      'connection_grants.connection_id',
    ],
    to: 'connections.connection_id',
    note: '',
  },
  { from: ['connection_path_grants.url_id'], to: 'connection_paths.url_id', note: '' },
];
