/** Elements of every workbook, page by page or all at once. */
import { refuseUnknown } from '../../http/query.ts';
import { elementsStream } from '../shared/document-elements.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { OPAQUE } from '../stream.ts';

export const workbookElements = elementsStream(workbookParent, '/v2/workbooks/{workbookId}', {
  paging: OPAQUE,
  novelties: { perDocument: 'elements' },
  check: ({ query }) => refuseUnknown(query, 'tag', 'bookmarkId'),
});
