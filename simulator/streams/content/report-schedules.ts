/** Scheduled exports of every report. */
import { isOrdinary } from '../shared/document-table.ts';
import { schedulesOf } from '../shared/export-schedules.ts';
import { reportParent, reportsOf } from '../shared/report-table.ts';
import { revising } from '../shared/revisions.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'report_schedules';

export const reportSchedules = {
  ...childStream(reportParent, {
    paths: [{ path: '/v2/reports/{reportId}/schedules', novelty: 'reports', ...PAGED_MORE }],
    list: (store, report) => schedulesOf(store, report, KIND, 'reportId'),
  }),
  mutations: { changeReportSchedules: revising(KIND, reportsOf, isOrdinary) },
} satisfies Stream;
