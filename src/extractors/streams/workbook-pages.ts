import { boolean, defineStream, type PartitionKind, text } from '../stream.ts';

/** Pages and elements carry no timestamp: they are refetched when their workbook's version or `updatedAt` moves. */
export const byWorkbook: PartitionKind = {
  kind: 'workbook',
  parent: 'workbooks',
  parentColumn: 'workbook_id',
  param: 'workbookId',
  column: 'workbook_id',
  unless: 'is_archived',
  signal: ['latest_version', 'updated_at'],
};

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
