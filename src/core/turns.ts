/** Turns of a cron expression: the times at which it fires, in a time zone. */
import { createTask, parse } from 'node-cron';
import { ConfigError } from './errors.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Limit of the search for a next time. A schedule without one within it, for example in a leap year, waits for the
 * next search.
 */
const SEARCHED = 370 * DAY;

/**
 * The turns of a schedule. It reads the clock on the wall: a turn in the hour that comes twice has two. One in the hour
 * that daylight saving time leaves out comes when that hour would have ended, since a night without a run is no answer.
 */
export interface Turns {
  /** The latest turn after `since` and up to `until`. */
  latest(since: Date, until: Date): Date | undefined;
  /** The first turn after a time. */
  next(after: Date): Date | undefined;
  /** The shortest time between two turns in milliseconds, by the first ones of a year; a day where there are no two. */
  closest(): number;
}

/** Turns of expressions that were read: organizations by the hundred have the same ones. */
const known = new Map<string, Turns>();
const MOST_KNOWN = 1000;

/**
 * Reads a cron expression of five fields, or six with seconds.
 *
 * @param timeZone an IANA name.
 * @throws ConfigError where one of them can't be read.
 */
export function parseTurns(schedule: string, timeZone: string): Turns {
  const key = `${timeZone} ${schedule}`;
  const turns = known.get(key) ?? turnsOf(schedule, timeZone);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, turns);
  return turns;
}

/** Turns that are enough to know how close they are. */
const ENOUGH = 200;
/** From then on they are looked at: the answer must not depend on the time of the question. */
const YEAR = Date.UTC(2024, 0, 1);

function closestOf({ next }: Pick<Turns, 'next'>): number {
  let closest = Number.POSITIVE_INFINITY;
  let before = next(new Date(YEAR));
  for (let count = 1; before !== undefined && count < ENOUGH; count++) {
    const after = next(before);
    if (after === undefined || after.getTime() > YEAR + SEARCHED) break;
    closest = Math.min(closest, after.getTime() - before.getTime());
    before = after;
  }
  return Number.isFinite(closest) ? closest : DAY;
}

function turnsOf(schedule: string, timeZone: string): Turns {
  const { fields, matches, offsetAt } = read(schedule, timeZone);

  /** Turns in the minute that begins at a time, in order. */
  const turnsIn = (minute: number): number[] => {
    const wall = minute + offsetAt(minute);
    const turns: number[] = [];
    // Zones change at full quarters of an hour.
    const before = minute % (15 * MINUTE) === 0 ? minute - MINUTE + offsetAt(minute - MINUTE) : wall - MINUTE;
    for (let left = before + MINUTE; left < wall && turns.length === 0; left += MINUTE) {
      if (secondsOf(left).length > 0) turns.push(minute);
    }
    return [...turns, ...secondsOf(wall).map((second) => minute + second * SECOND)];
  };
  const secondsOf = (wall: number): number[] => {
    const date = new Date(wall);
    if (!fields.minute.includes(date.getUTCMinutes()) || !fields.hour.includes(date.getUTCHours())) return [];
    return fields.second.filter((second) => matches(wall + second * SECOND));
  };

  let closest: number | undefined;
  const turns: Turns = {
    latest(since, until) {
      const end = until.getTime();
      const start = Math.max(since.getTime(), end - SEARCHED);
      for (let minute = Math.floor(end / MINUTE) * MINUTE; minute + MINUTE > start; minute -= MINUTE) {
        const turn = turnsIn(minute).findLast((time) => time > start && time <= end);
        if (turn !== undefined) return new Date(turn);
      }
      return undefined;
    },
    next(after) {
      const start = after.getTime();
      for (let minute = Math.floor(start / MINUTE) * MINUTE; minute < start + SEARCHED; minute += MINUTE) {
        const turn = turnsIn(minute).find((time) => time > start);
        if (turn !== undefined) return new Date(turn);
      }
      return undefined;
    },
    closest() {
      closest ??= closestOf(turns);
      return closest;
    },
  };
  return turns;
}

function read(schedule: string, timeZone: string) {
  try {
    const fields = parse(schedule);
    // Times on the wall are written as if they were UTC: so one of an hour that is left out can be asked about, too.
    const tasks = alternatives(schedule).map((one) => createTask(one, () => undefined, { timezone: 'UTC' }));
    // Only their reading of the expression is wanted; without this, the library keeps every task for ever.
    for (const task of tasks) void task.destroy();
    const matches = (wall: number): boolean => tasks.some((task) => task.match(new Date(wall)));
    return { fields, matches, offsetAt: offsets(timeZone) };
  } catch (error) {
    throw new ConfigError(`the schedule "${schedule}" in the time zone ${timeZone} can't be read`, {
      cause: error,
      advice: 'Write a cron expression such as "15 2 * * *", and an IANA time zone such as Europe/Berlin.',
    });
  }
}

/**
 * Expressions of which any may match. If a day of the month and a day of the week are both given, every cron runs on
 * either (crontab(5)), while node-cron 4 asks for both. A field that begins with a star gives no day.
 */
function alternatives(schedule: string): string[] {
  const parts = schedule.trim().split(/\s+/);
  const [dayOfMonth = '*', month = '*', dayOfWeek = '*'] = parts.slice(-3);
  if (parts.length < 5 || /^[*?]/.test(dayOfMonth) || /^[*?]/.test(dayOfWeek)) return [schedule];
  const times = parts.slice(0, -3);
  return [
    [...times, dayOfMonth, month, '*'],
    [...times, '*', month, dayOfWeek],
  ].map((fields) => fields.join(' '));
}

/** Tells by how many milliseconds the wall's clock is ahead of UTC. A look at it is dear, so whole days are remembered. */
function offsets(timeZone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...({ year: 'numeric', month: 'numeric', day: 'numeric' } as const),
    ...({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
  });
  const look = (time: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / SECOND) * SECOND;
  };
  const days = new Map<number, number | undefined>();
  return (time) => {
    const day = Math.floor(time / DAY);
    if (!days.has(day)) {
      if (days.size > 1000) days.clear();
      const [first, last] = [look(day * DAY), look((day + 1) * DAY)];
      days.set(day, first === last ? first : undefined);
    }
    return days.get(day) ?? look(time);
  };
}
