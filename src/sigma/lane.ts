/** A queue of requests that share a pace: concurrency, rate cap, and one brake for all of them. */
import PQueue from 'p-queue';
import type { Clock } from './clock.ts';
import { afterSuccess, afterThrottle, fullPace, intervalFor, type PaceLimits } from './pacing.ts';

/** A lane of requests. */
export interface Lane {
  readonly name: string;
  /** Runs `work` when it is its turn; `urgent` work (a repeated attempt) goes before what waits. */
  run<T>(work: () => Promise<T>, options: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<T>;
  /** An answer came that was no 429. */
  succeeded(): void;
  /** A 429 came: nobody in this lane starts a request for `ms`, and fewer go on at once afterwards. */
  throttle(ms: number): void;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Lets go of what keeps the process alive; nothing may run in the lane afterwards. */
  close(): void;
}

/** Opens a lane at its full pace. */
export function openLane(name: string, limits: PaceLimits, clock: Clock): Lane {
  const { requestsPerMinute, sliceMs } = limits;
  const queue = new PQueue({
    concurrency: limits.concurrency,
    ...(requestsPerMinute === undefined ? {} : { ...intervalFor(requestsPerMinute, sliceMs), strict: true }),
  });
  let pace = fullPace(limits);
  let brakedUntil = Number.NEGATIVE_INFINITY;
  const closed = new AbortController();

  async function release(): Promise<void> {
    for (let left = brakedUntil - clock.monotonic(); left > 0; left = brakedUntil - clock.monotonic()) {
      await clock.sleep(left, closed.signal);
    }
    queue.start();
  }

  return {
    name,
    run: (work, { urgent, signal }) =>
      queue.add(work, { priority: urgent ? 1 : 0, ...(signal === undefined ? {} : { signal }) }),
    succeeded() {
      const before = pace.concurrency;
      pace = afterSuccess(pace, limits);
      if (pace.concurrency !== before) queue.concurrency = pace.concurrency;
    },
    throttle(ms) {
      const until = clock.monotonic() + ms;
      const braking = brakedUntil > clock.monotonic();
      // The requests of one burst are refused together: they count as one refusal.
      if (!braking) pace = afterThrottle(pace);
      queue.concurrency = pace.concurrency;
      brakedUntil = Math.max(brakedUntil, until);
      queue.pause();
      if (!braking) release().catch(() => undefined);
    },
    get waiting() {
      return queue.size;
    },
    close() {
      closed.abort();
      queue.clear();
    },
  };
}
