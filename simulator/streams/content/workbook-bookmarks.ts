/** Bookmarks of every workbook: saved states of its controls. They change without the workbook. */
import type { Entry } from '../../store/entry.ts';
import { bookmarkName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { revising, thingsOf } from '../shared/revisions.ts';
import { isOrdinary, type Workbook, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';

const KIND = 'workbook_bookmarks';

function bookmarks(store: Store, { id }: Workbook): Entry[] {
  return thingsOf(store, KIND, id, { share: 0.3, most: 3 }).map(({ number, revision }) => {
    const identity = new Random(store.seed, KIND, id, number);
    const random = new Random(store.seed, KIND, id, number, revision);
    return {
      bookmarkId: identity.uuid(),
      name: bookmarkName(random, revision),
      isShared: random.next() < 0.5,
      exploreKey: identity.uuid(),
      ...(random.next() < 0.4 && { isDefault: number === 0 }),
    };
  });
}

export const workbookBookmarks = {
  ...childStream(workbookParent, {
    paths: [{ path: '/v2/workbooks/{workbookId}/bookmarks', ...PAGED }],
    list: bookmarks,
  }),
  mutations: { changeBookmarks: revising(KIND, workbooksOf, isOrdinary) },
} satisfies Stream;
