/**
 * Reads exported rows from JSON Lines or from one list of objects, whichever the text turns out to be, while it is
 * downloaded.
 */
import { ExportFormatError } from './format-error.ts';
import { isSpace, JsonEnd, type JsonField, JsonRecordParser, Malformed, Unfinished } from './json-record.ts';

const BYTE_ORDER_MARK = 0xfeff;

/** A row as it was exported. */
export interface JsonRow {
  /** Its number in the file, from 1. Blank lines are not counted. */
  readonly record: number;
  /** Its values in the order of the text; labels can repeat. */
  readonly cells: readonly JsonField[];
}

/** Tokens that may come between two records. */
type Expected =
  /** The first record or the bracket that opens a list. */
  | 'start'
  /** Lines: a record; after one, the end of its line. */
  | 'line'
  | 'end of line'
  /** A list: a record, or for the first one the end, too; after one, a comma or the end; after that, nothing. */
  | 'first'
  | 'record'
  | 'comma'
  | 'nothing';

const WORDS: Readonly<Record<Expected, string>> = {
  start: 'an opening brace or bracket',
  line: 'an opening brace',
  'end of line': 'the end of the line',
  first: 'an opening brace or the closing bracket',
  record: 'an opening brace',
  comma: 'a comma or the closing bracket',
  nothing: 'the end of the file',
};

/**
 * A reader of rows in text that is cut anywhere. It keeps at most one unfinished record of the text, and finds
 * malformed text before another record of this length has come.
 *
 * @example
 * const rows = jsonRows();
 * for await (const text of download) insert(rows.push(text));
 * insert(rows.end());
 */
export function jsonRows(): Reader {
  return new Reader();
}

class Reader {
  readonly #parser = new JsonRecordParser();
  #expected: Expected = 'start';
  #records = 0;
  #isFirst = true;
  /** Pieces of a record that is not complete, their length, and where it may end. */
  #held: string[] = [];
  #length = 0;
  #end = new JsonEnd();
  /** Length at which it is looked at in any case, lest a brace that is never closed swallows the whole file. */
  #lookAt = 0;

  /** Takes the next piece of the text and gives the rows that end in it. @throws ExportFormatError */
  push(text: string): readonly JsonRow[] {
    if (this.#held.length === 0) return this.#read(text);
    this.#held.push(text);
    this.#length += text.length;
    return this.#end.isIn(text) || this.#length >= this.#lookAt ? this.#readHeld() : [];
  }

  /** Says that no more will come. @throws ExportFormatError with `cutShort` where the text can't end here. */
  end(): readonly JsonRow[] {
    // Malformed text is not called cut short, however it came.
    this.#readHeld();
    const inList = this.#expected === 'first' || this.#expected === 'record' || this.#expected === 'comma';
    if (this.#held.length === 0 && !inList) return [];
    const where = this.#held.length > 0 ? `in record ${this.#records + 1}` : `after record ${this.#records}`;
    throw new ExportFormatError(`the exported file is cut short ${where}`, {
      record: this.#records + (this.#held.length > 0 ? 1 : 0),
      cutShort: true,
      advice: 'Download it again.',
    });
  }

  #readHeld(): readonly JsonRow[] {
    const text = this.#held.join('');
    this.#held = [];
    return this.#read(text);
  }

  #read(text: string): readonly JsonRow[] {
    const rows: JsonRow[] = [];
    let at = 0;
    if (this.#isFirst && text !== '') {
      this.#isFirst = false;
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) at++;
    }
    while (at < text.length) {
      const char = text[at] ?? '';
      if (char === '{' && this.#mayBegin()) {
        const cells = this.#record(text, at);
        if (cells === undefined) return rows;
        rows.push({ record: ++this.#records, cells });
        at = this.#parser.end;
      } else {
        this.#expected = this.#after(char);
        at++;
      }
    }
    return rows;
  }

  #mayBegin(): boolean {
    return this.#expected !== 'end of line' && this.#expected !== 'comma' && this.#expected !== 'nothing';
  }

  /** The record that begins at `at`; undefined where its end is still to come. */
  #record(text: string, at: number): readonly JsonField[] | undefined {
    try {
      const cells = this.#parser.parse(text, at);
      this.#expected = this.#expected === 'start' || this.#expected === 'line' ? 'end of line' : 'comma';
      return cells;
    } catch (error) {
      if (error instanceof Malformed) throw this.#malformed(error.expected, error.at - at);
      if (!(error instanceof Unfinished)) throw error;
      const rest = text.slice(at);
      this.#held = [rest];
      this.#length = rest.length;
      this.#lookAt = 2 * rest.length;
      this.#end = new JsonEnd();
      this.#end.isIn(rest);
      return undefined;
    }
  }

  /** The tokens expected after a character between two records. */
  #after(char: string): Expected {
    const expected = this.#expected;
    if (isSpace(char.charCodeAt(0)))
      return (char === '\n' || char === '\r') && expected === 'end of line' ? 'line' : expected;
    if (char === '[' && expected === 'start') return 'first';
    if (char === ',' && expected === 'comma') return 'record';
    if (char === ']' && (expected === 'first' || expected === 'comma')) return 'nothing';
    throw this.#malformed(WORDS[expected], 0);
  }

  #malformed(expected: string, at: number): ExportFormatError {
    const record = this.#records + 1;
    return new ExportFormatError(
      `record ${record} of the exported file is not JSON: expected ${expected} at character ${at + 1} of it`,
      { record, advice: 'Export it again. If that does not help, export it as CSV.' },
    );
  }
}
