import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import {
  columnFormula,
  columnId,
  columnLabel,
  columnTypeFields,
  elementsWithData,
} from '../shared/element-fields.ts';

/**
 * The columns of a whole workbook come with one request where the API has the endpoint of early 2026; else element
 * by element. [peer tap-sigma]
 */
export const workbookColumns = defineStream({
  name: 'workbook_columns',
  description:
    'Columns of the elements of every workbook that is not archived, with their formulas and types.',
  key: ['workbook_id', 'element_id', 'column_id'],
  sources: [
    {
      name: 'per workbook',
      listings: [{ path: '/v2/workbooks/{workbookId}/columns', paging: 'page' }],
      requires: 'elementId',
    },
    {
      name: 'per element',
      listings: [{ path: '/v2/workbooks/{workbookId}/elements/{elementId}/columns', paging: 'page' }],
      forEach: elementsWithData('workbook_elements'),
    },
  ],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook'), elementId: text('Element the column belongs to') },
  fields: {
    columnId,
    label: columnLabel('Title of the column; they can repeat and be empty'),
    formula: columnFormula,
    ...columnTypeFields,
  },
});
