/** Decides whether a failed attempt is repeated, and after how long. Pure, so that tests need no network. */
import { means } from './status.ts';

/** A failed attempt. */
export interface FailedAttempt {
  /** Status of the answer; undefined where there was none (refused, reset, timed out, cut). */
  readonly status: number | undefined;
  /** Attempts made so far, this one included. */
  readonly attempt: number;
  /** `Retry-After` in milliseconds, where the answer had one. */
  readonly retryAfterMs: number | undefined;
}

/** The patience of a client. */
export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** Upper bound of the wait before the second attempt, in milliseconds; doubled for each further one … */
  readonly baseMs: number;
  /** … up to this. */
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 7, baseMs: 500, maxMs: 30_000 };

/** A server that asks for a longer wait than this is not waited for. */
export const MOST_PATIENCE_MS = 10 * 60_000;

/** A server that wants to be left alone for longer is asked once a day all the same. */
export const LONGEST_ABSENCE_MS = 24 * 60 * 60_000;

/** Worth another try: no answer, and what may pass. */
export function isTransient(status: number | undefined): boolean {
  return status === undefined || means(status, 'passing');
}

/**
 * Milliseconds to wait before the next attempt, or undefined to give up: `Retry-After` where there is one, else
 * exponential backoff with full jitter.
 *
 * @param random a number in [0, 1).
 */
export function retryDelay(failed: FailedAttempt, policy: RetryPolicy, random: number): number | undefined {
  if (!isTransient(failed.status) || failed.attempt >= policy.maxAttempts) return undefined;
  if (failed.retryAfterMs !== undefined && failed.retryAfterMs > MOST_PATIENCE_MS) return undefined;
  const ceiling = ceilingOf(failed.attempt, policy);
  // A few milliseconds on top keep many waiters from coming back in the same instant.
  if (failed.retryAfterMs !== undefined) return failed.retryAfterMs + random * Math.min(250, ceiling);
  return backoff(failed.attempt, policy, random);
}

/** Exponential backoff with full jitter. */
export function backoff(attempt: number, policy: RetryPolicy, random: number): number {
  return random * ceilingOf(attempt, policy);
}

function ceilingOf(attempt: number, { baseMs, maxMs }: RetryPolicy): number {
  return Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; undefined where it is absent or unreadable. */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
