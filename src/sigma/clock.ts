/** Time and chance, handed in by the composition root so that tests need not sleep. */
import { setTimeout as delay } from 'node:timers/promises';

/** The source of time, waiting and randomness. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment: for spans of time, as the time of day jumps. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the reason of `signal` where that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
  random: () => Math.random(),
};
