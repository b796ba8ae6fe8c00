/** When an export is due: whether its schedule had a turn since it last succeeded. */
import { createTask, parse } from 'node-cron';
import { ConfigError } from '../errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Time zones are whole quarters of an hour apart, so a minute there is one of four here. */
const QUARTERS = [0, 15, 30, 45];

/** How far back a turn is searched for. A schedule that has none within it, in a leap year, say, waits for the next. */
const SEARCHED_DAYS = 370;

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
 * The schedule reads the clock on the wall: a turn in an hour that daylight saving time leaves out is none, and one in
 * the hour that comes twice has two.
 *
 * @throws ConfigError where the schedule or the time zone can't be read.
 */
export function isDue({ schedule, timeZone, lastSuccess, now }: DueQuestion): boolean {
  if (schedule === undefined) return true;
  if (lastSuccess === undefined) {
    turnsOf(schedule, timeZone);
    return true;
  }
  return lastTurn(schedule, timeZone, lastSuccess, now) !== undefined;
}

/**
 * The minute of the schedule's last turn after `after` and up to `now`; undefined where there is none within a year.
 *
 * @throws ConfigError where the schedule or the time zone can't be read.
 */
export function lastTurn(schedule: string, timeZone: string, after: Date, now: Date): Date | undefined {
  const turns = turnsOf(schedule, timeZone);
  const end = now.getTime();
  const since = Math.max(after.getTime(), end - SEARCHED_DAYS * 24 * 60 * MINUTE);
  for (let minute = Math.floor(end / MINUTE) * MINUTE; minute + MINUTE > since; minute -= MINUTE) {
    if (turns(minute, since, end)) return new Date(minute);
  }
  return undefined;
}

/** Tells whether the minute that begins at a time has a turn after `since` and up to `end`. */
function turnsOf(
  schedule: string,
  timeZone: string,
): (minute: number, since: number, end: number) => boolean {
  try {
    const { minute: minutes, second: seconds } = parse(schedule);
    // Throws where the zone is unknown, which the library would only find later.
    new Intl.DateTimeFormat('en', { timeZone });
    const task = createTask(schedule, () => undefined, { timezone: timeZone });
    // Only its reading of the expression is wanted; without this, the library keeps every task for ever.
    void task.destroy();
    // A look at the wall's clock is dear, so only minutes that can match are looked at.
    const mayMatch = Array.from({ length: 60 }, (_, minute) =>
      QUARTERS.some((quarter) => minutes.includes((minute + quarter) % 60)),
    );
    return (minute, since, end) =>
      mayMatch[(minute / MINUTE) % 60] === true &&
      seconds.some((second) => {
        const time = minute + second * SECOND;
        return time > since && time <= end && task.match(new Date(time));
      });
  } catch (error) {
    throw new ConfigError(`the schedule "${schedule}" in the time zone ${timeZone} can't be read`, {
      cause: error,
      advice: 'Write a cron expression such as "15 2 * * *", and an IANA time zone such as Europe/Berlin.',
    });
  }
}
