/**
 * Checks whether a cell of a CSV fits its column, as `fits` of kinds.ts does, but on bytes, without a string for each
 * cell. A check may say no where `fits` says yes: that costs the slower way. If it says yes where `fits` says no (the
 * 30th of February), Postgres refuses the cell: that costs the same.
 */
import { isDateType, isNumberType, isTimeType } from '../decide/declared.ts';
import { DEEPEST, type Kind } from '../decide/kinds.ts';
import type { Decimal } from '../decide/numbers.ts';

/** True where the bytes from `start` to before `end`, which are not empty, surely fit. */
export type ByteCheck = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The check of a kind; undefined where everything fits. */
export function byteCheck(kind: Kind, decimal: Decimal = 'point'): ByteCheck | undefined {
  // If a point separates thousands, COPY would take it for a decimal point.
  return decimal === 'comma' && kind === 'numeric' ? isInteger : CHECKS[kind];
}

/** The check of a declared type: Postgres judges all but what another setting of it would read in another way. */
export function declaredCheck(sqlType: string, decimal: Decimal = 'point'): ByteCheck | undefined {
  if (isDateType(sqlType)) return CHECKS.timestamptz;
  if (isTimeType(sqlType)) return isTime;
  return decimal === 'comma' && isNumberType(sqlType) ? isInteger : undefined;
}

const [ZERO, NINE, MINUS, PLUS, DOT, COLON, SPACE] = [0x30, 0x39, 0x2d, 0x2b, 0x2e, 0x3a, 0x20];
const [LOWER_E, UPPER_E, UPPER_T, UPPER_Z, BRACE, BRACKET] = [0x65, 0x45, 0x54, 0x5a, 0x7b, 0x5b];
/** A number of so many digits may be too large; somebody else looks at it. */
const MOST_DIGITS = 18;
const MOST_NUMERIC = 100;

const CHECKS: Readonly<Record<Kind, ByteCheck | undefined>> = {
  boolean: isBoolean,
  bigint: isInteger,
  numeric: isNumeric,
  // Brackets and signs are no business of COPY.
  formatted: isNumeric,
  date: isDate,
  timestamptz: (b, s, e) => isTimestamp(b, s, e) || isDate(b, s, e),
  jsonb: isJson,
  text: undefined,
  unknown: () => false,
};

/** Postgres checks whether it is valid JSON, except for very deep texts. */
function isJson(b: Uint8Array, start: number, end: number): boolean {
  if (b[start] !== BRACE && b[start] !== BRACKET) return false;
  if (end - start <= DEEPEST) return true;
  let opened = 0;
  for (let i = start; i < end; i++) if (b[i] === BRACE || b[i] === BRACKET) opened++;
  return opened <= DEEPEST;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** The place after a run of digits. */
function afterDigits(b: Uint8Array, from: number, end: number): number {
  let i = from;
  while (i < end && isDigit(b[i])) i++;
  return i;
}

function isBoolean(b: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length === 4)
    return b[start] === 0x74 && b[start + 1] === 0x72 && b[start + 2] === 0x75 && b[start + 3] === 0x65;
  if (length !== 5 || b[start] !== 0x66 || b[start + 1] !== 0x61) return false;
  return b[start + 2] === 0x6c && b[start + 3] === 0x73 && b[start + 4] === 0x65;
}

/** Whole digits without leading zeros: the place after them, or -1. */
function afterWhole(b: Uint8Array, start: number, end: number): number {
  const first = b[start] === MINUS ? start + 1 : start;
  const after = afterDigits(b, first, end);
  const digits = after - first;
  return digits === 0 || (digits > 1 && b[first] === ZERO) ? -1 : after;
}

function isInteger(b: Uint8Array, start: number, end: number): boolean {
  if (afterWhole(b, start, end) !== end) return false;
  // `-0` is no whole number that keeps its text.
  return b[start] === MINUS
    ? b[start + 1] !== ZERO && end - start <= MOST_DIGITS + 1
    : end - start <= MOST_DIGITS;
}

function isNumeric(b: Uint8Array, start: number, end: number): boolean {
  if (end - start > MOST_NUMERIC) return false;
  const whole = afterWhole(b, start, end);
  if (whole < 0) return false;
  let i = whole;
  if (i < end && b[i] === DOT) {
    i = afterDigits(b, whole + 1, end);
    if (i === whole + 1) return false;
  }
  if (i < end && (b[i] === LOWER_E || b[i] === UPPER_E)) {
    const isSigned = b[i + 1] === PLUS || b[i + 1] === MINUS;
    // `12E4` may be a code.
    if (!isSigned && i === whole) return false;
    const first = isSigned ? i + 2 : i + 1;
    i = afterDigits(b, first, end);
    if (i === first || i > first + 3) return false;
  }
  return i === end;
}

/** Two digits as a number; beyond 99 where they are none. */
function two(b: Uint8Array, at: number): number {
  // Without an array to take apart: this is asked five times of each time.
  const high = b[at] ?? 0;
  const low = b[at + 1] ?? 0;
  return isDigit(high) && isDigit(low) ? (high - ZERO) * 10 + low - ZERO : 100;
}

/** `2026-02-28`. Days after the 28th are Postgres's to judge where the month may lack them. */
function isDay(b: Uint8Array, at: number): boolean {
  const century = two(b, at);
  const year = two(b, at + 2);
  const month = two(b, at + 5);
  const day = two(b, at + 8);
  if (century > 99 || year > 99 || century + year === 0) return false;
  if (b[at + 4] !== MINUS || b[at + 7] !== MINUS) return false;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

function isDate(b: Uint8Array, start: number, end: number): boolean {
  return end - start === 10 && isDay(b, start);
}

/** `10:00` or `10:00:00.5`. */
function isTime(b: Uint8Array, start: number, end: number): boolean {
  if (end - start < 5 || b[start + 2] !== COLON || two(b, start) > 23 || two(b, start + 3) > 59) return false;
  if (end - start === 5) return true;
  if (end - start < 8 || b[start + 5] !== COLON || two(b, start + 6) > 59) return false;
  if (end - start === 8) return true;
  return b[start + 8] === DOT && end - start > 9 && afterDigits(b, start + 9, end) === end;
}

function isTimestamp(b: Uint8Array, start: number, end: number): boolean {
  if (end - start < 16 || !isDay(b, start)) return false;
  const separator = b[start + 10];
  if ((separator !== UPPER_T && separator !== SPACE) || b[start + 13] !== COLON) return false;
  if (two(b, start + 11) > 23 || two(b, start + 14) > 59) return false;
  let i = start + 16;
  if (i < end && b[i] === COLON) {
    if (i + 3 > end || two(b, i + 1) > 59) return false;
    i += 3;
    if (i < end && b[i] === DOT) {
      const after = afterDigits(b, i + 1, end);
      if (after === i + 1 || after > i + 7) return false;
      i = after;
    }
  }
  if (i === end) return true;
  if (b[i] === UPPER_Z) return i + 1 === end;
  // +hh, +hhmm, +hh:mm
  if ((b[i] !== PLUS && b[i] !== MINUS) || i + 3 > end || two(b, i + 1) > 14) return false;
  i += 3;
  if (i === end) return true;
  if (b[i] === COLON) i++;
  return i + 2 === end && two(b, i) <= 59;
}
