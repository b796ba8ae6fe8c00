/** The SQL of the elements of every report. */
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream } from '../stream.ts';
import { queriesOf } from './workbook-queries.ts';

export const reportQueries = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/queries', novelty: 'reports', ...BY_TOKEN }],
  list: queriesOf,
});
