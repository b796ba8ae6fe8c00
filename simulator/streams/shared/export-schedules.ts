/** Scheduled exports of workbooks and reports. */
import { type Entry, iso } from '../../store/entry.ts';
import { AWKWARD } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import { oneOf, type Store, type Table } from '../../store/store.ts';
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
 * @param param the API's name for the document's id.
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
      ownerId: ownerOf(store, document),
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

/** Owners of schedules that are not those of the documents. */
interface Ownership {
  /** By document. */
  readonly owners: Map<string, string>;
  /** Documents that the owners of their schedules do not see any more. */
  readonly unseen: Set<string>;
}

export const ownershipOf = oneOf((): Ownership => ({ owners: new Map(), unseen: new Set() }));

/** The owner of a document's schedules. */
function ownerOf(store: Store, { id, ownerId }: Document): string {
  return ownershipOf(store).owners.get(id) ?? ownerId;
}

/** The documents whose schedules a member owns, by member; worked out again when the organization has changed. */
const byOwner = oneOf(() => ({ at: Number.NaN, documents: new Map<string, Scheduled[]>() }));

/** A document and what its schedules are called. */
interface Scheduled {
  readonly document: Document;
  readonly kind: string;
  readonly param: string;
}

/**
 * The schedules that a member owns on those documents of these tables that the member sees. Nobody knows whether
 * archived documents count.
 */
export function schedulesOwnedBy(
  store: Store,
  memberId: string,
  tables: readonly { readonly of: Table<Document>; readonly kind: string; readonly param: string }[],
): Entry[] {
  const index = byOwner(store);
  if (index.at !== store.now) {
    index.at = store.now;
    index.documents.clear();
    for (const { of, kind, param } of tables)
      for (const document of of(store).list) {
        if (ownershipOf(store).unseen.has(document.id)) continue;
        const owner = ownerOf(store, document);
        const known = index.documents.get(owner) ?? [];
        known.push({ document, kind, param });
        index.documents.set(owner, known);
      }
  }
  return (index.documents.get(memberId) ?? []).flatMap(({ document, kind, param }) =>
    schedulesOf(store, document, kind, param),
  );
}
