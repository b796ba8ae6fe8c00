/** Pages of every workbook. */
import { listing } from '../../http/listing.ts';
import { refuseUnknown } from '../../http/query.ts';
import { contentOf } from '../shared/contents.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { PAGED, type Stream } from '../stream.ts';

export const workbookPages = {
  endpoints: [
    {
      path: '/v2/workbooks/{workbookId}/pages',
      ...PAGED,
      list(call) {
        refuseUnknown(call.query, 'tag', 'bookmarkId');
        return listing(contentOf(call.store, workbookParent.find(call)), ({ page }) => page);
      },
    },
  ],
  *truth(store) {
    for (const workbook of workbookParent.all(store))
      for (const { page } of contentOf(store, workbook)) yield { workbookId: workbook.id, ...page };
  },
} satisfies Stream;
