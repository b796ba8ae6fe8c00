import { boolean, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';

export const workbookBookmarks = defineStream({
  name: 'workbook_bookmarks',
  description: 'Bookmarks (saved states of the controls) of every workbook that is not archived.',
  key: ['workbook_id', 'bookmark_id'],
  sources: [
    { name: 'bookmarks', listings: [{ path: '/v2/workbooks/{workbookId}/bookmarks', paging: 'page' }] },
  ],
  partitions: [[byWorkbook]],
  slow: true,
  caveats: 'Only those that the owner of the credentials created or was given.',
  params: { workbookId: text('Workbook') },
  fields: {
    bookmarkId: text('Id of the bookmark'),
    name: text('Name'),
    isShared: boolean('True if others see it, too'),
    exploreKey: text('Id of the exploration that holds its state'),
    isDefault: boolean('True if the workbook opens with it'),
  },
});
