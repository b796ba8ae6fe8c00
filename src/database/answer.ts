/** What a statement of somebody else's gives: the same from both drivers, in no time zone but the database's. */

/** Rows by position, because names may repeat. */
export interface Answer {
  /** Names of the columns, as the statement gives them; also where there is no row. */
  readonly columns: readonly string[];
  /**
   * A value per column. Numbers are numbers where a double holds all their digits, and texts elsewhere; times with a
   * zone are `Date`; dates, times without one, intervals and bytes are texts as the database writes them.
   */
  readonly rows: readonly (readonly unknown[])[];
}

/** Parsers of what the drivers' own read differently or in the zone of the machine, by the type's oid. */
export const ANSWER_PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  /** bytea */ 17: asWritten,
  /** bigint */ 20: exactNumber,
  /** date */ 1082: asWritten,
  /** timestamp */ 1114: asWritten,
  /** interval */ 1186: asWritten,
  /** numeric */ 1700: exactNumber,
};

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
