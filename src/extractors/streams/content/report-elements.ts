import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { ELEMENT_TYPES, elementFields, elementSources } from '../shared/element-fields.ts';

const listed = elementSources('report', '/v2/reports/{reportId}', 'report_pages', 'pageToken');

/**
 * The listing of a page's elements is known from one source alone [MCP]; where there is none, elements without their page
 * are better than none.
 */
export const reportElements = defineStream({
  name: 'report_elements',
  description:
    'Elements (tables, charts, controls, texts) on the pages of every report that is not archived.',
  key: ['report_id', 'element_id'],
  sources: [
    ...listed,
    {
      name: 'without pages',
      listings: [{ path: '/v2/reports/{reportId}/elements', paging: 'pageToken' }],
    },
  ],
  partitions: [[byReport]],
  params: { reportId: text('Report'), pageId: text('Page the element is on, if the API says so') },
  fields: elementFields('report', ELEMENT_TYPES),
});
