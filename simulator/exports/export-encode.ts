/** Encodes rows as a file: CSV after RFC 4180, JSON lines, or a JSON array. */
import type { Cell, ExportColumn, Format, LineEnd } from '../store/export-table.ts';

/** Characters of a chunk, roughly; a single row may be longer. */
const CHUNK = 65_536;

export interface Dialect {
  readonly format: Format;
  readonly lineEnd: LineEnd;
  /** Numbers of a CSV are shown as people read them: `$1,234.50`. */
  readonly formatted: boolean;
}

/** A file is its head, `first` and the first row, `between` and each further row, and its tail. */
export interface Encoder {
  readonly head: string;
  readonly first: string;
  readonly between: string;
  tail(isEmpty: boolean): string;
  row(cells: readonly Cell[]): string;
}

export function encoderOf(columns: readonly ExportColumn[], dialect: Dialect): Encoder {
  const { format, lineEnd, formatted } = dialect;
  if (format === 'csv')
    return {
      head: line(columns.map(({ label }) => quoted(label))),
      ...{ first: lineEnd, between: lineEnd },
      tail: () => lineEnd,
      row: (cells) => line(cells.map((cell, i) => csvCell(cell, columns[i], formatted))),
    };
  const keys = columns.map(({ label }) => JSON.stringify(label));
  // Labels that repeat make keys that repeat: nothing is lost in the text, though most parsers keep the last.
  const row = (cells: readonly Cell[]): string => {
    let text = '{';
    for (const [i, key] of keys.entries()) {
      const cell = cells[i];
      if (cell !== undefined) text += `${text === '{' ? '' : ','}${key}:${jsonCell(cell, columns[i])}`;
    }
    return `${text}}`;
  };
  if (format === 'json') return { head: '[', first: '', between: ',\n', tail: () => ']', row };
  return { head: '', first: '', between: lineEnd, tail: (isEmpty) => (isEmpty ? '' : lineEnd), row };
}

/** Encodes rows in chunks: only one of them is in memory at a time. */
export function* encoded(encoder: Encoder, rows: Iterable<readonly Cell[]>): Generator<Buffer> {
  let text = encoder.head;
  let isEmpty = true;
  for (const cells of rows) {
    text += (isEmpty ? encoder.first : encoder.between) + encoder.row(cells);
    isEmpty = false;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text + encoder.tail(isEmpty));
}

/** The same for rows that are encoded already, each with `between` in front of it. */
export function* framed(encoder: Encoder, chunks: Iterable<Buffer>): Generator<Buffer> {
  yield Buffer.from(encoder.head);
  let isEmpty = true;
  for (const chunk of chunks) {
    if (isEmpty) yield Buffer.from(encoder.first);
    yield isEmpty ? chunk.subarray(Buffer.byteLength(encoder.between)) : chunk;
    isEmpty = false;
  }
  yield Buffer.from(encoder.tail(isEmpty));
}

/** A row of one empty field would be a blank line, which readers skip; it is written as an empty text in quotes. */
function line(fields: readonly string[]): string {
  return fields.length === 1 && fields[0] === '' ? '""' : fields.join(',');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Null and the empty text look the same. */
function csvCell(cell: Cell, column: ExportColumn | undefined, formatted: boolean): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return quoted(cell);
  if (cell instanceof Date) return timeOf(cell, column);
  if (formatted && typeof cell !== 'boolean') return quoted(formattedNumber(cell, column));
  return String(cell);
}

function jsonCell(cell: Cell, column: ExportColumn | undefined): string {
  if (cell instanceof Date) return `"${timeOf(cell, column)}"`;
  // All digits are there; a parser that makes doubles of them loses some.
  return typeof cell === 'bigint' ? String(cell) : JSON.stringify(cell);
}

function timeOf(date: Date, column: ExportColumn | undefined): string {
  const text = date.toISOString();
  return column?.type === 'date' ? text.slice(0, 10) : text;
}

const PLAIN = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const CURRENCY = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const PERCENT = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 2 });

function formattedNumber(value: number | bigint, column: ExportColumn | undefined): string {
  if (column?.format === 'currency') return CURRENCY.format(value);
  return column?.format === 'percent' ? PERCENT.format(value) : PLAIN.format(value);
}
