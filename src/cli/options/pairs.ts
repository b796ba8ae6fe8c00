/** Options that are given several times, each time a name and a value. */
import { ConfigError } from '../../core/errors.ts';

type Values = Readonly<Record<string, string>>;

/**
 * Collects `name=value`, for commander. The value may hold further equals signs.
 *
 * @param form what is wanted, as messages call it; they never show what was given, which may be a secret.
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
