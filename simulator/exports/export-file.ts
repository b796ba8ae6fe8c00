/** The file of an export: what it is called, and how its bytes are made. */
import type { ExportSwitches } from '../http/faults.ts';
import type { Cell, ExportTable, Format, LineEnd } from '../store/export-table.ts';
import { hash } from '../store/random.ts';
import { type Encoder, encoded, encoderOf, framed } from './export-encode.ts';
import type { RowFilter } from './export-filter.ts';
import { pdf } from './export-pdf.ts';
import { png } from './export-png.ts';
import type { ExportRequest } from './export-request.ts';
import type { Exported } from './export-scope.ts';
import { xlsx } from './export-xlsx.ts';

/** A file that can be made as often as it is asked for. */
export interface ExportFile {
  /** Without what stands behind the dot. */
  readonly name: string;
  readonly format: ExportRequest['format']['type'];
  readonly chunks: (switches: ExportSwitches) => Iterable<Buffer>;
}

export interface ElementData {
  readonly name: string;
  readonly selection: Selection;
}

const TYPES: Readonly<Record<ExportFile['format'], string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
  png: 'image/png',
};

export function headersOf({ name, format }: ExportFile): Record<string, string> {
  const plain = name.replace(/[^\w .-]+/g, '_');
  // A surrogate without its other half can't be encoded.
  const full = encodeURIComponent(name.toWellFormed());
  return {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="${plain}.${format}"; filename*=UTF-8''${full}.${format}`,
  };
}

/**
 * @param data of the elements that have some; of exactly one where the format is of one element
 * @throws RangeError where it is not
 */
export function fileOf(
  exported: Exported,
  data: readonly ElementData[],
  format: ExportRequest['format'],
): ExportFile {
  const { path } = exported;
  const [name = ''] = path.slice(-1);
  const file = (chunks: ExportFile['chunks']): ExportFile => ({ name, format: format.type, chunks });
  switch (format.type) {
    case 'xlsx': {
      const sheets = data.map(({ name, selection }) => ({
        name,
        columns: selection.table.columns,
        rows: () => selected(selection),
      }));
      return file(() => xlsx(sheets.length > 0 ? sheets : [{ name, columns: [], rows: () => [] }]));
    }
    case 'pdf':
      return file(() => [pdf(exported, format.layout)]);
    case 'png':
      return file(() => [png(path, format)]);
    default: {
      const [one, ...others] = data;
      if (one === undefined || others.length > 0)
        throw new RangeError(`${format.type} is a format of one element`);
      const { type } = format;
      return file((switches) => textChunks(one.selection, type, switches));
    }
  }
}

/** The bytes of a CSV, of JSON lines or of a JSON array, chunk by chunk, made as they are read. */
function* textChunks(selection: Selection, format: Format, switches: ExportSwitches): Generator<Buffer> {
  const { file } = selection.table;
  if (file !== undefined) {
    if (file.length > 0) yield Buffer.from(file);
    return;
  }
  const lineEnd = switches.crlf ? '\r\n' : '\n';
  const formatted = switches.formatted && format === 'csv';
  const encoder = encoderOf(selection.table.columns, { format, lineEnd, formatted });
  if (switches.bom && format === 'csv') yield Buffer.from('\ufeff');
  yield* contentOf(selection, format, encoder, formatted ? undefined : lineEnd);
  if (format !== 'json' && switches.trailingBlankLines > 0)
    yield Buffer.from(lineEnd.repeat(switches.trailingBlankLines));
}

function contentOf(
  selection: Selection,
  format: Format,
  encoder: Encoder,
  lineEnd: LineEnd | undefined,
): Generator<Buffer> {
  const { table, filters, offset, limit, orderSeed } = selection;
  if (
    table.preencoded === undefined ||
    lineEnd === undefined ||
    filters.length > 0 ||
    orderSeed !== undefined
  )
    return encoded(encoder, selected(selection));
  const from = Math.min(offset, table.count);
  return framed(encoder, table.preencoded(format, lineEnd, from, Math.min(from + limit, table.count)));
}

/** The rows of a table that an export takes, and their order. */
export interface Selection {
  readonly table: ExportTable;
  readonly filters: readonly RowFilter[];
  /** Rows left out. */
  readonly offset: number;
  /** Rows at most. */
  readonly limit: number;
  /** Names the order of the rows; undefined for the table's own. */
  readonly orderSeed: number | undefined;
}

/** The rows of a selection, the same whenever they are asked for. */
function* selected(selection: Selection): Generator<readonly Cell[]> {
  const { table, filters, offset, limit } = selection;
  const isWhole = filters.length === 0 && !table.sparse;
  const at = orderOf(selection);
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
function orderOf({ table: { count }, orderSeed }: Selection): (i: number) => number {
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
