/**
 * Files that are no CSV as Sigma writes it: lines that end with CR alone, cells separated by something else than commas,
 * other encodings. Read as if they were, their rows would be glued together or lost, so each is refused with its sentence.
 */
import Papa from 'papaparse';
import { closingQuote } from './csv-record-end.ts';
import { ExportFormatError } from './format-error.ts';

const [LF, CR, QUOTE, COMMA] = [0x0a, 0x0d, 0x22, 0x2c] as const;
const ADVICE = { advice: 'Nothing was loaded. Set format: jsonl for the export.' } as const;

/** Names of other separators. */
const SEPARATORS: Readonly<Record<string, string>> = {
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'vertical bars',
  '\u0001': 'the control character 1',
  '\u001e': 'record separators',
  '\u001f': 'unit separators',
};
/** Records that must agree. */
const MOST_RECORDS = 100;

/** Looks at what came of a file while its first line may be incomplete. @throws ExportFormatError */
export function checkFirstLine(bytes: Buffer, ended: boolean): void {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isMarked || isWide(bytes.subarray(0, 64)))
    throw new ExportFormatError('The file is UTF-16, not UTF-8.', ADVICE);
  const line = lineEnd(bytes, 0);
  if (line !== undefined && (line.isLone || (ended && line.at === bytes.length - 1 && bytes[line.at] === CR)))
    throw loneReturns();
}

/** The dialect that the beginning of a file shows. */
export interface Beginning {
  readonly header: string;
  readonly labels: readonly string[];
  /** Bytes behind the header, and the cells that commas separate in them. */
  readonly rest: Buffer;
  readonly sample: readonly (readonly string[])[];
  /** There is nothing behind `rest`. */
  readonly ended: boolean;
}

/** @throws ExportFormatError where lines or cells are separated in another way */
export function checkDialect(beginning: Beginning): void {
  const { header, labels, rest } = beginning;
  if (/^"?sep=.?"?$/i.test(header))
    throw new ExportFormatError(`The file begins with ${header}, as spreadsheets write it.`, ADVICE);
  if (rest.includes(CR) && hasGluedLines(rest, labels.length)) throw loneReturns();
  const other = Object.keys(SEPARATORS).find((separator) => isSeparator(separator, beginning));
  if (other === undefined) return;
  throw new ExportFormatError(
    `The cells of the file are separated by ${SEPARATORS[other]}, not by commas.`,
    ADVICE,
  );
}

function loneReturns(): ExportFormatError {
  return new ExportFormatError('Lines of the file end with a carriage return (CR) alone.', ADVICE);
}

/** Latin text in units of two bytes. */
function isWide(bytes: Buffer): boolean {
  if (bytes.length < 6) return false;
  const zeros = [0, 1].map((offset) => bytes.filter((byte, i) => i % 2 === offset && byte === 0).length);
  return zeros.some((count) => count >= Math.floor(bytes.length / 2));
}

/**
 * The first line end behind `start` that is outside of quotes, and how many cells stand before it. A CR that ends the bytes
 * is one that a LF may follow.
 */
function lineEnd(
  b: Buffer,
  start: number,
):
  | { readonly at: number; readonly next: number; readonly isLone: boolean; readonly cells: number }
  | undefined {
  for (let i = start, cells = 1; i < b.length; i++, cells++) {
    if (b[i] === QUOTE) {
      const closed = closingQuote(b, i + 1);
      if (closed < 0) return undefined;
      i = closed + 1;
    }
    while (i < b.length && b[i] !== COMMA && b[i] !== LF && b[i] !== CR) i++;
    if (i >= b.length) return undefined;
    if (b[i] === COMMA) continue;
    const isPair = b[i] === CR && b[i + 1] === LF;
    const isLone = b[i] === CR && !isPair && i + 1 < b.length;
    return { at: i, next: isPair ? i + 2 : i + 1, isLone, cells };
  }
  return undefined;
}

/** True where a CR alone stands between what are whole rows on both of its sides. */
function hasGluedLines(bytes: Buffer, columns: number): boolean {
  let wasLone = false;
  for (let line = lineEnd(bytes, 0); line !== undefined; line = lineEnd(bytes, line.next)) {
    if (wasLone && line.cells === columns) return true;
    wasLone = line.isLone && line.cells === columns;
  }
  return false;
}

/** True where every record has as many cells by this separator as the header, and commas do not do as well. */
function isSeparator(separator: string, { header, labels, rest, sample, ended }: Beginning): boolean {
  const isInHeader = header.includes(separator);
  if (sample.length === 0 || (!isInHeader && labels.length === 1)) return false;
  const fits = (row: readonly string[]): boolean => row.length === labels.length;
  if (labels.length > 1 && (isInHeader ? sample.every(fits) : sample.some(fits))) return false;
  const parse = (text: string, preview: number): string[][] =>
    Papa.parse<string[]>(text, {
      delimiter: separator,
      newline: '\n',
      quoteChar: '"',
      preview,
      skipEmptyLines: true,
    }).data;
  const [head = []] = isInHeader ? parse(header, 1) : [labels];
  const records = parse(rest.toString().replaceAll('\r\n', '\n'), MOST_RECORDS + 1);
  // The last one may be half a record.
  const whole = ended && records.length <= MOST_RECORDS ? records : records.slice(0, -1);
  return head.length > 1 && whole.length > 0 && whole.every((cells) => cells.length === head.length);
}
