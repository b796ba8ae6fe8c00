/** Scheduled exports of every workbook. */
import { type Entry, iso } from '../../store/entry.ts';
import { AWKWARD } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { revising, thingsOf } from '../shared/revisions.ts';
import { cron, timesOf } from '../shared/schedules.ts';
import { isOrdinary, type Workbook, workbookParent, workbooksOf } from '../shared/workbook-table.ts';
import { childStream, PAGED, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'workbook_schedules';
const ATTACHMENTS = [
  { formatOptions: { type: 'PDF', layout: 'landscape' }, workbookExportSource: { type: 'all' } },
  { formatOptions: { type: 'CSV' } },
  { formatOptions: { type: 'PNG', pixelWidth: null, pixelHeight: 800 } },
] as const;

function schedules(store: Store, workbook: Workbook): Entry[] {
  return thingsOf(store, KIND, workbook.id, { share: 0.3, most: 3 }).map((thing) => {
    const { number, revision } = thing;
    const random = new Random(store.seed, KIND, workbook.id, number, revision);
    const isSuspended = random.next() < 0.2;
    const { made, changed } = timesOf(workbook.createdAt, thing);
    return {
      scheduledNotificationId: new Random(store.seed, KIND, workbook.id, number).uuid(),
      workbookId: workbook.id,
      schedule: cron(random),
      configV2: {
        title: random.next() < 0.2 ? random.pick(AWKWARD) : `Export ${number + 1} r${revision}`,
        messageBody: 'Hello,\n\nsee "attached" — 📎',
        notificationAttachments: [random.pick(ATTACHMENTS)],
        includeLink: random.next() < 0.5,
        conditionOptions: { type: 'always' },
      },
      isSuspended,
      ownerId: workbook.ownerId,
      lastUpdatedByUser: workbook.ownerId,
      disabledAt: isSuspended ? iso(changed) : null,
      disabledBy: isSuspended ? workbook.ownerId : null,
      createdBy: workbook.ownerId,
      updatedBy: workbook.ownerId,
      createdAt: iso(made),
      updatedAt: iso(changed),
    };
  });
}

export const workbookSchedules = {
  ...childStream(workbookParent, {
    paths: [
      { path: '/v2.1/workbooks/{workbookId}/schedules', ...PAGED_MORE },
      { path: '/v2/workbooks/{workbookId}/schedules', ...PAGED, bare: 'array', total: false },
    ],
    list: schedules,
  }),
  /** Adds, changes or removes a scheduled export. */
  mutations: { changeSchedules: revising(KIND, workbooksOf, isOrdinary) },
} satisfies Stream;
