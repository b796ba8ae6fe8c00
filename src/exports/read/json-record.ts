/** One record of exported JSON: an object, whose values are taken as they are written. */

/** Codes of the characters that mean something in JSON. */
const [TAB, NEWLINE, RETURN, SPACE, QUOTE, PLUS, COMMA, MINUS] = [9, 10, 13, 32, 34, 43, 44, 45] as const;
const [POINT, ZERO, NINE, COLON, CAPITAL_E, OPEN_LIST, BACKSLASH] = [46, 48, 57, 58, 69, 91, 92] as const;
const [CLOSE_LIST, LETTER_E, LETTER_F, LETTER_N, LETTER_T] = [93, 101, 102, 110, 116] as const;
const [OPEN_OBJECT, CLOSE_OBJECT] = [123, 125] as const;

/** The four characters that JSON takes as white space. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === RETURN || code === TAB;
}

/** A value as it was exported. Only strings are decoded. */
export type JsonCell =
  | { readonly kind: 'null' }
  /** The value of a string; it can hold NUL and half surrogates, which PostgreSQL does not take. */
  | { readonly kind: 'string'; readonly text: string }
  /** The literal as it stands, because 9007199254740993, 1.10 and 1e400 would not survive as numbers. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly text: 'true' | 'false' }
  /** An object or a list as it stands. */
  | { readonly kind: 'json'; readonly text: string };

/** A value with its label. */
export interface JsonField {
  readonly label: string;
  readonly value: JsonCell;
}

/** The text ended before the record did. */
export class Unfinished extends Error {}

/** The text is not JSON. */
export class Malformed extends Error {
  readonly expected: string;
  /** Offset from the start of the text. */
  readonly at: number;

  constructor(expected: string, at: number) {
    super(`expected ${expected} at ${at}`);
    this.expected = expected;
    this.at = at;
  }
}

const NULL: JsonCell = { kind: 'null' };
const TRUE: JsonCell = { kind: 'boolean', text: 'true' };
const FALSE: JsonCell = { kind: 'boolean', text: 'false' };

/** Parses one record at a time. It keeps the labels of the record before, which are most often the same. */
export class JsonRecordParser {
  #text = '';
  #at = 0;
  /** Keys of the last record as they stand, quotes and colon included, and what they mean. */
  readonly #keys: string[] = [];
  readonly #labels: string[] = [];

  /** Position behind the record that was read last. */
  get end(): number {
    return this.#at;
  }

  /**
   * Reads the object that begins at `start` of `text`; `end` is then behind it.
   *
   * @throws Unfinished, Malformed
   */
  parse(text: string, start: number): readonly JsonField[] {
    this.#text = text;
    this.#at = start + 1;
    const cells: JsonField[] = [];
    if (this.#next() === CLOSE_OBJECT) {
      this.#at++;
      return cells;
    }
    for (;;) {
      const label = this.#label(cells.length);
      this.#next();
      cells.push({ label, value: this.#value() });
      const code = this.#next();
      if (code !== COMMA && code !== CLOSE_OBJECT)
        throw new Malformed('a comma or a closing brace', this.#at);
      this.#at++;
      if (code === CLOSE_OBJECT) return cells;
      this.#next();
    }
  }

  /** Skips white space and gives the code of what follows. */
  #next(): number {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (!isSpace(code)) return code;
    }
    throw new Unfinished();
  }

  /** The label at the cursor and its colon. */
  #label(index: number): string {
    const known = this.#keys[index];
    if (known !== undefined && this.#text.startsWith(known, this.#at)) {
      this.#at += known.length;
      return this.#labels[index] ?? '';
    }
    const start = this.#at;
    if (this.#text.charCodeAt(start) !== QUOTE) throw new Malformed('a label in quotes', start);
    const label = this.#string();
    if (this.#next() !== COLON) throw new Malformed('a colon', this.#at);
    this.#at++;
    this.#keys[index] = this.#text.slice(start, this.#at);
    this.#labels[index] = label;
    return label;
  }

  #value(): JsonCell {
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) return { kind: 'string', text: this.#string() };
    if (code === MINUS || isDigit(code)) return { kind: 'number', text: this.#number() };
    if (code === OPEN_OBJECT || code === OPEN_LIST) return { kind: 'json', text: this.#nested() };
    if (code === LETTER_N) return this.#word('null', NULL);
    if (code === LETTER_T) return this.#word('true', TRUE);
    if (code === LETTER_F) return this.#word('false', FALSE);
    throw new Malformed('a value', this.#at);
  }

  #word(word: string, cell: JsonCell): JsonCell {
    if (!this.#text.startsWith(word, this.#at)) {
      const rest = this.#text.slice(this.#at, this.#at + word.length);
      throw rest.length < word.length && word.startsWith(rest)
        ? new Unfinished()
        : new Malformed(word, this.#at);
    }
    this.#at += word.length;
    return cell;
  }

  #string(): string {
    const start = this.#at;
    return this.#skipString() ? this.#text.slice(start + 1, this.#at - 1) : this.#decode(start);
  }

  /** Moves behind the string at the cursor; true where it holds no escapes. */
  #skipString(): boolean {
    const text = this.#text;
    let isPlain = true;
    for (let at = this.#at + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return isPlain;
      }
      if (code === BACKSLASH) {
        isPlain = false;
        at++;
      } else if (code < SPACE) throw new Malformed('a quote before the end of the line', at);
    }
    throw new Unfinished();
  }

  /** The number at the cursor: digits without a leading zero, a fraction, an exponent. */
  #number(): string {
    const start = this.#at;
    if (this.#text.charCodeAt(start) === MINUS) this.#at++;
    if (this.#text.charCodeAt(this.#at) === ZERO) this.#at++;
    else this.#digits();
    if (this.#text.charCodeAt(this.#at) === POINT) {
      this.#at++;
      this.#digits();
    }
    const exponent = this.#text.charCodeAt(this.#at);
    if (exponent === LETTER_E || exponent === CAPITAL_E) {
      this.#at++;
      const sign = this.#text.charCodeAt(this.#at);
      if (sign === PLUS || sign === MINUS) this.#at++;
      this.#digits();
    }
    return this.#text.slice(start, this.#at);
  }

  #digits(): void {
    const start = this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    if (this.#at > start) return;
    throw start >= this.#text.length ? new Unfinished() : new Malformed('a digit', start);
  }

  /** The object or list at the cursor. The engine's own parser checks the text between its brackets. */
  #nested(): string {
    const start = this.#at;
    for (let depth = 0; ; ) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) {
        this.#skipString();
        continue;
      }
      if (this.#at >= this.#text.length) throw new Unfinished();
      this.#at++;
      if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --depth === 0) break;
    }
    this.#decode(start);
    return this.#text.slice(start, this.#at);
  }

  /** The meaning of the JSON between `start` and the cursor. */
  #decode(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      throw new Malformed('valid JSON', start);
    }
  }
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Finds where a record of JSON ends while its text comes in pieces, looking at each piece once. */
export class JsonEnd {
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  /**
   * Looks at the next piece: true where the record ends within it, or can't become JSON any more. Either way there is
   * enough of it to be parsed.
   */
  isIn(text: string): boolean {
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#isEscaped) this.#isEscaped = false;
      else if (this.#inString) {
        if (code === QUOTE) this.#inString = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        // No string goes on in the next line. Without this, a quote that is never closed would hide all that follows.
        else if (code < SPACE) return true;
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN_OBJECT || code === OPEN_LIST) this.#depth++;
      else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --this.#depth === 0) return true;
    }
    return false;
  }
}
