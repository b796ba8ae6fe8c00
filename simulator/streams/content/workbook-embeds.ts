/** Embeds of every workbook. They change without the workbook. */
import type { Entry } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { contentOf } from '../shared/contents.ts';
import { revising, thingsOf } from '../shared/revisions.ts';
import { isOrdinary, type Workbook, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'workbook_embeds';

function embeds(store: Store, workbook: Workbook): Entry[] {
  // The first page stays as it is whatever version is published.
  const page = contentOf(store, workbook)[0]?.page;
  return thingsOf(store, KIND, workbook.id, { share: 0.15, most: 2 }).map(({ number, revision }) => {
    const embedId = new Random(store.seed, KIND, workbook.id, number).uuid();
    const random = new Random(store.seed, KIND, workbook.id, number, revision);
    const isOfPage = random.next() < 0.5;
    return {
      embedId,
      embedUrl: `https://app.sigmacomputing.com/embed/1-${embedId.slice(0, 8)}?v=${revision}`,
      public: random.next() < 0.3,
      sourceType: isOfPage ? 'page' : 'workbook',
      sourceId: isOfPage ? (page?.pageId ?? null) : null,
      sourceName: isOfPage ? (page?.['name'] ?? null) : null,
    };
  });
}

export const workbookEmbeds = {
  ...childStream(workbookParent, {
    paths: [{ path: '/v2/workbooks/{workbookId}/embeds', ...PAGED_MORE }],
    list: embeds,
  }),
  mutations: { changeEmbeds: revising(KIND, workbooksOf, isOrdinary) },
} satisfies Stream;
