/** Elements of workbooks and reports, page by page or all at once. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { entriesListing, type Paging } from '../../http/listing.ts';
import type { Novelties } from '../../http/novelties.ts';
import type { Parent } from '../parents.ts';
import type { Stream } from '../stream.ts';
import type { PageContent } from './added-content.ts';
import { contentOf } from './contents.ts';
import type { Document } from './document-table.ts';

interface ElementsSpec {
  readonly paging: Paging;
  readonly novelties: Readonly<Partial<Record<'perPage' | 'perDocument', keyof Novelties>>>;
  /** @throws Refusal where the request is refused. */
  readonly check?: (call: Call) => void;
}

/** @param path of the document. */
export function elementsStream(
  parent: Parent<Document>,
  path: string,
  { paging, novelties, check }: ElementsSpec,
): Pick<Stream, 'endpoints' | 'truth'> {
  const read = (call: Call): readonly PageContent[] => {
    check?.(call);
    return contentOf(call.store, parent.find(call));
  };
  const when = (novelty: keyof Novelties | undefined) => (novelty === undefined ? {} : { novelty });
  return {
    endpoints: [
      {
        path: `${path}/pages/{pageId}/elements`,
        ...when(novelties.perPage),
        ...paging,
        list(call) {
          const content = read(call).find(({ page }) => page.pageId === param(call, 'pageId'));
          if (content === undefined) throw new Refusal(404, 'page not found');
          return entriesListing(content.elements);
        },
      },
      {
        path: `${path}/elements`,
        ...when(novelties.perDocument),
        ...paging,
        list: (call) =>
          entriesListing(
            read(call).flatMap(({ page: { pageId }, elements }) =>
              elements.map((element) => (call.novelties.pageId ? { ...element, pageId } : element)),
            ),
          ),
      },
    ],
    *truth(store) {
      for (const document of parent.all(store))
        for (const { page, elements } of contentOf(store, document))
          for (const element of elements)
            yield { [parent.param]: document.id, pageId: page.pageId, ...element };
    },
  };
}
