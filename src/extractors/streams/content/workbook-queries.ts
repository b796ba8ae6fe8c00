import { defineStream, sensitive, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';

/** The API compiles the query of each element it lists, so pages are kept small, as a peer had to. [peer tap-sigma] */
export const workbookQueries = defineStream({
  name: 'workbook_queries',
  description: 'The SQL that Sigma runs for the elements of every workbook that is not archived.',
  key: ['workbook_id', 'element_id'],
  sources: [
    {
      name: 'queries',
      listings: [{ path: '/v2/workbooks/{workbookId}/queries', paging: 'page', limit: 50 }],
    },
  ],
  partitions: [[byWorkbook]],
  caveats: 'Without a row: elements that run no query, such as texts and images.',
  params: { workbookId: text('Workbook') },
  fields: {
    elementId: text('Element the query fills'),
    name: text('Title of the element'),
    sql: sensitive('sql', text('The SQL text; names tables and columns, and may hold literal values')),
    error: text('Why there is no SQL'),
  },
});
