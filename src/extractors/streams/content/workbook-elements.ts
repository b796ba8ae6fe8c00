import { defineStream, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { ELEMENT_TYPES, elementFields, elementSources } from '../shared/element-fields.ts';

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
