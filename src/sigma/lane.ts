/** A queue of requests that share a pace: concurrency, rate cap, one brake for all of them, and one end. */
import PQueue from 'p-queue';
import type { Clock } from './clock.ts';
import { afterSuccess, afterThrottle, fullPace, intervalFor, type PaceLimits } from './pacing.ts';

/** A lane of requests. */
export interface Lane {
  readonly name: string;
  /** Runs `work` when it is its turn; `urgent` work (a repeated attempt) goes before what waits. */
  run<T>(work: () => Promise<T>, options: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<T>;
  /** A good answer came. */
  succeeded(): void;
  /**
   * A 429 came: nobody in this lane starts a request for `ms`, and fewer go on at once afterwards.
   *
   * @returns for how long, this wait included, the lane has had no good answer since its first 429.
   */
  throttle(ms: number): number;
  /**
   * For `ms` every request of the lane fails with `error`, those that wait included.
   *
   * @returns false where the lane was shut already.
   */
  shut(ms: number, error: Error): boolean;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Lets go of what keeps the process alive; nothing may run in the lane afterwards. */
  close(): void;
}

const SILENCE_MS = 10 * 60_000;

/** Opens a lane at its full pace. */
export function openLane(name: string, limits: PaceLimits, clock: Clock): Lane {
  const { requestsPerMinute, sliceMs } = limits;
  const queue = new PQueue({
    concurrency: limits.concurrency,
    ...(requestsPerMinute === undefined ? {} : { ...intervalFor(requestsPerMinute, sliceMs), strict: true }),
  });
  let pace = fullPace(limits);
  let brakedUntil = Number.NEGATIVE_INFINITY;
  let throttledSince: number | undefined;
  let shutDown: { readonly until: number; readonly error: Error } | undefined;
  const closed = new AbortController();

  async function release(): Promise<void> {
    for (let left = brakedUntil - clock.monotonic(); left > 0; left = brakedUntil - clock.monotonic()) {
      await clock.sleep(left, closed.signal);
    }
    queue.start();
  }

  const isShut = (): boolean => shutDown !== undefined && clock.monotonic() < shutDown.until;

  function throwIfShut(): void {
    if (isShut()) throw shutDown?.error;
  }

  return {
    name,
    async run(work, { urgent, signal }) {
      throwIfShut();
      const begin = (): ReturnType<typeof work> => {
        throwIfShut();
        return work();
      };
      return queue.add(begin, { priority: urgent ? 1 : 0, ...(signal === undefined ? {} : { signal }) });
    },
    succeeded() {
      throttledSince = undefined;
      const before = pace.concurrency;
      pace = afterSuccess(pace, limits);
      if (pace.concurrency !== before) queue.concurrency = pace.concurrency;
    },
    throttle(ms) {
      const now = clock.monotonic();
      const until = now + ms;
      const braking = brakedUntil > now;
      // After a long silence the count begins at zero: a request that nobody made was not refused.
      if (throttledSince === undefined || now > brakedUntil + SILENCE_MS) throttledSince = now;
      // The requests of one burst are refused together: they count as one refusal.
      if (!braking) pace = afterThrottle(pace);
      queue.concurrency = pace.concurrency;
      brakedUntil = Math.max(brakedUntil, until);
      queue.pause();
      if (!braking) release().catch(() => undefined);
      return until - throttledSince;
    },
    shut(ms, error) {
      if (isShut()) return false;
      const now = clock.monotonic();
      shutDown = { until: now + ms, error };
      // Requests that wait behind the brake must notice it.
      brakedUntil = now;
      queue.start();
      return true;
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
