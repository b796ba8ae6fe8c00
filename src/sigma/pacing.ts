/**
 * The pace of a lane. Sigma documents no limit for most endpoints, yet answers 429 under bursts. So a lane starts at
 * its full concurrency, halves it once for each burst of 429s, and feels its way back up. The arithmetic is pure;
 * `lane.ts` acts on it.
 */

/** Most requests that a lane has under way at once, and how well that goes. */
export interface Pace {
  readonly concurrency: number;
  /** Successes since the concurrency last changed. */
  readonly streak: number;
}

/** Bounds of a lane. */
export interface PaceLimits {
  readonly concurrency: number;
  /** Requests a minute; undefined = no cap of ours. */
  readonly requestsPerMinute?: number | undefined;
  /** Allowance that may be spent at once, in milliseconds; default 100. */
  readonly sliceMs?: number | undefined;
}

/** The pace to start with. */
export function fullPace(limits: PaceLimits): Pace {
  return { concurrency: limits.concurrency, streak: 0 };
}

/** After an answer that was no 429: one more request at a time for every ten good answers per slot. */
export function afterSuccess(pace: Pace, limits: PaceLimits): Pace {
  if (pace.concurrency >= limits.concurrency) return pace;
  const streak = pace.streak + 1;
  return streak < pace.concurrency * 10
    ? { ...pace, streak }
    : { concurrency: pace.concurrency + 1, streak: 0 };
}

/** After a 429: half as many at a time, never less than one. */
export function afterThrottle(pace: Pace): Pace {
  return { concurrency: Math.max(1, Math.floor(pace.concurrency / 2)), streak: 0 };
}

/** A minute's allowance is spent in slices of so many milliseconds, never in one burst. */
const SLICE_MS = 100;

/**
 * A rate as an interval and a cap for the queue: evenly spread where that is slower than one request in a slice, else
 * in slices. Never above the rate.
 */
export function intervalFor(
  requestsPerMinute: number,
  sliceMs = SLICE_MS,
): { interval: number; intervalCap: number } {
  const perSlice = Math.floor((requestsPerMinute * sliceMs) / 60_000);
  if (perSlice < 1) return { interval: Math.ceil(60_000 / requestsPerMinute), intervalCap: 1 };
  return { interval: Math.ceil((60_000 * perSlice) / requestsPerMinute), intervalCap: perSlice };
}
