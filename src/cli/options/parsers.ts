/** Values of options as commander hands them over: parsed, or refused with what would do. */
import { ConfigError } from '../../core/errors.ts';
import { parseTime } from '../../core/times.ts';

/** A whole number within bounds. */
export function wholeNumber(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new ConfigError(`${name} must be a whole number from ${least} to ${most}, not "${text}".`);
  };
}

/** A time. */
export function timeOf(name: string): (text: string) => Date {
  return (text) => {
    const time = parseTime(text);
    if (time !== undefined) return time;
    throw new ConfigError(
      `${name} must be a time such as 2026-03-03 or 2026-03-03T09:00:00Z, not "${text}".`,
    );
  };
}
