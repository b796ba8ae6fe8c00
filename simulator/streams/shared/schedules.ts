/** Schedules of exports and materializations: they change without any signal. */
import { DAY, type Entry, HOUR, iso } from '../../store/entry.ts';
import { elementName } from '../../store/names.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { type Frequency, type Thing, thingsOf } from './revisions.ts';

const TIMEZONES = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kolkata'] as const;

export function cron(random: Random): Entry {
  return {
    cronSpec: `${random.below(60)} ${random.below(24)} * * ${random.below(7)}`,
    timezone: random.pick(TIMEZONES),
  };
}

/** Times of creation and last change: derived things keep no clock. */
export function timesOf(base: number, { number, revision }: Thing): { made: number; changed: number } {
  const made = base + number * DAY;
  return { made, changed: made + revision * HOUR };
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
