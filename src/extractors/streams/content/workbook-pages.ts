import { boolean, defineStream, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';

export const workbookPages = defineStream({
  name: 'workbook_pages',
  description: 'Pages of every workbook that is not archived.',
  key: ['workbook_id', 'page_id'],
  sources: [{ name: 'pages', listings: [{ path: '/v2/workbooks/{workbookId}/pages', paging: 'page' }] }],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: {
    pageId: text('Id of the page, unique in its workbook'),
    name: text('Title of the page'),
    hidden: boolean('True where viewers do not see the page'),
  },
});
