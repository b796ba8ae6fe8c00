import { json, text } from '../../fields.ts';
import { defineStream, type PartitionKind } from '../../stream.ts';

/** The tables that one stream names in a column. */
function named(parent: string, parentColumn: string, type: string): PartitionKind {
  const only = { column: type, values: ['table'] };
  return { kind: 'table', parent, parentColumn, param: 'inodeId', column: 'inode_id', only };
}

/** One request a table: hence on the slow cycle. A table that is gone has no path any more. */
export const sourceTables = defineStream({
  name: 'source_tables',
  description: 'Tables of warehouses that sources and lineage name, with their connection and path.',
  key: ['inode_id'],
  sources: [
    {
      name: 'path',
      listings: [
        {
          path: '/v2/connections/paths/{inodeId}',
          paging: 'object',
          refusals: { 400: 'nothing', 403: 'hidden', 404: 'nothing' },
        },
      ],
    },
  ],
  partitions: [
    [
      named('workbook_sources', 'inode_id', 'type'),
      named('report_sources', 'inode_id', 'type'),
      named('data_model_sources', 'source_table_id', 'type'),
      named('dataset_sources', 'inode_id', 'type'),
      named('workbook_lineage', 'source', 'source_type'),
      named('report_lineage', 'source', 'source_type'),
      named('data_model_lineage', 'source', 'source_type'),
    ],
  ],
  slow: true,
  caveats: 'A table that nothing names any more becomes a tombstone, though it may still exist.',
  params: { inodeId: text('Table, as in `workbook_sources` and in lineage') },
  fields: {
    connectionId: text('Connection it is in'),
    path: json('Names that lead to it: database, schema, table'),
  },
});
