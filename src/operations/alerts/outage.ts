/** An outage of the database, which can be reported from memory only. */

import type { Receiver } from '../../config/receivers.ts';
import { backoffMs } from './delivery-retry.ts';
import type { AlertItem } from './message.ts';

/** A database that is back by then was restarted, and is nobody's concern. */
export const OUTAGE_MS = 120_000;

/** A receiver's knowledge of the outage. */
interface Told {
  toldAt: number | undefined;
  attempts: number;
  retryAt: number | undefined;
}

export interface OutageNews {
  readonly receiver: Receiver;
  readonly item: AlertItem;
  /** Attempts in a row, this one included. */
  readonly attempt: number;
}

/** One outage after the other. Nothing is sent here: it says what is due, and hears what became of it. */
export class Outage {
  readonly #receivers: readonly Receiver[];
  #since: Date | undefined;
  #error = '';
  #told = new Map<Receiver, Told>();
  /** Those who heard of an outage that is over, and when that began. */
  #owed = new Map<Receiver, { readonly since: Date; attempts: number; retryAt: number }>();

  constructor(receivers: readonly Receiver[]) {
    this.#receivers = receivers.filter(({ kinds }) => kinds.includes('failure'));
  }

  begin(error: string, now: Date): void {
    this.#since ??= now;
    this.#error = error;
  }

  /** @returns true where a receiver got a message about it. */
  end(now: Date): boolean {
    const since = this.#since;
    if (since === undefined) return false;
    for (const [receiver, { toldAt }] of this.#told) {
      if (toldAt !== undefined && receiver.wantsRecovery)
        this.#owed.set(receiver, { since, attempts: 0, retryAt: now.getTime() });
    }
    const wasTold = this.#told.size > 0;
    this.#told = new Map();
    this.#since = undefined;
    return wasTold;
  }

  /** Why the database can't be reached, once that has lasted; undefined while it can. */
  lasting(now: Date): string | undefined {
    const since = this.#since;
    return since !== undefined && now.getTime() - since.getTime() >= OUTAGE_MS ? this.#error : undefined;
  }

  get isIdle(): boolean {
    return this.#since === undefined && this.#owed.size === 0;
  }

  /** News that is due; each call counts as an attempt. */
  due(now: Date): OutageNews[] {
    const time = now.getTime();
    const news: OutageNews[] = [];
    for (const [receiver, owed] of this.#owed) {
      if (owed.retryAt > time) continue;
      owed.attempts++;
      owed.retryAt = Number.POSITIVE_INFINITY;
      const item = itemOf(owed.since, 'recovered', 'The database can be reached again.');
      news.push({ receiver, item, attempt: owed.attempts });
    }
    const since = this.#since;
    if (since === undefined || this.lasting(now) === undefined) return news;
    for (const receiver of this.#receivers) {
      const told = this.#told.get(receiver) ?? { toldAt: undefined, attempts: 0, retryAt: time };
      this.#told.set(receiver, told);
      const { repeatMs } = receiver;
      const isRepeat = told.toldAt !== undefined && repeatMs > 0 && told.toldAt + repeatMs <= time;
      const isDue = told.retryAt === undefined ? isRepeat : told.retryAt <= time;
      if (!isDue) continue;
      told.attempts++;
      told.retryAt = Number.POSITIVE_INFINITY;
      const state = told.toldAt === undefined ? 'raised' : 'lasting';
      const detail = `The database can't be reached, so nothing is synced.\n${this.#error}`;
      news.push({ receiver, item: itemOf(since, state, detail), attempt: told.attempts });
    }
    return news;
  }

  /** Records the outcome of a delivery. */
  done({ receiver, item }: OutageNews, isDelivered: boolean, now: Date): void {
    const owed = this.#owed.get(receiver);
    const told = this.#told.get(receiver);
    if (item.state === 'recovered') {
      const wait = owed === undefined ? undefined : backoffMs(owed.attempts);
      if (owed === undefined || isDelivered || wait === undefined) this.#owed.delete(receiver);
      else owed.retryAt = now.getTime() + wait;
      return;
    }
    if (told === undefined) {
      // It was over before the message arrived.
      if (isDelivered && receiver.wantsRecovery)
        this.#owed.set(receiver, { since: item.since, attempts: 0, retryAt: now.getTime() });
      return;
    }
    const wait = isDelivered ? undefined : backoffMs(told.attempts);
    told.retryAt = wait === undefined ? undefined : now.getTime() + wait;
    if (!isDelivered) return;
    told.toldAt = now.getTime();
    told.attempts = 0;
  }
}

function itemOf(since: Date, state: AlertItem['state'], detail: string): AlertItem {
  return { kind: 'failure', subject: 'the database', detail, since, state, runId: null };
}
