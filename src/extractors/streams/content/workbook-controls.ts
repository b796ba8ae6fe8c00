import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { controlFields } from '../shared/document-children.ts';

export const workbookControls = defineStream({
  name: 'workbook_controls',
  description: 'Controls (filters and parameters) of every workbook that is not archived.',
  key: ['workbook_id', 'name'],
  sources: [
    { name: 'controls', listings: [{ path: '/v2/workbooks/{workbookId}/controls', paging: 'page' }] },
  ],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: controlFields,
});
