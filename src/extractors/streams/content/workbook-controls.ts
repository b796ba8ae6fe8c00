import { defineStream, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';

export const workbookControls = defineStream({
  name: 'workbook_controls',
  description: 'Controls (filters and parameters) of every workbook that is not archived.',
  key: ['workbook_id', 'name'],
  sources: [
    { name: 'controls', listings: [{ path: '/v2/workbooks/{workbookId}/controls', paging: 'page' }] },
  ],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: {
    name: text('Name by which formulas, addresses and exports refer to the control'),
    valueType: text('Kind of value it takes: text, number-list, date-range, boolean, …'),
  },
});
