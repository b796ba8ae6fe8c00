import { defineStream } from '../../stream.ts';
import { derived, json, text } from '../../fields.ts';
import { byId } from '../shared/by-parent.ts';

/**
 * A page is followed by its token: a client that followed nextPage read 50 of 64 columns (seen live). One request a table,
 * and nothing tells of a change.
 */
export const tableColumns = defineStream({
  name: 'table_columns',
  description: 'Columns of the warehouse tables that sources and lineage name.',
  key: ['inode_id', 'name'],
  sources: [
    {
      name: 'columns',
      listings: [
        {
          path: '/v2/connections/tables/{inodeId}/columns',
          paging: 'pageToken',
          refusals: { 400: 'nothing', 403: 'hidden', 404: 'nothing' },
        },
      ],
    },
  ],
  partitions: [[byId('table', 'source_tables', 'inodeId')]],
  slow: true,
  optIn: true,
  params: { inodeId: text('Table, as in `source_tables`') },
  fields: {
    name: text('Name of the column'),
    description: text('Description'),
    visibility: text('included, hidden or removed'),
    type: derived(text('Type of its values, by name: number, text, datetime, …'), typeName),
    typeDetail: derived(json('The type as the API sends it'), ({ type }) => type),
  },
});

/** An object since 2026: `{type: 'number'}`; a text before. [SDK][AE] */
export function typeName({ type }: Readonly<Record<string, unknown>>): unknown {
  return typeof type === 'object' && type !== null && 'type' in type ? type.type : type;
}
