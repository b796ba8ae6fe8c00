/** Dates and times in a form that somebody declared, such as `DD/MM/YYYY`, as ISO 8601. Pure. */
import { ConfigError } from '../../core/errors.ts';
import { fits } from './kinds.ts';

/** A form of dates or times. */
export interface TimeFormat {
  /** Type of the values, unless another one is declared. */
  readonly sqlType: 'date' | 'timestamptz' | 'time';
  /** The value as ISO 8601; undefined where the text has another form, or is no day that there is. */
  read(text: string): string | undefined;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MONTH_NAMES =
  'january february march april may june july august september october november december'.split(' ');

/** What stands for a part of a time, the longer ones first, and what it matches. */
const PARTS: readonly (readonly [part: string, name: string, pattern: string])[] = [
  ['YYYY', 'year', '\\d{4}'],
  ['YY', 'shortYear', '\\d\\d'],
  ['Month', 'monthName', MONTH_NAMES.join('|')],
  ['Mon', 'monthName', MONTHS.join('|')],
  ['MM', 'month', '\\d{1,2}'],
  ['DD', 'day', '\\d{1,2}'],
  ['HH24', 'hour', '\\d{1,2}'],
  ['HH12', 'halfHour', '\\d{1,2}'],
  ['HH', 'hour', '\\d{1,2}'],
  ['MI', 'minute', '\\d\\d'],
  ['SS', 'second', '\\d\\d'],
  ['FF', 'fraction', '\\d{1,9}'],
  ['AM', 'half', '[ap]\\.?m\\.?'],
  ['TZ', 'zone', 'z|utc|[+-]\\d\\d(?::?\\d\\d)?'],
];

/** Reads a form. `where` begins the message. @throws ConfigError with the parts there are */
export function parseTimeFormat(format: string, where?: string): TimeFormat {
  const unknown = (): ConfigError => unknownForm(format, where);
  const names: string[] = [];
  let pattern = '';
  for (let rest = format; rest !== ''; ) {
    const part = PARTS.find(([word]) => rest.toLowerCase().startsWith(word.toLowerCase()));
    if (part === undefined) {
      const [literal = ''] = rest;
      // Of letters, only the T of ISO 8601 stands for itself.
      if (/[\p{L}\p{N}]/u.test(literal) && literal !== 'T') throw unknown();
      pattern += literal.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&');
      rest = rest.slice(1);
      continue;
    }
    const [word, name, matches] = part;
    if (names.includes(name)) throw unknown();
    names.push(name);
    pattern += `(?<${name}>${matches})`;
    rest = rest.slice(word.length);
  }
  const has = (...some: string[]): boolean => some.some((name) => names.includes(name));
  const hasDate = has('year', 'shortYear') && has('month', 'monthName') && has('day');
  const hasTime = has('hour', 'halfHour') && has('minute') && has('halfHour') === has('half');
  const isHalfDone = has('year', 'shortYear', 'month', 'monthName', 'day') && !hasDate;
  if (isHalfDone || (has('hour', 'halfHour', 'minute', 'second', 'fraction', 'half', 'zone') && !hasTime))
    throw unknown();
  if (!hasDate && !hasTime) throw unknown();
  const whole = new RegExp(`^${pattern}$`, 'i');
  return {
    sqlType: !hasDate ? 'time' : hasTime ? 'timestamptz' : 'date',
    read(text) {
      const groups = whole.exec(text)?.groups;
      if (groups === undefined) return undefined;
      const day = hasDate ? dayOf(groups) : undefined;
      const time = hasTime ? timeOf(groups) : undefined;
      if ((hasDate && day === undefined) || (hasTime && time === undefined)) return undefined;
      return [day, time].filter((one) => one !== undefined).join(' ');
    },
  };
}

type Groups = Readonly<Record<string, string | undefined>>;

function dayOf({ year, shortYear, month, monthName, day = '' }: Groups): string | undefined {
  // As Postgres has it: 70 is 1970, 69 is 2069.
  const full = year ?? `${Number(shortYear) < 70 ? '20' : '19'}${shortYear}`;
  const number = month ?? String(MONTHS.indexOf((monthName ?? '').slice(0, 3).toLowerCase()) + 1);
  const text = `${full}-${number.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return fits('date', text) ? text : undefined;
}

function timeOf({ hour, halfHour, half = '', minute = '', second = '00', fraction, zone = '' }: Groups) {
  const of12 = Number(halfHour);
  if (halfHour !== undefined && (of12 < 1 || of12 > 12)) return undefined;
  const full = hour === undefined ? (of12 % 12) + (/^p/i.test(half) ? 12 : 0) : Number(hour);
  if (full > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const exact = fraction === undefined ? '' : `.${fraction}`;
  return `${String(full).padStart(2, '0')}:${minute}:${second}${exact}${/^utc$/i.test(zone) ? 'Z' : zone}`;
}

function unknownForm(format: string, where: string | undefined): ConfigError {
  const what = where === undefined ? '' : `${where}: `;
  return new ConfigError(`${what}${JSON.stringify(format)} is not a format of dates or times.`, {
    advice:
      'Combine YYYY (or YY), MM (or Mon, Month), DD, HH24 (or HH12 with AM), MI, SS, FF and TZ, such as DD/MM/YYYY or MM/DD/YYYY HH12:MI AM.',
  });
}
