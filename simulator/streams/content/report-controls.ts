/** Controls of every report. */
import { reportParent } from '../shared/report-table.ts';
import { BY_TOKEN, childStream } from '../stream.ts';
import { controlsOf } from './workbook-controls.ts';

export const reportControls = childStream(reportParent, {
  paths: [{ path: '/v2/reports/{reportId}/controls', novelty: 'reports', ...BY_TOKEN }],
  list: controlsOf,
});
