/** Schedules for materializing elements of workbooks. */
import { revising } from '../shared/revisions.ts';
import { materializationSchedules } from '../shared/schedules.ts';
import { isOrdinary, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'workbook_materialization_schedules';

export const workbookMaterializationSchedules = {
  ...childStream(workbookParent, {
    paths: [
      { path: '/v2.1/workbooks/{workbookId}/materialization-schedules', ...PAGED_MORE },
      {
        path: '/v2/workbooks/{workbookId}/materialization-schedules',
        ...PAGED,
        bare: 'entries',
        total: false,
      },
    ],
    list: (store, workbook) => materializationSchedules(store, KIND, workbook, { share: 0.2, most: 2 }),
  }),
  mutations: { changeMaterializationSchedules: revising(KIND, workbooksOf, isOrdinary) },
} satisfies Stream;
