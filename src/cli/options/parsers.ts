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

export function timeOf(name: string): (text: string) => Date {
  return (text) => {
    const time = parseTime(text);
    if (time !== undefined) return time;
    throw new ConfigError(
      `${name} must be a time such as 2026-03-03 or 2026-03-03T09:00:00Z, not "${text}".`,
    );
  };
}

type Values = Readonly<Record<string, string>>;

/**
 * Collects `name=value`, for commander. The value may hold further equals signs.
 *
 * @param form the expected form, for messages; they never show the given text, which may be a secret.
 */
export function namedValues(flag: string, form: string): (text: string, before?: Values) => Values {
  return (text, before = {}) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new ConfigError(`${flag} must be ${form}.`);
    const name = text.slice(0, equals);
    if (Object.hasOwn(before, name)) {
      throw new ConfigError(`${flag} names ${JSON.stringify(name)} twice.`, {
        advice: 'Give each name once; a control takes several values with commas between them.',
      });
    }
    // Names such as __proto__ are names like any other.
    return Object.fromEntries([...Object.entries(before), [name, text.slice(equals + 1)]]);
  };
}
