/**
 * Decides which messages a receiver of many organizations gets now: each cause once, whichever organizations have it.
 * Pure: the books of all organizations in, news out.
 */
import type { Receiver } from '../../../config/receivers.ts';
import { type AlertState, RECOVERY_NEWS_MS, TOLD_ONCE } from '../book.ts';
import type { OpenAlert } from '../condition.ts';
import { MOST_ATTEMPTS } from '../delivery-retry.ts';
import { type Cause, causeOf } from './cause.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Errors that are the same have one cause if they follow each other within this time. */
export const AT_ONCE_MS = 15 * MINUTE;
/** A cause that spreads to more than twice as many organizations is reported again after this time. */
export const SPREAD_MS = HOUR;

/** The record of the messages that a receiver got about an alert. */
export interface Told {
  readonly receiver: string;
  readonly toldAt: Date | undefined;
  readonly recoveryToldAt: Date | undefined;
  /** Attempts in a row that failed, or are under way. */
  readonly attempts: number;
  readonly retryAt: Date | undefined;
  readonly error: string | undefined;
}

/** An alert in the book of an organization. */
export interface BookAlert extends Omit<OpenAlert, 'lastSeenAt'> {
  readonly organization: string;
  readonly host: string | undefined;
  readonly settledAt: Date | undefined;
  /** True if the same alert was raised again since it was settled. */
  readonly isBack: boolean;
  readonly told: readonly Told[];
}

/** An alert that a message is to have. */
export interface NewsItem {
  readonly alert: BookAlert;
  readonly told: Told;
  readonly state: AlertState;
}

/** A cause that a message is to have. */
export interface News {
  readonly cause: Cause;
  readonly state: AlertState;
  readonly since: Date;
  /** Organizations that have it now; of one that is over, those that had it. */
  readonly organizations: readonly string[];
  /** Organizations that no longer have it, while others do. */
  readonly recovered: readonly string[];
  readonly items: readonly NewsItem[];
}

/** The messages to send now, and when to look again if nothing changes; `wakeAt` is undefined without such a time. */
export interface NewsResult {
  readonly news: readonly News[];
  readonly wakeAt: Date | undefined;
}

/** The news for a receiver. @param alerts of the organizations that have this receiver */
export function newsFor(receiver: Receiver, alerts: readonly BookAlert[], now: Date): NewsResult {
  const members = alerts.flatMap((alert) => memberOf(receiver, alert, now));
  const results = groupsOf(members).map((group) => newsOf(receiver, group, now));
  const news = results.flatMap((one) => one.news ?? []);
  const times = results.flatMap(({ wakeAt }) => (wakeAt === undefined ? [] : [wakeAt]));
  const wakeAt = times.length === 0 ? undefined : new Date(times.reduce((a, b) => Math.min(a, b)));
  return { news, wakeAt };
}

interface Member {
  readonly alert: BookAlert;
  readonly told: Told;
  readonly cause: Cause;
}

/** The alert as a matter of the receiver; none if the receiver is not to get it. */
function memberOf(receiver: Receiver, alert: BookAlert, now: Date): Member[] {
  const { name, kinds, wantsRecovery } = receiver;
  const nothing = { toldAt: undefined, recoveryToldAt: undefined, retryAt: undefined, error: undefined };
  const told = alert.told.find((one) => one.receiver === name) ?? { ...nothing, receiver: name, attempts: 0 };
  if (!kinds.includes(alert.kind) || told.attempts >= MOST_ATTEMPTS) return [];
  const { settledAt } = alert;
  if (settledAt !== undefined) {
    const isNews = now.getTime() - settledAt.getTime() < RECOVERY_NEWS_MS && alert.kind !== 'drift';
    const isOwed = told.toldAt !== undefined && told.recoveryToldAt === undefined;
    if (!wantsRecovery || !isNews || !isOwed || alert.isBack) return [];
  }
  return [{ alert, told, cause: causeOf(alert) }];
}

/** Alerts with one cause. */
export function groupsOf<T extends Pick<Member, 'alert' | 'cause'>>(
  members: readonly T[],
): readonly (readonly T[])[] {
  const byCause = Map.groupBy(members, ({ cause }) => cause.key);
  return [...byCause.values()].flatMap((group) => {
    if (group[0]?.cause.reach !== 'moment') return [group];
    const groups: T[][] = [];
    let before = Number.NEGATIVE_INFINITY;
    for (const member of group.toSorted((a, b) => a.alert.raisedAt.getTime() - b.alert.raisedAt.getTime())) {
      const at = member.alert.raisedAt.getTime();
      if (at - before > AT_ONCE_MS) groups.push([]);
      groups.at(-1)?.push(member);
      before = at;
    }
    return groups;
  });
}

interface Verdict {
  readonly news?: News;
  readonly wakeAt?: number;
}

function newsOf({ repeatMs }: Receiver, group: readonly Member[], now: Date): Verdict {
  const time = now.getTime();
  const busy = group.flatMap(({ told: { attempts, retryAt } }) =>
    attempts > 0 && retryAt !== undefined && retryAt > now ? [retryAt.getTime()] : [],
  );
  // A message about it is under way, or is to be tried again: the others go with it.
  if (busy.length > 0) return { wakeAt: Math.min(...busy) };
  const open = group.filter(({ alert }) => alert.settledAt === undefined);
  const over = group.filter(({ alert }) => alert.settledAt !== undefined);
  const known = open.filter(({ told }) => told.toldAt !== undefined);
  const fresh = open.filter(({ told }) => told.toldAt === undefined);
  if (known.length === 0 && fresh.length > 0) return { news: asNews('raised', fresh, fresh, over) };
  if (open.length === 0) return over.length === 0 ? {} : { news: asNews('recovered', over, [], over) };

  const isOnce = known.every(({ alert }) => TOLD_ONCE.includes(alert.kind));
  const lastAt = Math.max(...known.map(({ told }) => told.toldAt?.getTime() ?? 0));
  const laterMs = repeatMs === 0 ? DAY : repeatMs;
  const times = [
    ...(repeatMs > 0 && !isOnce ? [lastAt + repeatMs] : []),
    ...(fresh.length > 0 ? [lastAt + laterMs] : []),
    ...(isSpread(known, open) ? [lastAt + SPREAD_MS] : []),
    ...over.map(({ alert }) => (alert.settledAt?.getTime() ?? 0) + laterMs),
    // A reminder, or a part of one, did not arrive.
    ...[...known, ...over].flatMap(({ told }) => (told.attempts > 0 ? [time] : [])),
  ];
  if (times.length === 0) return {};
  const wakeAt = Math.min(...times);
  if (wakeAt > time) return { wakeAt };
  return { news: asNews('lasting', open, isOnce ? fresh : open, over) };
}

/** True if more than twice as many organizations have it as the receiver knows of. */
function isSpread(known: readonly Member[], open: readonly Member[]): boolean {
  return namesOf(open).length > 2 * namesOf(known).length;
}

function asNews(
  state: AlertState,
  affected: readonly Member[],
  open: readonly Member[],
  over: readonly Member[],
): News {
  const organizations = namesOf(affected);
  const [first] = affected;
  if (first === undefined) throw new Error('news of nothing');
  const item = ({ alert, told }: Member): NewsItem => ({
    ...{ alert, told },
    state: alert.settledAt !== undefined ? 'recovered' : told.toldAt === undefined ? 'raised' : 'lasting',
  });
  return {
    ...{ cause: first.cause, state, organizations },
    since: new Date(Math.min(...affected.map(({ alert }) => alert.raisedAt.getTime()))),
    recovered: state === 'recovered' ? [] : namesOf(over).filter((name) => !organizations.includes(name)),
    items: [...open, ...over].map(item),
  };
}

const namesOf = (members: readonly Member[]): readonly string[] =>
  [...new Set(members.map(({ alert }) => alert.organization))].sort();
