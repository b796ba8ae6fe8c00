/**
 * Reads declared types from text, independent of the database's settings. `03/04/2026` is another day under another
 * `DateStyle`, so a date must be ISO 8601, have the name of its month, or match a declared form.
 */
import { type Decimal, isPlainNumber, parseFormatted } from './numbers.ts';
import { parseTimeFormat, type TimeFormat } from './time-format.ts';

/** Reads the texts of a column with a declared type. */
export interface DeclaredReader {
  /** As it is staged; undefined where the type does not take it. */
  read(text: string): string | undefined;
  /** Why it does not. */
  readonly reason: string;
  /** Postgres can't be handed the bytes as they came. */
  readonly needsText: boolean;
  /** Numbers, of which some may be another one where commas are decimal. */
  readonly isNumber?: true;
}

const TIME = String.raw`\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?`;
const ZONE = String.raw` ?(?:z|utc|gmt|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)`;
const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}';
const DAY = [
  String.raw`\d{4,6}-\d\d-\d\d`,
  String.raw`(?:1[5-9]|2[01])\d{6}`,
  String.raw`\d{1,2}[- ]${MONTH}[- ]\d{4}`,
  String.raw`${MONTH} \d{1,2},? \d{4}`,
].join('|');
/**
 * Dates that Postgres reads in the same way under each `DateStyle`. `now` and the like are other times in each run.
 */
const CLEAR_DATE = new RegExp(`^(?:(?:${DAY})(?:[t ]${TIME}(?:${ZONE})?)?(?: bc| ad)?|[+-]?infinity)$`, 'i');
const CLEAR_TIME = new RegExp(`^(?:(?:${DAY})[t ])?${TIME}(?:${ZONE})?$`, 'i');
/** A day in a list or a range that another `DateStyle` takes for another one. */
const UNCLEAR_DAY = /(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?!\d)|[a-z]/i;

/** The same as a condition of SQL. */
export function isClearDateSql(column: string): string {
  return `${column} ~* '${CLEAR_DATE.source.replaceAll("'", "''")}'`;
}

export function isDateType(sqlType: string): boolean {
  return /^(?:date|timestamp(?:tz)?)\b(?!.*\[)/i.test(sqlType);
}

export function isTimeType(sqlType: string): boolean {
  return /^time(?:tz)?\b(?!.*\[)/i.test(sqlType);
}

export function isNumberType(sqlType: string): boolean {
  return /^(?:numeric|decimal|real|double|float|bigint|int(?!erval)|smallint)(?!.*\[)/i.test(sqlType);
}

/** The reader of a declared type; undefined where Postgres alone judges. */
export function declaredReader(
  sqlType: string,
  format: string | undefined,
  decimal: Decimal = 'point',
): DeclaredReader | undefined {
  const reason = `the value is no ${sqlType}`;
  if (format !== undefined) {
    const { read }: TimeFormat = parseTimeFormat(format);
    return { read, reason: `${reason} of the form ${format}`, needsText: true };
  }
  if (isNumberType(sqlType)) {
    const read = (text: string): string | undefined => numberOf(text, decimal);
    return { read, reason, needsText: false, isNumber: true };
  }
  const told = `${reason} without a declared form ("formats"); ISO 8601 needs none`;
  const taking = (clear: (text: string) => boolean, needsText: boolean): DeclaredReader => ({
    read: (text) => (clear(text.trim()) ? text : undefined),
    ...{ reason: told, needsText },
  });
  if (isDateType(sqlType)) return taking((text) => CLEAR_DATE.test(text), false);
  if (isTimeType(sqlType)) return taking((text) => CLEAR_TIME.test(text), false);
  if (/^(?:date|timestamp|(?:date|ts|tstz)(?:multi)?range)/i.test(sqlType))
    return taking(
      (text) => !UNCLEAR_DAY.test(text.replaceAll(/infinity|(?<=\d)[tz]|null|empty/gi, '')),
      true,
    );
  return undefined;
}

/** A number as Postgres takes it, unless its point may separate thousands. */
function numberOf(text: string, decimal: Decimal): string | undefined {
  if (isPlainNumber(text, decimal)) return text;
  const plain = parseFormatted(text, decimal)?.plain;
  return plain ?? (decimal === 'comma' && /[.,]/.test(text) ? undefined : text);
}
