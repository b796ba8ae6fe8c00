/**
 * The alerts of many organizations. Each organization has a book of its own; several processes may look and write into it.
 * One of them tells the receivers, each of every cause once. All that is remembered is in the books.
 */
import type { Database } from '../../../core/database/database.ts';
import { sqlState } from '../../../core/database/database-error.ts';
import { describeError } from '../../../core/errors.ts';
import type { EventBus } from '../../../core/events/bus.ts';
import { giveLeaseUp, takeLease } from '../../../state/lease.ts';
import type { Schemas } from '../../../state/schemas.ts';
import { turnBook } from '../../freshness/watch-list.ts';
import { markFailed, markTold, retryNow } from '../book.ts';
import { DELIVERY_LIMITS, type DeliveryLimits, openCourier } from '../deliver.ts';
import { type Looked, type LookOptions, openLook, report } from '../rounds.ts';
import type { Served } from '../rules.ts';
import { type BookPlace, placesWithBooks, readBooks, take } from './books.ts';
import { type AlertsMember, type Channel, channelsOf, messageOfNews, placeOf } from './channels.ts';
import { type BookAlert, type News, newsFor } from './news.ts';

const MINUTE = 60_000;

/** Name of the lease of the process that tells the receivers. */
const LEASE = 'alerts of all organizations';

/** Options of `openManyAlerts`. */
export interface ManyAlertsOptions extends Pick<LookOptions, 'exportsAlone'> {
  /** The organizations now: others after a reload. */
  readonly members: () => readonly AlertsMember[];
  readonly database: () => Promise<Database>;
  /** Name of this process. */
  readonly holder: string;
  /** Deliveries are reported here. */
  readonly events: EventBus;
  readonly redact: (text: string) => string;
  readonly limits?: Partial<DeliveryLimits>;
}

export type ManyAlerts = ReturnType<typeof openManyAlerts>;

/** Opens the alerts of many organizations; nothing is read or sent yet. */
export function openManyAlerts(options: ManyAlertsOptions) {
  const { members, database, holder, events, redact, exportsAlone = false } = options;
  const courier = openCourier({ events, redact }, { ...DELIVERY_LIMITS, ...options.limits });
  const turns = turnBook();
  const looks = new Map<
    string,
    { readonly app: AlertsMember['app']; readonly look: ReturnType<typeof openLook> }
  >();
  let leased: Schemas | undefined;

  const lookOf = ({ name, app }: AlertsMember): ReturnType<typeof openLook> => {
    const known = looks.get(name);
    if (known?.app === app) return known.look;
    const look = openLook(app, { turns, exportsAlone });
    looks.set(name, { app, look });
    return look;
  };

  /** Takes what is due to a channel, sends it, and writes down how that went. @returns when something more is due */
  async function tellChannel(
    target: Database,
    { receiver, members: own }: Channel,
    books: readonly BookAlert[],
    now: Date,
  ): Promise<Date | undefined> {
    const places = new Map(own.map((member) => [member.name, placeOf(member)]));
    const alerts = books.filter(({ organization }) => places.has(organization));
    const { news, wakeAt } = newsFor(receiver, alerts, now);
    const taken = await takeAll(target, receiver.name, places, news, now);
    const items = taken.flatMap((one) => one.items);
    if (items.length === 0) return wakeAt;
    const attempts = items.map(({ told }) => told.attempts + 1);
    const error = await courier.post(receiver, messageOfNews(own, taken, now, redact), Math.max(...attempts));
    for (const [name, some] of Map.groupBy(items, ({ alert }) => alert.organization)) {
      const place = places.get(name);
      if (place === undefined) continue;
      const told = some.map((item) => ({
        ...{ alertId: item.alert.alertId, state: item.state, attempts: item.told.attempts + 1 },
      }));
      await target.session((session) =>
        error === undefined
          ? markTold(session, place.schemas, receiver.name, told, now)
          : markFailed(session, place.schemas, receiver.name, told, error, now),
      );
    }
    if (error === undefined) await retryOthers(target, receiver.name, places, alerts, now);
    // The books have the next time by now: they are read again soon.
    return new Date(now.getTime() + MINUTE);
  }

  return {
    /** True if this process is the one that tells the receivers; it takes or prolongs the lease. @throws DatabaseError */
    async leads(): Promise<boolean> {
      const target = await database();
      const places = members().map(placeOf);
      const [first] = await target.session((session) => placesWithBooks(session, places));
      leased = undefined;
      if (first === undefined) return false;
      if ((await takeLease(target, first.schemas, holder, LEASE)) === undefined) return false;
      leased = first.schemas;
      return true;
    },
    /**
     * Looks at organizations, and writes into their books what is new or over. An organization that can't be read is
     * reported, and keeps no other from being looked at.
     *
     * @param served how schedules fared, by organization and schedule, where their records are elsewhere.
     * @throws DatabaseError
     */
    async look(
      names: ReadonlySet<string>,
      now: Date,
      served?: ReadonlyMap<string, ReadonlyMap<string, Served>>,
    ): Promise<ReadonlyMap<string, Looked>> {
      const target = await database();
      const chosen = members().filter(({ name }) => names.has(name));
      const places = chosen.map((member) => ({ ...placeOf(member), member }));
      const found = new Map<string, Looked>();
      for (const { member } of await target.session((session) => placesWithBooks(session, places))) {
        const { name, app } = member;
        try {
          const own = served === undefined ? undefined : (served.get(name) ?? new Map());
          const looked = await target.session((session) => lookOf(member)(session, now, own));
          report(app, looked);
          found.set(name, looked);
        } catch (error) {
          // A missing right or column of one is no matter of the others.
          if (!/^42/.test(sqlState(error) ?? '')) throw error;
          app.events.emit('chore.failed', { chore: 'alerts', error: redact(describeError(error)) });
        }
      }
      return found;
    },
    /** Tells the receivers what is due. @returns when something is due again, if nothing changes. @throws DatabaseError */
    async tell(now: Date): Promise<Date | undefined> {
      const target = await database();
      const all = members();
      const channels = channelsOf(all);
      if (channels.length === 0) return undefined;
      const books = await readBooks(target, all.map(placeOf), now);
      const told = await Promise.allSettled(
        channels.map((channel) => tellChannel(target, channel, books, now)),
      );
      // Each receiver has its turn, whatever became of the others.
      const times = told.flatMap((one) => {
        if (one.status === 'rejected') throw one.reason;
        return one.value === undefined ? [] : [one.value.getTime()];
      });
      return times.length === 0 ? undefined : new Date(Math.min(...times));
    },
    /** Sends a message of its own making, such as that the database is away. */
    post: courier.post,
    /** Waits for what is being sent, and lets another process tell. */
    async close(): Promise<void> {
      await courier.idle();
      const schemas = leased;
      if (schemas === undefined) return;
      leased = undefined;
      await database()
        .then((target) => giveLeaseUp(target, schemas, holder, LEASE))
        .catch(() => undefined);
    },
  };
}

/** Takes the alerts of the news, and gives the news without those that somebody else took. @throws DatabaseError */
async function takeAll(
  target: Database,
  receiver: string,
  places: ReadonlyMap<string, BookPlace>,
  news: readonly News[],
  now: Date,
): Promise<readonly News[]> {
  const items = news.flatMap((one) => one.items);
  const taken = new Map<string, ReadonlySet<string>>();
  for (const [name, some] of Map.groupBy(items, ({ alert }) => alert.organization)) {
    const place = places.get(name);
    if (place === undefined) continue;
    taken.set(name, await target.session((session) => take(session, place.schemas, receiver, some, now)));
  }
  return news
    .map((one) => ({
      ...one,
      items: one.items.filter(({ alert }) => taken.get(alert.organization)?.has(alert.alertId) === true),
    }))
    .filter((one) => one.items.length > 0);
}

/** The receiver answers again: what it missed of other organizations need not wait for hours. @throws DatabaseError */
async function retryOthers(
  target: Database,
  receiver: string,
  places: ReadonlyMap<string, BookPlace>,
  alerts: readonly BookAlert[],
  now: Date,
): Promise<void> {
  const failing = alerts.filter(({ told }) =>
    told.some((one) => one.receiver === receiver && one.error !== undefined && one.attempts > 0),
  );
  for (const name of new Set(failing.map(({ organization }) => organization))) {
    const place = places.get(name);
    if (place !== undefined)
      await target.session((session) => retryNow(session, place.schemas, receiver, now));
  }
}
