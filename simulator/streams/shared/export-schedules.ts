/** Scheduled exports of workbooks and reports. */
import { type Entry, iso } from '../../store/entry.ts';
import { AWKWARD } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { Document } from './document-table.ts';
import { thingsOf } from './revisions.ts';
import { cron, timesOf } from './schedules.ts';

const ATTACHMENTS = [
  { formatOptions: { type: 'PDF', layout: 'landscape' }, workbookExportSource: { type: 'all' } },
  { formatOptions: { type: 'CSV' } },
  { formatOptions: { type: 'PNG', pixelWidth: null, pixelHeight: 800 } },
] as const;

/**
 * The scheduled exports of a document.
 *
 * @param kind the stream's name.
 * @param param what the API calls the document's id.
 */
export function schedulesOf(store: Store, document: Document, kind: string, param: string): Entry[] {
  return thingsOf(store, kind, document.id, { share: 0.3, most: 3 }).map((thing) => {
    const { number, revision } = thing;
    const random = new Random(store.seed, kind, document.id, number, revision);
    const isSuspended = random.next() < 0.2;
    const { made, changed } = timesOf(document.createdAt, thing);
    return {
      scheduledNotificationId: new Random(store.seed, kind, document.id, number).uuid(),
      [param]: document.id,
      schedule: cron(random),
      configV2: {
        title: random.next() < 0.2 ? random.pick(AWKWARD) : `Export ${number + 1} r${revision}`,
        messageBody: 'Hello,\n\nsee "attached" — 📎',
        notificationAttachments: [random.pick(ATTACHMENTS)],
        includeLink: random.next() < 0.5,
        conditionOptions: { type: 'always' },
      },
      isSuspended,
      ownerId: document.ownerId,
      lastUpdatedByUser: document.ownerId,
      disabledAt: isSuspended ? iso(changed) : null,
      disabledBy: isSuspended ? document.ownerId : null,
      createdBy: document.ownerId,
      updatedBy: document.ownerId,
      createdAt: iso(made),
      updatedAt: iso(changed),
    };
  });
}
