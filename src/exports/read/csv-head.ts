/** The beginning of a CSV: its columns, and a sample of its rows to tell their kinds from. */
import { isUtf8 } from 'node:buffer';
import Papa from 'papaparse';
import { fits, type Kind } from '../decide/kinds.ts';
import type { Decimal } from '../decide/numbers.ts';
import { Observer } from '../decide/observer.ts';
import { checkDialect, checkFirstLine } from './csv-dialect.ts';
import { afterRecord } from './csv-record-end.ts';
import { CsvRecords } from './csv-records.ts';
import { ExportFormatError } from './format-error.ts';

/** Facts from the beginning of a file. */
export interface CsvHead {
  readonly labels: readonly string[];
  /** Kinds of the columns in the sample. */
  readonly kinds: readonly Kind[];
  /** Some value may be a number or a code. */
  readonly isDoubtful: boolean;
  /** Labels of columns all of whose values are numbers with commas before their decimals. */
  readonly decimalCommas: readonly string[];
  /** Further observations of the sample. */
  readonly seen: Observer;
  readonly sample: readonly (readonly string[])[];
  /** The rest after the header, sample included. */
  readonly rest: AsyncIterable<Buffer>;
}

/** Enough to tell kinds by, and little to read twice. */
const SAMPLE_BYTES = 256 * 1024;
/** A header longer than that is none: 1,600 columns with labels of a kilobyte. */
const LONGEST_HEADER = 2 << 20;

/** Reads the header and a sample. @throws ExportFormatError where there is no header, or the file ends in it */
export async function readCsvHead(chunks: AsyncIterable<Buffer>, decimal?: Decimal): Promise<CsvHead> {
  const iterator = chunks[Symbol.asyncIterator]();
  let bytes: Buffer = Buffer.alloc(0);
  let after = -1;
  let ended = false;
  let isBegun = false;
  while (!ended && (after < 0 || bytes.length < after + SAMPLE_BYTES)) {
    const { done, value } = await iterator.next();
    if (done === true) ended = true;
    else bytes = bytes.length === 0 ? value : Buffer.concat([bytes, value]);
    // A byte-order mark may come in pieces.
    if (!isBegun && (bytes.length >= 3 || ended)) {
      isBegun = true;
      bytes = withoutBom(bytes);
    }
    if (isBegun && after < 0) {
      checkFirstLine(bytes, ended);
      after = afterRecord(bytes, 0);
    }
    if (after < 0 && bytes.length > LONGEST_HEADER)
      throw new ExportFormatError('The file has no header within 2 MB.', {
        advice: 'Is the element a table?',
      });
  }
  if (after < 0) {
    // A file of a header alone may lack its line end.
    after = afterRecord(Buffer.concat([bytes, Buffer.from('\n')]), 0);
    if (after < 0)
      throw new ExportFormatError('The file ends in the middle of its header.', { cutShort: true });
  }
  const header = bytes.subarray(0, after);
  if (!isUtf8(header)) throw new ExportFormatError('The header of the file is not UTF-8.');
  const headerText = header.toString().replace(/\r?\n$/, '');
  const [first = ['']] = parseRecords(headerText);
  // A file of nothing has no columns, while a blank line is a column without a label.
  const labels = bytes.length === 0 ? [] : first.map(labelOf);
  const rest = bytes.subarray(after);
  const sample = sampleOf(rest, ended);
  checkDialect({ header: headerText, labels, rest, sample, ended });
  const seen = new Observer([], decimal);
  for (const row of sample) {
    for (const [i, cell] of row.entries()) if (cell !== '' && i < labels.length) seen.see(i, cell);
  }
  return {
    labels,
    kinds: seen.kinds(labels.length),
    decimalCommas: labels.filter((_, i) => isDecimalComma(sample.map((row) => row[i] ?? ''))),
    isDoubtful: labels.some((_, i) => seen.isDoubtful(i)),
    seen,
    sample,
    rest: {
      async *[Symbol.asyncIterator]() {
        try {
          if (rest.length > 0) yield rest;
          while (!ended) {
            const { done, value } = await iterator.next();
            if (done === true) return;
            yield value;
          }
        } finally {
          await iterator.return?.();
        }
      },
    },
  };
}

function isDecimalComma(cells: readonly string[]): boolean {
  const filled = cells.filter((cell) => cell !== '');
  if (!filled.some((cell) => cell.includes(',')) || filled.every((cell) => fits('formatted', cell)))
    return false;
  return filled.every((cell) => fits('formatted', cell, 'comma'));
}

function sampleOf(bytes: Buffer, ended: boolean): string[][] {
  const records = new CsvRecords({ checks: undefined, crlf: true, prefix: '', firstNumber: 1 });
  const found = [...records.push(bytes), ...records.take()];
  // The last line may lack its end; half a record is no sample.
  if (ended) found.push(...records.end());
  return found.flatMap((block) => parseRecords(block.toString()).map((cells) => cells.slice(1)));
}

/** Records to cells, by papaparse. Each record ends with a LF, the last one perhaps; there are no blank lines. */
export function parseRecords(text: string): string[][] {
  const { data } = Papa.parse<string[]>(text, {
    delimiter: ',',
    newline: '\n',
    quoteChar: '"',
    escapeChar: '"',
  });
  // Drops the empty text after the last LF.
  if (text.endsWith('\n')) data.pop();
  return data;
}

/** A label as the database can keep it. */
export function labelOf(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function withoutBom(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
