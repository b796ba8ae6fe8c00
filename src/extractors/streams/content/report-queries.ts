import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { QUERIES_A_PAGE, QUERY_CAVEATS, queryFields } from '../shared/document-children.ts';

export const reportQueries = defineStream({
  name: 'report_queries',
  description: 'The SQL that Sigma runs for the elements of every report that is not archived.',
  key: ['report_id', 'element_id'],
  sources: [
    {
      name: 'queries',
      listings: [{ path: '/v2/reports/{reportId}/queries', paging: 'pageToken', limit: QUERIES_A_PAGE }],
    },
  ],
  partitions: [[byReport]],
  caveats: QUERY_CAVEATS,
  params: { reportId: text('Report') },
  fields: queryFields,
});
