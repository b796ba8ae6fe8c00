/**
 * Finds the records of a CSV in its bytes: numbers them, leaves blank lines out, and gives back the bytes of each as
 * they came. Strictly, it is the fast way to COPY: each cell is looked at where it lies, without becoming a string,
 * and whatever is not surely fit for its column, or not surely read by Postgres as a CSV reader would, ends it.
 * Leniently, it takes every file apart in the same places as papaparse, which then reads the records.
 */
import type { ByteCheck } from './byte-checks.ts';
import { afterRecord, closingQuote } from './csv-record-end.ts';
import { ExportFormatError } from './format-error.ts';
import { KEPT_ROWS } from './overlap.ts';

/** Why the fast way is closed. */
export class NotFit extends Error {
  override readonly name = 'NotFit';
  /** Record, counted from 1. */
  readonly row: number;
  /** Column, counted from 0; undefined where the record as a whole is the trouble. */
  readonly column: number | undefined;

  constructor(row: number, column: number | undefined, message: string) {
    super(message);
    this.row = row;
    this.column = column;
  }
}

/** Settings for finding records and handing them on. */
export interface CsvRecordsOptions {
  /** The check of each column; undefined = lenient, no cell is looked at. */
  readonly checks: readonly (ByteCheck | undefined)[] | undefined;
  /** Lines may end with CR LF as well as with LF; else a CR is a character like any other. */
  readonly crlf: boolean;
  /** Stands before the number in front of each record: `17,`. */
  readonly prefix: string;
  /** Number of the first record, from 1. */
  readonly firstNumber: number;
  /** Called with the first records, to leave some out; true = leave it out. Those are not numbered. */
  readonly leaveOut?: ((record: Buffer) => boolean) | undefined;
  /**
   * In a file of one column a blank line may be a row of null: it is one, unless nothing follows. Elsewhere blank lines
   * are nothing.
   */
  readonly blankIsRow?: boolean;
}

const [LF, CR, QUOTE, COMMA, NUL] = [0x0a, 0x0d, 0x22, 0x2c, 0x00] as const;
/** Bytes of what is handed on at once, unless a single record is longer. Each block is fresh memory for V8 to collect. */
const BLOCK = 256 * 1024;
/** Room for what stands in front of a record. */
const HEADROOM = 64;
/** The beginning of a record that is not looked at with each further chunk. */
const LONG_RECORD = 1 << 20;
/** A record that never ends is no record: somebody forgot a quote. */
const LONGEST_RECORD = 256 << 20;

export class CsvRecords {
  readonly #options: CsvRecordsOptions;
  readonly #prefix: Buffer;
  readonly #last: Buffer[] = [];
  /** The beginning and end of each record in this chunk. The array is reused in a circle. */
  readonly #places = new Int32Array(2 * KEPT_ROWS);
  #seen = 0;
  /** Bytes that arrived and are not handled yet: the first `#length` bytes. */
  #input: Buffer = Buffer.alloc(0);
  #length = 0;
  /** So many bytes are worth a look. */
  #enough = 0;
  /**
   * Closing quotes of the empty cells of a record, which are left out: null and the empty text look the same in a CSV,
   * quoted or not, and telling COPY so (`force_null`) costs it a twentieth of its time.
   */
  readonly #emptyQuotes: number[] = [];
  #number: number;
  #out: Buffer = Buffer.alloc(0);
  #used = 0;
  #full: Buffer[] = [];

  constructor(options: CsvRecordsOptions) {
    this.#options = options;
    this.#prefix = Buffer.from(options.prefix);
    this.#number = options.firstNumber;
  }

  /** Blank lines at the end that may be rows of null. */
  blanks = 0;

  get nextNumber(): number {
    return this.#number;
  }

  /** The last records, as they came. */
  get last(): readonly Buffer[] {
    return this.#last;
  }

  /** Takes bytes and gives whole records, each ended by a LF, once there is a block of them. @throws NotFit */
  push(chunk: Buffer): Buffer[] {
    // NUL is found faster in all of it at once.
    if (this.#options.checks !== undefined && chunk.includes(NUL))
      throw new NotFit(this.#number, undefined, 'a NUL byte');
    this.#append(chunk);
    if (this.#length >= this.#enough) this.#look();
    return this.#filled();
  }

  /** The last record, where the file does not end with a line end. @throws NotFit; ExportFormatError where a quote is open */
  end(): Buffer[] {
    if (this.#length === 0) return this.take();
    this.#append(Buffer.from(this.#options.crlf ? '\r\n' : '\n'));
    this.#look();
    if (this.#length > 0) {
      throw new ExportFormatError('A quote of the CSV is open at the end of the file.', {
        record: this.#number,
        cutShort: true,
      });
    }
    return this.take();
  }

  /** Copies bytes behind what is left; always into the same memory, which spares V8 the collection of them. */
  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#input.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * length, BLOCK));
      this.#input.copy(larger, 0, 0, this.#length);
      this.#input = larger;
    }
    chunk.copy(this.#input, this.#length);
    this.#length = length;
  }

  /** Handles what is whole, and keeps the beginning of the record behind it. */
  #look(): void {
    const bytes = this.#input.subarray(0, this.#length);
    const rest = this.#scan(bytes);
    this.#remember(bytes);
    this.#length -= rest;
    if (this.#length > LONGEST_RECORD) {
      throw new ExportFormatError('A record of the CSV has no end within 256 MB.', {
        record: this.#number,
        advice: 'A quote is missing in the file; try format: jsonl.',
      });
    }
    // A long record is looked at each time that it has doubled, or it would take forever.
    this.#enough = this.#length > LONG_RECORD ? Math.min(2 * this.#length, LONGEST_RECORD + 1) : 0;
    if (this.#input.length > 4 * LONG_RECORD && this.#length < LONG_RECORD)
      this.#input = Buffer.from(bytes.subarray(rest));
    else bytes.copyWithin(0, rest);
  }

  /** Copies the last records out of bytes that will be gone. */
  #remember(bytes: Buffer): void {
    for (let i = Math.max(0, this.#seen - KEPT_ROWS); i < this.#seen; i++) {
      const place = (2 * i) % this.#places.length;
      this.#last.push(Buffer.from(bytes.subarray(this.#places[place], this.#places[place + 1])));
    }
    this.#seen = 0;
    if (this.#last.length > KEPT_ROWS) this.#last.splice(0, this.#last.length - KEPT_ROWS);
  }

  /** The whole records that no block was full of yet. */
  take(): Buffer[] {
    if (this.#used > 0) {
      this.#full.push(this.#out.subarray(0, this.#used));
      this.#out = Buffer.alloc(0);
      this.#used = 0;
    }
    return this.#filled();
  }

  #filled(): Buffer[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  /** Handles the whole records of `b`; the place where the first incomplete one begins. */
  #scan(b: Buffer): number {
    const { checks, crlf, leaveOut, firstNumber, blankIsRow } = this.#options;
    let start = 0;
    for (;;) {
      const next = checks === undefined ? afterRecord(b, start) : this.#checked(b, start, checks);
      if (next < 0) return start;
      const end = crlf && next - 2 >= start && b[next - 2] === CR ? next - 2 : next - 1;
      const isLeftOut =
        end === start ||
        (this.#number === firstNumber && leaveOut !== undefined && leaveOut(b.subarray(start, end)));
      if (end === start) {
        if (blankIsRow === true) this.blanks++;
      } else if (!isLeftOut) {
        for (; this.blanks > 0; this.blanks--) this.#write(b, start, start);
        this.#write(b, start, end);
        const place = (2 * this.#seen++) % this.#places.length;
        this.#places[place] = start;
        this.#places[place + 1] = end;
      }
      start = next;
    }
  }

  /** The place after the record that begins at `start`, all of whose cells fit; -1 where it is incomplete. */
  #checked(b: Buffer, start: number, checks: readonly (ByteCheck | undefined)[]): number {
    const { crlf } = this.#options;
    const end = b.length;
    this.#emptyQuotes.length = 0;
    const isBlank = b[start] === LF || (crlf && b[start] === CR && b[start + 1] === LF);
    if (isBlank) return b[start] === LF ? start + 1 : start + 2;
    for (let i = start, column = 0; ; column++) {
      let from = i;
      let to: number;
      if (b[i] === QUOTE) {
        from = i + 1;
        to = closingQuote(b, from);
        if (to < 0 || to + 1 >= end) return -1;
        i = to + 1;
        if (to === from) this.#emptyQuotes.push(to);
      } else {
        let byte = b[i];
        while (i < end && byte !== COMMA && byte !== LF && byte !== CR) {
          if (byte === QUOTE) throw new NotFit(this.#number, column, 'a quote in the middle of a cell');
          byte = b[++i];
        }
        to = i;
      }
      if (i >= end) return -1;
      if (to > from && checks[column]?.(b, from, to) === false)
        throw new NotFit(this.#number, column, 'a value that may not fit');
      if (b[i] === COMMA) {
        i++;
        continue;
      }
      if (b[i] === CR && crlf) {
        if (++i >= end) return -1;
      }
      if (b[i] !== LF) throw new NotFit(this.#number, column, 'something that no line end follows');
      if (column + 1 === checks.length) return i + 1;
      throw new NotFit(this.#number, undefined, `${column + 1} cells instead of ${checks.length}`);
    }
  }

  #write(b: Buffer, start: number, end: number): void {
    const needed = end - start + HEADROOM;
    if (this.#used + needed > this.#out.length) {
      if (this.#used > 0) this.#full.push(this.#out.subarray(0, this.#used));
      this.#out = Buffer.allocUnsafe(Math.max(BLOCK, needed));
      this.#used = 0;
    }
    const out = this.#out;
    let at = this.#used;
    const prefix = this.#prefix;
    for (let i = 0; i < prefix.length; i++) out[at++] = prefix[i] ?? 0;
    at = writeNumber(out, at, this.#number++);
    out[at++] = COMMA;
    let from = start;
    for (const quote of this.#emptyQuotes) {
      at += b.copy(out, at, from, quote - 1);
      from = quote + 1;
    }
    at += b.copy(out, at, from, end);
    out[at++] = LF;
    this.#used = at;
  }
}

/** Writes a number in decimal; the place after it. */
function writeNumber(out: Buffer, at: number, number: number): number {
  let digits = 1;
  for (let limit = 10; number >= limit; limit *= 10) digits++;
  let rest = number;
  for (let i = at + digits - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    out[i] = 0x30 + (rest - tenth * 10);
    rest = tenth;
  }
  return at + digits;
}
