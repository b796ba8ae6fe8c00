import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { ELEMENT_TYPES, elementFields, elementSources } from '../shared/element-fields.ts';

/**
 * The endpoint of early 2026 gives the elements of a whole workbook, but not the pages they are on. [SDK, AE, tap-sigma]
 * So they are read page by page: a request for each page, and none beside them where one request in the whole run has
 * shown that. Should entries name their page one day, one request a workbook is enough.
 */
export const workbookElements = defineStream({
  name: 'workbook_elements',
  description:
    'Elements (tables, charts, controls, texts) on the pages of every workbook that is not archived.',
  key: ['workbook_id', 'element_id'],
  sources: elementSources('workbook', '/v2/workbooks/{workbookId}', 'workbook_pages', 'page'),
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook'), pageId: text('Page the element is on') },
  fields: elementFields('workbook', ELEMENT_TYPES),
});
