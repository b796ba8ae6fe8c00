/** The file of an export: which rows of a table, in which order, and how they are written. */
import { type Encoder, encoded, encoderOf, framed } from './export-encode.ts';
import type { RowFilter } from './export-filter.ts';
import type { ExportSwitches } from './export-switches.ts';
import type { Cell, ExportTable, Format } from './export-table.ts';
import { hash } from './random.ts';

/** Everything a file follows from: it can be made as often as it is asked for. */
export interface ExportFile {
  readonly name: string;
  readonly table: ExportTable;
  readonly format: Format;
  readonly filters: readonly RowFilter[];
  /** Rows left out. */
  readonly offset: number;
  /** Rows at most. */
  readonly limit: number;
  /** Names the order of the rows; undefined for the table's own. */
  readonly orderSeed: number | undefined;
}

const TYPES: Readonly<Record<Format, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

export function headersOf({ name, format }: ExportFile): Record<string, string> {
  const plain = name.replace(/[^\w .-]+/g, '_');
  const full = encodeURIComponent(name);
  return {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${plain}.${format}"; filename*=UTF-8''${full}.${format}`,
  };
}

/** The bytes of a file, chunk by chunk, made as they are read. */
export function* chunksOf(file: ExportFile, switches: ExportSwitches): Generator<Buffer> {
  const { format, table } = file;
  const lineEnd = switches.crlf ? '\r\n' : '\n';
  const formatted = switches.formatted && format === 'csv';
  const encoder = encoderOf(table.columns, { format, lineEnd, formatted });
  if (switches.bom && format === 'csv') yield Buffer.from('\ufeff');
  yield* contentOf(file, encoder, formatted ? undefined : lineEnd);
  if (format !== 'json' && switches.trailingBlankLines > 0)
    yield Buffer.from(lineEnd.repeat(switches.trailingBlankLines));
}

function contentOf(
  file: ExportFile,
  encoder: Encoder,
  lineEnd: '\n' | '\r\n' | undefined,
): Generator<Buffer> {
  const { table, format, filters, offset, limit, orderSeed } = file;
  if (
    table.preencoded === undefined ||
    lineEnd === undefined ||
    filters.length > 0 ||
    orderSeed !== undefined
  )
    return encoded(encoder, selected(file));
  const from = Math.min(offset, table.count);
  return framed(encoder, table.preencoded(format, lineEnd, from, Math.min(from + limit, table.count)));
}

/** The rows of a file. */
export function* selected(file: ExportFile): Generator<readonly Cell[]> {
  const { table, filters, offset, limit } = file;
  const isWhole = filters.length === 0 && !table.sparse;
  const at = orderOf(file);
  let skip = isWhole ? 0 : offset;
  let left = limit;
  for (let i = isWhole ? offset : 0; i < table.count && left > 0; i++) {
    const cells = table.row(at(i));
    if (cells === undefined || !filters.every((filter) => filter(cells))) continue;
    if (skip > 0) skip--;
    else {
      left--;
      yield cells;
    }
  }
}

/** A permutation of the rows that needs no memory: i ↦ (a·i + b) mod n, where a and n have no common divisor. */
function orderOf({ table: { count }, orderSeed }: ExportFile): (i: number) => number {
  if (orderSeed === undefined || count < 2) return (i) => i;
  // Below 2⁵³ with the million rows and more of a large table.
  let factor = 1 + (hash(orderSeed, 'factor') % Math.min(count, 1_000_003));
  while (divisor(factor, count) !== 1) factor++;
  const shift = hash(orderSeed, 'shift') % count;
  return (i) => (factor * i + shift) % count;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
