/** What workbooks are made from. */
import { entriesListing } from '../../http/listing.ts';
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { addedOf, rootOf } from '../shared/contents.ts';
import { sourceKey, sourcesOf, WORKBOOK_SOURCES } from '../shared/sources.ts';
import { type Workbook, workbookParent } from '../shared/workbook-table.ts';
import { ARRAY, childStream } from '../stream.ts';

/** What a workbook is made from, at its present version. */
export function sourcesOfWorkbook(store: Store, workbook: Workbook): readonly Entry[] {
  const root = rootOf(workbook);
  return addedOf(store).sources(root) ?? sourcesOf(store, root, workbook.version, WORKBOOK_SOURCES);
}

export const workbookSources = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/sources', ...ARRAY }],
  list: (store, workbook) => entriesListing(sourcesOfWorkbook(store, workbook)),
  derive: (source) => ({ sourceKey: sourceKey(source) }),
});
