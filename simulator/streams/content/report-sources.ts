/** Sources of reports. */
import { reportParent } from '../shared/report-table.ts';
import { sourceKey } from '../shared/sources.ts';
import { ARRAY, childStream } from '../stream.ts';
import { documentSources } from './workbook-sources.ts';

export const reportSources = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/sources', novelty: 'reports', ...ARRAY }],
  list: documentSources,
  derive: (source) => ({ sourceKey: sourceKey(source) }),
});
