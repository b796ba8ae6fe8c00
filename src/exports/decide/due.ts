/** When an export is due: whether its schedule had a turn since it last succeeded. */
import { parseTurns } from '../../core/turns.ts';

/** What decides whether an export is due. */
export interface DueQuestion {
  /** Cron expression of five fields, or six with seconds; undefined where the export is to run every time. */
  readonly schedule: string | undefined;
  /** Time zone of the schedule, an IANA name. */
  readonly timeZone: string;
  /** Undefined where it never ran to its end. */
  readonly lastSuccess: Date | undefined;
  readonly now: Date;
}

/**
 * True where the schedule has a turn after the last success and up to now; always, where the export has no schedule or
 * never succeeded. However many turns were missed, one run makes up for them.
 *
 * @throws ConfigError where the schedule or the time zone can't be read.
 */
export function isDue({ schedule, timeZone, lastSuccess, now }: DueQuestion): boolean {
  if (schedule === undefined) return true;
  const turns = parseTurns(schedule, timeZone);
  return lastSuccess === undefined || turns.latest(lastSuccess, now) !== undefined;
}
