/**
 * Kinds of values in exported data, as far as their text tells: what fits which, and what holds two of them. The text
 * is what Sigma writes, so only forms that a program writes count: nobody's guess turns `007` or `1/2/2026` into
 * something else.
 */

import { type Decimal, isJsonNumber, isPlainNumber, parseFormatted } from './numbers.ts';

/** Kind of a column. `formatted` numbers look as people read them: `$1,234.50`. */
export type Kind =
  | 'boolean'
  | 'bigint'
  | 'numeric'
  | 'formatted'
  | 'date'
  | 'timestamptz'
  | 'jsonb'
  | 'text'
  /** Nothing was seen in it yet. */
  | 'unknown';

/** The Postgres type that a kind is stored in. */
export const SQL_TYPE: Readonly<Record<Kind, string>> = {
  boolean: 'boolean',
  bigint: 'bigint',
  numeric: 'numeric',
  formatted: 'numeric',
  date: 'date',
  timestamptz: 'timestamptz',
  jsonb: 'jsonb',
  text: 'text',
  unknown: 'text',
};

/** The kind whose Postgres type holds all that the given one does. */
export function kindOfType(sqlType: string): Kind {
  const name = sqlType.toLowerCase().replace(/\s*\(.*?\)/g, '');
  if (/^(?:bigint|int8|integer|int4?|smallint|int2)$/.test(name)) return 'bigint';
  if (/^(?:numeric|decimal)$/.test(name)) return 'numeric';
  if (/^(?:boolean|bool)$/.test(name)) return 'boolean';
  if (/^(?:timestamptz|timestamp(?: with(?:out)? time zone)?)$/.test(name)) return 'timestamptz';
  return name === 'date' || name === 'jsonb' ? name : 'text';
}

/** Kinds that hold another one's values as well, apart from text, which holds all. */
const WIDER: Partial<Record<Kind, readonly Kind[]>> = {
  bigint: ['numeric', 'formatted'],
  numeric: ['formatted'],
  date: ['timestamptz'],
};

/** The narrowest kind that holds the values of both. */
export function joined(a: Kind, b: Kind): Kind {
  if (a === b || b === 'unknown') return a;
  if (a === 'unknown') return b;
  if (WIDER[a]?.includes(b)) return b;
  return WIDER[b]?.includes(a) ? a : 'text';
}

/** The narrowest kind of one non-empty text. */
export function kindOf(text: string, decimal: Decimal = 'point'): Kind {
  for (const kind of NARROW_FIRST) if (fits(kind, text, decimal)) return kind;
  return 'text';
}

/** The kind of a number of JSON, which is one whatever it looks like: `1E10`, `1e22`. */
export function kindOfNumber(text: string): Kind {
  if (fits('bigint', text)) return 'bigint';
  return isJsonNumber(text) ? 'numeric' : 'text';
}

/** The kind of a text that is known to be one, such as a string in JSON: it is no number, whatever it looks like. */
export function kindOfString(text: string): Kind {
  if (isDate(text)) return 'date';
  return isTimestamp(text) ? 'timestamptz' : 'text';
}

/** True where a column of the kind holds this non-empty text without loss. */
export function fits(kind: Kind, text: string, decimal: Decimal = 'point'): boolean {
  switch (kind) {
    case 'boolean':
      return /^(?:true|false|TRUE|FALSE|True|False)$/.test(text);
    case 'bigint':
      return /^-?[1-9]\d{0,18}$|^0$/.test(text) && (text.length < 19 || isInt64(text));
    case 'numeric':
      return isPlainNumber(text, decimal);
    case 'formatted':
      return isPlainNumber(text, decimal) || parseFormatted(text, decimal)?.isDoubtful === false;
    case 'date':
      return isDate(text);
    case 'timestamptz':
      return isTimestamp(text) || isDate(text);
    case 'jsonb':
      return isJson(text);
    case 'text':
      return true;
    case 'unknown':
      return false;
  }
}

const NARROW_FIRST = ['bigint', 'numeric', 'boolean', 'date', 'timestamptz', 'jsonb', 'formatted'] as const;

const MAX = 9_223_372_036_854_775_807n;

function isInt64(text: string): boolean {
  const value = BigInt(text);
  return value <= MAX && value >= -MAX - 1n;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
/** Without a zone it is UTC, as the API says of all its times. More than microseconds would be lost. */
const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?$/;

function isDate(text: string): boolean {
  const match = DATE.exec(text);
  return match !== null && isDay(match);
}

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  return match !== null && isDay(match);
}

function isDay([, y = '', m = '', d = '']: RegExpExecArray): boolean {
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return day <= 28 || new Date(Date.UTC(2000 + (year % 400), month - 1, day)).getUTCDate() === day;
}

/** Levels of JSON: more than anybody's data has. Postgres runs out of stack some thousands further on. */
export const DEEPEST = 200;
/** As `JSON.stringify` writes what Postgres does not keep: NUL and half a surrogate pair. */
const NOT_KEPT = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** True for an object or an array. Postgres itself refuses other bad values, such as 1e99999. */
function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text);
    return isShallow(text) && (!text.includes('\\u') || !NOT_KEPT.test(JSON.stringify(value)));
  } catch {
    return false;
  }
}

/** Asked of valid JSON. */
function isShallow(text: string): boolean {
  if (text.length <= DEEPEST) return true;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') inString = !inString;
    else if (inString) i += char === '\\' ? 1 : 0;
    else if (char === '}' || char === ']') depth--;
    else if ((char === '{' || char === '[') && ++depth > DEEPEST) return false;
  }
  return true;
}

/**
 * A formatted number as a plain one: `$1,234.50` is 1234.50, `(1,200)` is -1200, `12.5%` is 0.125. Other texts stay
 * what they are.
 */
export function unformatted(text: string, decimal: Decimal = 'point'): string {
  return parseFormatted(text, decimal)?.plain ?? text;
}
