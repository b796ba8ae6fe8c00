/** Elements of every workbook, page by page or all at once. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { entriesListing } from '../../http/listing.ts';
import { refuseUnknown } from '../../http/query.ts';
import type { PageContent } from '../shared/added-content.ts';
import { contentOf } from '../shared/contents.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { OPAQUE, type Stream } from '../stream.ts';

function read(call: Call): readonly PageContent[] {
  refuseUnknown(call.query, 'tag', 'bookmarkId');
  return contentOf(call.store, workbookParent.find(call));
}

export const workbookElements = {
  endpoints: [
    {
      path: '/v2/workbooks/{workbookId}/pages/{pageId}/elements',
      ...OPAQUE,
      list(call) {
        const content = read(call).find(({ page }) => page.pageId === param(call, 'pageId'));
        if (content === undefined) throw new Refusal(404, 'page not found');
        return entriesListing(content.elements);
      },
    },
    {
      path: '/v2/workbooks/{workbookId}/elements',
      novelty: 'elements',
      ...OPAQUE,
      list: (call) =>
        entriesListing(
          read(call).flatMap(({ page: { pageId }, elements }) =>
            elements.map((element) => (call.novelties.pageId ? { ...element, pageId } : element)),
          ),
        ),
    },
  ],
  *truth(store) {
    for (const workbook of workbookParent.all(store))
      for (const { page, elements } of contentOf(store, workbook))
        for (const element of elements) yield { workbookId: workbook.id, pageId: page.pageId, ...element };
  },
} satisfies Stream;
