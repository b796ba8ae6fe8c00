/** Scheduled exports of every workbook, and by their owners those of reports, too. */

import { noveltiesOf } from '../../http/endpoint.ts';
import { entriesListing } from '../../http/listing.ts';
import { mutation } from '../mutation.ts';
import { ownershipOf, schedulesOf, schedulesOwnedBy } from '../shared/export-schedules.ts';
import { memberParent } from '../shared/people.ts';
import { reportsOf } from '../shared/report-table.ts';
import { revising } from '../shared/revisions.ts';
import { isOrdinary, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'workbook_schedules';
const WORKBOOKS = { of: workbooksOf, kind: KIND, param: 'workbookId' };
const REPORTS = { of: reportsOf, kind: 'report_schedules', param: 'reportId' };

const listed = childStream(workbookParent, {
  paths: [
    { path: '/v2.1/workbooks/{workbookId}/schedules', ...PAGED_MORE },
    { path: '/v2/workbooks/{workbookId}/schedules', ...PAGED, bare: 'array', total: false },
  ],
  list: (store, workbook) => schedulesOf(store, workbook, KIND, 'workbookId'),
});

export const workbookSchedules = {
  ...listed,
  endpoints: [
    ...listed.endpoints,
    {
      path: '/v2/members/{memberId}/schedules',
      ...PAGED_MORE,
      novelty: 'memberSchedules',
      list(call) {
        const tables = noveltiesOf(call.store).reports ? [WORKBOOKS, REPORTS] : [WORKBOOKS];
        return entriesListing(schedulesOwnedBy(call.store, memberParent.find(call).id, tables));
      },
    },
  ],
  mutations: {
    /** Adds, changes or removes a scheduled export. */
    changeSchedules: revising(KIND, workbooksOf, isOrdinary),
    /** The schedules of a workbook belong to a member from now on, or to somebody whom no listing has. Returns the workbook's id. */
    handOverSchedules: mutation(0, ['id', 'memberId'], (store, id, memberId) => {
      const workbook = store.chosen(workbooksOf(store), id, isOrdinary);
      store.tick();
      ownershipOf(store).owners.set(workbook.id, memberId ?? store.random.base62(28));
      return workbook.id;
    }),
    /** The owner of a workbook's schedules does not see the workbook any more. Returns its id. */
    hideFromSchedulers: mutation(0, ['id'], (store, id) => {
      const workbook = store.chosen(workbooksOf(store), id, isOrdinary);
      store.tick();
      ownershipOf(store).unseen.add(workbook.id);
      return workbook.id;
    }),
  },
} satisfies Stream;
