/** Every version of a report from the first one, the latest first. */
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream } from '../stream.ts';
import { versionsOf } from './workbook-versions.ts';

export const reportVersions = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/version-history', novelty: 'reports', ...BY_TOKEN }],
  list: versionsOf,
});
