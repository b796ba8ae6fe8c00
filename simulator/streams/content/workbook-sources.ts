/** What workbooks are made from. */
import { entriesListing } from '../../http/listing.ts';
import { addedOf, rootOf } from '../shared/contents.ts';
import { sourceKey, sourcesOf, WORKBOOK_SOURCES } from '../shared/sources.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { ARRAY, childStream } from '../stream.ts';

export const workbookSources = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/sources', ...ARRAY, strict: 'strictSources' }],
  list(store, workbook) {
    const root = rootOf(workbook);
    const added = addedOf(store).sources(root);
    return entriesListing(added ?? sourcesOf(store, root, workbook.version, WORKBOOK_SOURCES));
  },
  derive: (source) => ({ sourceKey: sourceKey(source) }),
});
