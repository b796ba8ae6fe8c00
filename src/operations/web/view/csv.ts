/** Rows as CSV that spreadsheets open as it is meant: RFC 4180, UTF-8, and no text that begins a formula. Pure. */
import type { Column, Value } from './table.ts';

/** Tells Excel that it is UTF-8. */
export const CSV_BEGIN = '\ufeff';

/** Beginnings that make spreadsheets compute: also behind white space, and in the wide forms of East Asian fonts. */
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** One cell. A text that would begin a formula begins with an apostrophe instead. */
export function csvCell(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  const text = value.toWellFormed().replaceAll('\0', '');
  const safe = FORMULA.test(text) ? `'${text}` : text;
  // Always in quotes: what splits cells differs from one spreadsheet to another.
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Columns that a download has: those with data. */
export function csvColumns<T>(columns: readonly Column<T>[]): readonly Column<T>[] {
  return columns.filter(({ value }) => value !== undefined);
}

/** The line of titles. */
export function csvHead<T>(columns: readonly Column<T>[]): string {
  return lineOf(columns.map(({ title }) => title));
}

/** Lines of rows. */
export function csvRows<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  return rows.map((row) => lineOf(columns.map(({ value }) => value?.(row)))).join('');
}

const lineOf = (values: readonly Value[]): string => `${values.map(csvCell).join(',')}\r\n`;
