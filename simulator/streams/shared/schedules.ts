/** Scheduled exports, materializations and their schedules: they change without any signal. */
import type { Dataset } from '../../data-entities.ts';
import type { Entry, Workbook } from '../../entities.ts';
import { iso } from '../../entries.ts';
import { AWKWARD, elementName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { type Frequency, type Thing, thingsOf } from './revisions.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata'] as const;
const ATTACHMENTS = [
  { formatOptions: { type: 'PDF', layout: 'landscape' }, workbookExportSource: { type: 'all' } },
  { formatOptions: { type: 'CSV' } },
  { formatOptions: { type: 'PNG', pixelWidth: null, pixelHeight: 800 } },
] as const;

function cron(random: Random): Entry {
  return {
    cronSpec: `${random.below(60)} ${random.below(24)} * * ${random.below(7)}`,
    timezone: random.pick(TIMEZONES),
  };
}

/** When a thing was made and last changed: no clock is kept for what is derived. */
function timesOf(base: number, { number, revision }: Thing): { made: number; changed: number } {
  const made = base + number * DAY;
  return { made, changed: made + revision * HOUR };
}

export function schedules(store: Store, workbook: Workbook): Entry[] {
  const kind = 'workbook_schedules';
  return thingsOf(store, kind, workbook.id, { share: 0.3, most: 3 }).map((thing) => {
    const { number, revision } = thing;
    const random = new Random(store.seed, kind, workbook.id, number, revision);
    const isSuspended = random.next() < 0.2;
    const { made, changed } = timesOf(workbook.createdAt, thing);
    return {
      scheduledNotificationId: new Random(store.seed, kind, workbook.id, number).uuid(),
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

/** Materialization schedules of a workbook or data model; `kind` is the stream's name. */
export function materializationSchedules(
  store: Store,
  kind: string,
  parent: { readonly id: string; readonly createdAt: number },
  frequency: Frequency,
): Entry[] {
  return thingsOf(store, kind, parent.id, frequency).map((thing) => {
    const identity = new Random(store.seed, kind, parent.id, thing.number);
    const random = new Random(store.seed, kind, parent.id, thing.number, thing.revision);
    return {
      sheetId: identity.base62(10),
      elementName: elementName(identity),
      schedule: random.next() < 0.15 ? null : cron(random),
      configuredAt: iso(timesOf(parent.createdAt, thing).changed),
      paused: random.next() < 0.25,
    };
  });
}

/** What became of a dataset's materializations, the latest first. Each revision adds one. */
export function materializations(store: Store, dataset: Dataset): Entry[] {
  const kind = 'dataset_materializations';
  const first = new Random(store.seed, kind, dataset.id);
  const count = (first.next() < 0.85 ? 1 + first.below(4) : 0) + store.revisions.of(kind, dataset.id);
  return Array.from({ length: count }, (_, i) => {
    const number = count - 1 - i;
    const random = new Random(store.seed, kind, dataset.id, number);
    const status = random.pick(['success', 'success', 'success', 'failed', 'marked', 'swept'] as const);
    const isDone = status === 'success';
    const errorCode = random.next() < 0.5 ? { errorCode: null } : {};
    return {
      status,
      finishedAt: iso(dataset.createdAt + number * DAY + random.below(HOUR)),
      error:
        status === 'failed'
          ? { code: 'warehouse', message: 'Table "ÖRDERS" not found\n', ...errorCode }
          : null,
      runtimeSecs: isDone ? random.below(9000) / 10 : null,
      numRows: isDone ? random.below(5_000_000) : null,
      numBytes: isDone ? 2 ** 31 + random.below(2 ** 31) : null,
    };
  });
}
