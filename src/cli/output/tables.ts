/** Output of commands on stdout: tables for people, one JSON document for machines. */
import { stripVTControlCharacters } from 'node:util';
import { exactly, stringifyExact } from '../../core/exact-json.ts';
import { tinted } from '../colour.ts';
import { recordInUse, write } from './stdout.ts';

/** `--json`, as commander gives it. */
export interface JsonFlag {
  readonly json?: true;
}

/** Writes one JSON document and nothing else. */
export function printJson(value: unknown): void {
  const record = recordInUse();
  if (record !== undefined) return void record.documents.push(value);
  // The embedded database gives large numbers as bigint, which JSON lacks.
  function plainValue(this: unknown, key: string, inner: unknown): unknown {
    return typeof inner === 'bigint' ? String(inner) : exactly.call(this, key, inner);
  }
  process.stdout.write(`${JSON.stringify(value, plainValue, 2)}\n`);
}

export function print(line = ''): void {
  write(`${line}\n`);
}

/** A column of a table: a field under its own name, or what is made of a row. */
export type TableColumn<T> =
  | FieldOf<T>
  | { readonly title: string; readonly value: (row: T) => string | number };

/** Counts of what became of rows, in runs of streams and of exports alike. */
export const ROW_COUNTS = ['inserted', 'updated', 'unchanged', 'deleted'] as const;

/** Fields that are shown as they are. */
type FieldOf<T> = { [Key in keyof T & string]-?: T[Key] extends string | number ? Key : never }[keyof T &
  string];

/** Characters of a line that fit beside code, in a mail and in most terminals. */
export const TABLE_WIDTH = 100;

/** Columns whose words have colours. */
const TINTED: ReadonlySet<string> = new Set(['status', 'result']);

/**
 * Lines of a table; columns of numbers are right-aligned.
 *
 * @param width the last column is broken into lines that keep within so many characters, if given
 */
export function table<T>(rows: readonly T[], columns: readonly TableColumn<T>[], width?: number): string[] {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.title));
  const read = rows.map((row) => columns.map((column) => shownOf(row, column)));
  const last = titles.length - 1;
  const widthOf = (cells: readonly (readonly (string | number)[])[], i: number): number =>
    cells.reduce((most, row) => Math.max(most, plain(row[i]).length), titles[i]?.length ?? 0);
  const before = titles.slice(0, last).reduce((sum, _, i) => sum + widthOf(read, i) + 2, 0);
  const cells =
    width === undefined ? read : read.flatMap((row) => folded(row, Math.max(SHORTEST, width - before)));
  const widths = titles.map((_, i) => widthOf(cells, i));
  const line = (row: readonly (string | number)[], isHead = false): string =>
    row
      .map((cell, i) => {
        const text = plain(cell);
        const size = widths[i] ?? 0;
        if (typeof cell === 'number') return text.padStart(size);
        const shown = !isHead && TINTED.has(titles[i] ?? '') ? tinted(text) : text;
        return i === last ? shown : `${shown}${' '.repeat(Math.max(0, size - text.length))}`;
      })
      .join('  ')
      .trimEnd();
  const numeric = titles.map((_, i) => cells.length > 0 && cells.every((row) => typeof row[i] === 'number'));
  const head = titles.map((title, i) => (numeric[i] ? title.padStart(widths[i] ?? 0) : title));
  return [
    line(head, true),
    line(
      widths.map((size) => '-'.repeat(size)),
      true,
    ),
    ...cells.map((row) => line(row)),
  ];
}

/** The narrowest that a broken column gets. */
const SHORTEST = 30;

/** A row as several, where its last cell is wider than `width`. */
function folded(row: readonly (string | number)[], width: number): (string | number)[][] {
  const lines: string[] = [];
  let rest = plain(row.at(-1));
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest].map((line, i) => [...row.slice(0, -1).map((cell) => (i === 0 ? cell : '')), line]);
}

function shownOf<T>(row: T, column: TableColumn<T>): string | number {
  if (typeof column !== 'string') return column.value(row);
  const value: unknown = row[column];
  return typeof value === 'number' ? value : String(value);
}

/** Columns at the end of a table that a terminal's lines have seldom room for. */
const LONG: ReadonlySet<string> = new Set(['error', 'detail']);

/** Prints a table without the columns that have nothing to say. A terminal shows the beginnings of long errors. */
export function printTable<T>(rows: readonly T[], columns: readonly TableColumn<T>[], width?: number): void {
  const shown = columns.filter(
    (column) => rows.length === 0 || rows.some((row) => shownOf(row, column) !== '-'),
  );
  const terminal = recordInUse() === undefined && process.stdout.isTTY ? process.stdout.columns : undefined;
  const last = shown.at(-1);
  const title = typeof last === 'string' ? last : last?.title;
  const lines = table(rows, shown, width);
  if (terminal === undefined || width !== undefined || !LONG.has(title ?? ''))
    for (const line of lines) print(line);
  else printShort(lines, terminal);
}

/** Lines as long as the terminal is wide. */
function printShort(lines: readonly string[], width: number): void {
  // The head is underlined as far as its longest cell.
  const [head = '', rule = '', ...body] = lines;
  const isLong = (line: string): boolean => stripVTControlCharacters(line).length > width;
  const short = (line: string): string => {
    // Colours take no room.
    const unseen = line.length - stripVTControlCharacters(line).length;
    return isLong(line) ? `${line.slice(0, width - 1 + unseen)}…` : line;
  };
  for (const line of [head, rule.slice(0, width), ...body.map(short)]) print(line);
  if (body.some(isLong)) print('(cut to the width of the terminal; --json has it all)');
}

/** Prints the answer to a question: all of it. */
export function printAnswer<T>(rows: readonly T[], columns: readonly TableColumn<T>[]): void {
  for (const line of table(rows, columns)) print(line);
}

/** Text from outside can't move the cursor or break the line. */
export function plain(cell: string | number | undefined): string {
  return stripVTControlCharacters(String(cell ?? '')).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** `2026-11-24T03:00:00.000Z` as `2 h ago`. */
export function ago(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** A value of an answer as one cell of a table; lists are joined by commas where that loses nothing. */
export function cell(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return '';
  if (Array.isArray(value) && value.every(isPlain)) return value.join(', ');
  return typeof value === 'object' ? (stringifyExact(value) ?? '') : String(value);
}

function isPlain(item: unknown): boolean {
  return typeof item === 'number' || (typeof item === 'string' && item !== '');
}
