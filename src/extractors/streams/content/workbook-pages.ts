import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { pageFields } from '../shared/document-children.ts';

export const workbookPages = defineStream({
  name: 'workbook_pages',
  description: 'Pages of every workbook that is not archived.',
  key: ['workbook_id', 'page_id'],
  sources: [{ name: 'pages', listings: [{ path: '/v2/workbooks/{workbookId}/pages', paging: 'page' }] }],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: pageFields,
});
