import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { pageFields } from '../shared/document-children.ts';

export const reportPages = defineStream({
  name: 'report_pages',
  description: 'Pages of every report that is not archived.',
  key: ['report_id', 'page_id'],
  sources: [{ name: 'pages', listings: [{ path: '/v2/reports/{reportId}/pages', paging: 'pageToken' }] }],
  partitions: [[byReport]],
  params: { reportId: text('Report') },
  fields: pageFields,
});
