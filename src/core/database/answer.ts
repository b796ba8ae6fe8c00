/** The answer to a user's own statement: the same from both drivers, in no time zone but the database's. */

import { parse as parseArray } from 'postgres-array';
import { parseExact } from '../exact-json.ts';

/** Rows by position, because names may repeat. */
export interface Answer {
  /** Names of the columns, as the statement gives them; also where there is no row. */
  readonly columns: readonly string[];
  /**
   * A value per column. Numbers are numbers where a double holds them, and texts elsewhere; times with a zone are texts
   * of ISO 8601 in UTC, to the microsecond; dates, times without a zone, intervals and bytes are texts as the database
   * writes them.
   */
  readonly rows: readonly (readonly unknown[])[];
}

/** Types that the drivers read differently or in the zone of the machine: oid, oid of their arrays, reader. */
const TYPES: readonly (readonly [number, number, (text: string) => unknown])[] = [
  /** bytea */ [17, 1001, asWritten],
  /** json */ [114, 199, parseExact],
  /** jsonb */ [3802, 3807, parseExact],
  /** bigint */ [20, 1016, exactNumber],
  /** real */ [700, 1021, finiteNumber],
  /** double precision */ [701, 1022, finiteNumber],
  /** date */ [1082, 1182, asWritten],
  /** timestamp */ [1114, 1115, asWritten],
  /** timestamptz */ [1184, 1185, utcTime],
  /** interval */ [1186, 1187, asWritten],
  /** numeric */ [1700, 1231, exactNumber],
];

/** Parsers by oid. An element of an array reads as the value alone; pg makes floats of the elements of numeric[]. */
export const ANSWER_PARSERS: Readonly<Record<number, (text: string) => unknown>> = Object.fromEntries(
  TYPES.flatMap(([oid, arrayOid, read]) => [
    [oid, read],
    [arrayOid, (text: string) => parseArray(text, read)],
  ]),
);

function asWritten(text: string): string {
  return text;
}

/** Decimal digits that every double keeps. */
const DIGITS = 15;

function exactNumber(text: string): number | string {
  const digits = /^-?0*(\d*)\.?(\d*)$/.exec(text);
  if (digits === null) return text;
  return `${digits[1] ?? ''}${digits[2] ?? ''}`.length <= DIGITS ? Number(text) : text;
}

/** JSON has no others. */
function finiteNumber(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** `2026-03-01 02:30:00.123456+00`, as sessions in UTC have it; `infinity` and years before Christ stay as they are. */
function utcTime(text: string): string {
  return text.replace(/^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/, '$1T$2Z');
}
