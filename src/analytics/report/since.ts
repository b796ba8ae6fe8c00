/** The beginning of a digest's period. */
import { ConfigError } from '../../core/errors.ts';
import { parseTime } from '../../core/times.ts';
import { parseDuration } from '../../exports/decide/duration.ts';

/**
 * The begin of a digest that ends now.
 *
 * @param since a duration, `24h`, `7d` or `2w`, or a time of ISO 8601.
 * @throws ConfigError
 */
export function sinceOf(since: string, now: Date): Date {
  const ms = parseDuration(since);
  const from = ms === undefined ? parseTime(since) : new Date(now.getTime() - ms);
  if (from === undefined)
    throw new ConfigError(
      `--since must be a duration such as 24h, 7d or 2w, or a time such as 2026-03-03, not "${since}".`,
    );
  if (from >= now)
    throw new ConfigError(`--since must be before now, not "${since}".`, {
      advice: 'Give 7d, or a date in the past.',
    });
  // Nothing is older, and the database has no years before Christ as JavaScript writes them.
  return new Date(Math.max(from.getTime(), 0));
}
