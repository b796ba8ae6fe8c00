/** Figures of the database that are at most some seconds old, and never late: a scrape must not wait or fail. */
import { within } from '../../core/within.ts';
import type { Figures } from './figures.ts';

export interface FreshOptions {
  readonly read: () => Promise<Figures>;
  /** Milliseconds for which figures are good enough. */
  readonly cacheMs: number;
  /** Milliseconds that a reader waits. */
  readonly patienceMs: number;
  /** Milliseconds after which a database that does not answer counts as one that can't be reached. */
  readonly lostMs: number;
  /** A clock that only goes forward. */
  readonly now: () => number;
}

export interface Known {
  readonly reachable: boolean;
  /** Undefined while nothing is known, or the database can't be reached: what it said once may be wrong by now. */
  readonly figures: Figures | undefined;
}

/** Reads at most once at a time, however many ask. The returned function never throws. */
export function keepFresh(options: FreshOptions): () => Promise<Known> {
  const { read, cacheMs, patienceMs, lostMs, now } = options;
  let known: Known = { reachable: false, figures: undefined };
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: { readonly since: number; readonly done: Promise<void> } | undefined;

  function refresh(): Promise<void> {
    const done = read()
      .then(
        (figures) => {
          known = { reachable: true, figures };
        },
        () => {
          known = { reachable: false, figures: undefined };
        },
      )
      .finally(() => {
        readAt = now();
        reading = undefined;
      });
    reading = { since: now(), done };
    return done;
  }

  return async () => {
    if (now() - readAt >= cacheMs) await within(reading?.done ?? refresh(), patienceMs);
    // The embedded database has one connection, which a run may hold for a while: that is no outage.
    const isLost = reading !== undefined && now() - reading.since >= lostMs;
    return isLost ? { reachable: false, figures: undefined } : known;
  };
}
