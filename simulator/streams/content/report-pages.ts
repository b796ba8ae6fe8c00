/** Pages of every report. */
import { contentOf } from '../shared/contents.ts';
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream } from '../stream.ts';

export const reportPages = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/pages', novelty: 'reports', ...BY_TOKEN }],
  list: (store, report) => contentOf(store, report).map(({ page }) => page),
});
