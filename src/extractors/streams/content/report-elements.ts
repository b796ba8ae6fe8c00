import { defineStream, text } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { ELEMENT_TYPES, elementFields, elementSources } from '../shared/element-fields.ts';

export const reportElements = defineStream({
  name: 'report_elements',
  description:
    'Elements (tables, charts, controls, texts) on the pages of every report that is not archived.',
  key: ['report_id', 'element_id'],
  sources: elementSources('report', '/v2/reports/{reportId}', 'report_pages', 'pageToken'),
  partitions: [[byReport]],
  params: { reportId: text('Report'), pageId: text('Page the element is on') },
  fields: elementFields('report', ELEMENT_TYPES),
});
