/** The bytes of a CSV, of JSON lines or of a JSON array, chunk by chunk, made as they are read. */
import type { ExportSwitches } from '../http/export-switches.ts';
import type { Format } from '../store/export-table.ts';
import { type Encoder, encoded, encoderOf, framed } from './export-encode.ts';
import { type Selection, selected } from './export-selection.ts';

export function* textChunks(
  selection: Selection,
  format: Format,
  switches: ExportSwitches,
): Generator<Buffer> {
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
  lineEnd: '\n' | '\r\n' | undefined,
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
