/** Sources of workbooks. */
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { addedOf, rootOf, type Versioned } from '../shared/contents.ts';
import { sourceKey, sourcesOf, WORKBOOK_SOURCES } from '../shared/sources.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { ARRAY, childStream } from '../stream.ts';

/** Sources of a workbook or report. */
export function documentSources(store: Store, document: Versioned): readonly Entry[] {
  const root = rootOf(document);
  return addedOf(store).sources(root) ?? sourcesOf(store, root, document.version, WORKBOOK_SOURCES);
}

export const workbookSources = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/sources', ...ARRAY, strict: 'strictSources' }],
  list: documentSources,
  derive: (source) => ({ sourceKey: sourceKey(source) }),
});
