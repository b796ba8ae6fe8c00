/** Scheduled exports of every workbook. */
import { schedulesOf } from '../shared/export-schedules.ts';
import { revising } from '../shared/revisions.ts';
import { isOrdinary, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'workbook_schedules';

export const workbookSchedules = {
  ...childStream(workbookParent, {
    paths: [
      { path: '/v2.1/workbooks/{workbookId}/schedules', ...PAGED_MORE },
      { path: '/v2/workbooks/{workbookId}/schedules', ...PAGED, bare: 'array', total: false },
    ],
    list: (store, workbook) => schedulesOf(store, workbook, KIND, 'workbookId'),
  }),
  /** Adds, changes or removes a scheduled export. */
  mutations: { changeSchedules: revising(KIND, workbooksOf, isOrdinary) },
} satisfies Stream;
