import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import {
  columnFormula,
  columnId,
  columnKeyField,
  columnLabel,
  columnTypeFields,
} from '../shared/element-fields.ts';

export const reportColumns = defineStream({
  name: 'report_columns',
  description: 'Columns of the elements of every report that is not archived, with their formulas and types.',
  key: ['report_id', 'column_key'],
  sources: [{ name: 'columns', listings: [{ path: '/v2/reports/{reportId}/columns', paging: 'pageToken' }] }],
  partitions: [[byReport]],
  params: { reportId: text('Report') },
  fields: {
    columnKey: columnKeyField,
    elementId: text('Element the column belongs to'),
    columnId,
    label: columnLabel('Title of the column; they can repeat and be empty'),
    formula: columnFormula,
    ...columnTypeFields,
  },
});
