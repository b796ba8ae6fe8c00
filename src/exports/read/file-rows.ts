/** Rows of a file, cell by cell, for what cannot go to COPY as it is: CSV by papaparse, JSON by our own reader. */
import { isUtf8 } from 'node:buffer';
import type { Told } from '../decide/observer.ts';
import { type CsvHead, labelOf, parseRecords } from './csv-head.ts';
import { afterRecord } from './csv-record-end.ts';
import { CsvRecords } from './csv-records.ts';
import { ExportFormatError } from './format-error.ts';
import { type JsonRow, jsonRows } from './json-rows.ts';
import { KEPT_ROWS } from './overlap.ts';

/** A row. Its cells are in the order of the labels; what is missing at the end is null. */
export interface FileRow {
  /** Counted from 1. */
  readonly number: number;
  readonly cells: readonly (string | null)[];
  /** Types that the file itself gives to the cells. */
  readonly told?: readonly Told[];
  /** Why the row can't be stored, and which column is to blame. */
  readonly flaw?: Flaw;
}

export interface Flaw {
  readonly column: number | undefined;
  readonly reason: string;
}

export interface FileRows {
  /** Grows while JSON is read: a key may turn up late. */
  readonly labels: readonly string[];
  readonly batches: AsyncIterable<readonly FileRow[]>;
}

/** Rows of a CSV. Null and the empty text look the same in it: both are null. */
export function csvFileRows(
  { labels, rest }: Pick<CsvHead, 'labels' | 'rest'>,
  firstNumber: number,
  leaveOut?: (record: Buffer) => boolean,
): FileRows & { readonly records: CsvRecords } {
  const records = new CsvRecords({
    checks: undefined,
    ...{ crlf: true, prefix: '', firstNumber, leaveOut },
    blankIsRow: labels.length === 1,
  });
  const rowsOf = (blocks: readonly Buffer[]): FileRow[] =>
    blocks.flatMap((block) =>
      (isUtf8(block) ? [block] : separate(block)).flatMap((part) => {
        // Invalid UTF-8 becomes the replacement character, which is then no part of the data.
        const suspicious = !isUtf8(part);
        return parseRecords(part.toString()).map((cells) => csvRow(cells, labels.length, suspicious));
      }),
    );
  return {
    labels,
    records,
    batches: {
      async *[Symbol.asyncIterator]() {
        for await (const chunk of rest) {
          const blocks = records.push(chunk);
          if (blocks.length > 0) yield rowsOf(blocks);
        }
        const blocks = records.end();
        if (blocks.length > 0) yield rowsOf(blocks);
      },
    },
  };
}

/** The records of a block, one by one. */
function separate(block: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < block.length; ) {
    const next = afterRecord(block, at);
    const end = next < 0 ? block.length : next;
    records.push(block.subarray(at, end));
    at = end;
  }
  return records;
}

function csvRow([number = '', ...cells]: readonly string[], columns: number, suspicious: boolean): FileRow {
  const row = { number: Number(number), cells: cells.map((cell) => (cell === '' ? null : cell)) };
  if (cells.length > columns) {
    // Most likely a quote is missing and everything behind it stands in the wrong column.
    const reason = `${cells.length} cells instead of ${columns}`;
    return { ...row, flaw: { column: undefined, reason } };
  }
  const nul = cells.findIndex((cell) => cell.includes('\0'));
  if (nul >= 0) return { ...row, flaw: { column: nul, reason: NUL } };
  const broken = suspicious ? cells.findIndex((cell) => cell.includes('\ufffd')) : -1;
  return broken < 0 ? row : { ...row, flaw: { column: broken, reason: 'bytes that are no UTF-8' } };
}

const NUL = 'a NUL byte, which Postgres does not store';

/** Rows of JSON lines or of a JSON array. */
export function jsonFileRows(
  chunks: AsyncIterable<Buffer>,
  firstNumber: number,
  leaveOut?: (row: JsonRow) => boolean,
  isSubstitute = false,
): FileRows & { readonly last: readonly JsonRow[] } {
  const columns = new JsonColumns();
  const last: JsonRow[] = [];
  let leftOut = 0;
  const convert = (rows: readonly JsonRow[]): FileRow[] =>
    rows.flatMap((row) => {
      if (row.record === leftOut + 1 && leaveOut?.(row) === true) {
        leftOut++;
        return [];
      }
      last.push(row);
      if (last.length > KEPT_ROWS) last.shift();
      const cells = columns.place(row, isSubstitute);
      return [{ number: firstNumber + row.record - 1 - leftOut, ...cells }];
    });
  return {
    labels: columns.labels,
    last,
    batches: {
      async *[Symbol.asyncIterator]() {
        const reader = jsonRows();
        for await (const text of utf8(chunks)) yield convert(reader.push(text));
        yield convert(reader.end());
      },
    },
  };
}

/** The columns of rows that name their own, which may come late and more than once in a row. */
class JsonColumns {
  readonly labels: string[] = [];
  /** Places of keys by label: one for each time that a row has it. */
  readonly #places = new Map<string, number[]>();

  /**
   * The cells of a row in the order of the labels. A substitute for a CSV types its texts no more than the CSV would.
   */
  place(row: JsonRow, isSubstitute: boolean): Pick<FileRow, 'cells' | 'told' | 'flaw'> {
    const cells: (string | null)[] = this.labels.map(() => null);
    const told: Told[] = this.labels.map(() => undefined);
    const counts = new Map<string, number>();
    let flaw: Flaw | undefined;
    for (const { label: key, value } of row.cells) {
      const label = labelOf(key);
      const occurrence = counts.get(label) ?? 0;
      counts.set(label, occurrence + 1);
      const place = this.#placeOf(label, occurrence);
      cells[place] = value.kind === 'null' ? null : value.text;
      if (value.kind === 'number' || (value.kind === 'string' && !isSubstitute)) told[place] = value.kind;
      if (value.kind !== 'null' && value.text.includes('\0')) flaw ??= { column: place, reason: NUL };
      if (value.kind === 'string' && !value.text.isWellFormed())
        flaw ??= { column: place, reason: 'half a surrogate pair, which is no UTF-8' };
    }
    return { cells, told, ...(flaw === undefined ? {} : { flaw }) };
  }

  #placeOf(label: string, occurrence: number): number {
    const known = this.#places.get(label) ?? [];
    const place = known[occurrence] ?? this.labels.push(label) - 1;
    known[occurrence] = place;
    this.#places.set(label, known);
    return place;
  }
}

/** Bytes as text, however they are cut. @throws ExportFormatError where they are no UTF-8 */
async function* utf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decoded = (chunk?: Buffer): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      // At the end, half a character lacks its rest.
      const cutShort = chunk === undefined;
      throw new ExportFormatError('The exported file is not UTF-8.', { cause: error, cutShort });
    }
  };
  for await (const chunk of chunks) yield decoded(chunk);
  yield decoded();
}
