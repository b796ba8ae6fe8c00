import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { QUERIES_A_PAGE, QUERY_CAVEATS, queryFields } from '../shared/document-children.ts';

export const workbookQueries = defineStream({
  name: 'workbook_queries',
  description: 'The SQL that Sigma runs for the elements of every workbook that is not archived.',
  key: ['workbook_id', 'element_id'],
  sources: [
    {
      name: 'queries',
      listings: [{ path: '/v2/workbooks/{workbookId}/queries', paging: 'page', limit: QUERIES_A_PAGE }],
    },
  ],
  partitions: [[byWorkbook]],
  caveats: QUERY_CAVEATS,
  params: { workbookId: text('Workbook') },
  fields: queryFields,
});
