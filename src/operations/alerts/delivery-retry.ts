/** The time of the next attempt at a failed delivery. Pure. */

const MINUTE = 60_000;
const LONGEST = 6 * 60 * MINUTE;

/** Attempts in a row after which a message is given up: three days. */
export const MOST_ATTEMPTS = 20;

/** Wait after so many failed attempts; undefined where it is given up. */
export function backoffMs(attempts: number): number | undefined {
  if (attempts >= MOST_ATTEMPTS) return undefined;
  return Math.min(LONGEST, MINUTE * 2 ** (Math.max(1, attempts) - 1));
}
