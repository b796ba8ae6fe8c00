/** A clock whose waits pass at once and are written down. */
import type { Clock } from '../../src/sigma/clock.ts';

export interface FakeClock extends Clock {
  /** Every wait so far, in milliseconds. */
  readonly waits: number[];
  advance(ms: number): void;
}

/** Starts at a fixed time; `random` always gives `chance`. */
export function fakeClock(chance = 0.5): FakeClock {
  let at = Date.UTC(2026, 5, 1);
  const waits: number[] = [];
  return {
    waits,
    now: () => at,
    monotonic: () => at,
    random: () => chance,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
      at += ms;
      // A turn of the event loop, so that waiting work gets its chance.
      await new Promise((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
    },
    advance(ms) {
      at += ms;
    },
  };
}
