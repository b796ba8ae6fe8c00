/**
 * Observes the columns of a file as it is read: their kinds, and the evidence of a column's numbers about each other.
 */
import { fits, joined, type Kind, kindOf, kindOfNumber, kindOfString } from './kinds.ts';
import { type Decimal, isPlainNumber, parseFormatted, shownByPlain } from './numbers.ts';

/** Type that the file gives to a cell: JSON distinguishes numbers from texts. */
export type Told = 'string' | 'number' | undefined;

/** Marks of a column's numbers. Their order does not matter. */
const [DOUBTFUL, UNITLESS, CLEAR, OPEN_COMMA, OPEN_POINT, LARGE] = [1, 2, 4, 8, 16, 32] as const;
/** Further plain numbers tell nothing more. */
const SETTLED = UNITLESS | CLEAR;
const SHOWN = { 'open comma': OPEN_COMMA, 'open point': OPEN_POINT, clear: CLEAR } as const;
/** A whole number that would have a separator of thousands, if numbers of its column had any. */
const LARGE_NUMBER = /^-?\d{4}/;

/** Watches the cells of columns; of some, kinds may be known. */
export class Observer {
  /** Kinds by place, as far as single values tell. */
  readonly #kinds: Kind[];
  readonly #decimal: Decimal;
  readonly #seen: number[] = [];
  readonly #units: (string | undefined)[] = [];

  constructor(kinds: readonly Kind[] = [], decimal: Decimal = 'point') {
    this.#kinds = [...kinds];
    this.#decimal = decimal;
  }

  /** Adds a column of which this is known. */
  begin(column: number, kind: Kind): void {
    this.#kinds[column] = kind;
  }

  /** The kind that the values so far have. */
  soFar(column: number): Kind {
    return this.#kinds[column] ?? 'unknown';
  }

  /** The kinds of so many columns by all that was seen: what is doubtful is a number among numbers that are none by chance. */
  kinds(columns: number): Kind[] {
    return Array.from({ length: columns }, (_, i) => {
      const kind = this.soFar(i);
      if (!this.isDoubtful(i)) return kind;
      return kind === 'formatted' || kind === 'numeric' ? 'formatted' : 'text';
    });
  }

  /** True where some value may be a code. */
  isDoubtful(column: number): boolean {
    return ((this.#seen[column] ?? 0) & DOUBTFUL) !== 0;
  }

  /** The separator that may stand before decimals or between thousands, where no value of the column is clear. */
  openDecimal(column: number): 'comma' | 'point' | 'clear' | undefined {
    const seen = this.#seen[column] ?? 0;
    if ((seen & CLEAR) !== 0) return 'clear';
    if ((seen & OPEN_COMMA) !== 0) return 'comma';
    if ((seen & OPEN_POINT) === 0) return undefined;
    return (seen & LARGE) === 0 ? 'point' : 'clear';
  }

  /** Looks at a non-empty cell. */
  see(column: number, text: string, told?: Told): void {
    const kind = this.soFar(column);
    if (kind === 'text') return;
    if (told !== undefined) {
      const seen = told === 'string' ? kindOfString(text) : kindOfNumber(text);
      if (seen !== kind) this.#kinds[column] = joined(kind, seen);
    } else if (kind === 'bigint' && fits(kind, text, this.#decimal)) {
      if (text !== '0') this.#note(column, LARGE_NUMBER.test(text) ? UNITLESS | LARGE : UNITLESS);
    } else if (kind === 'unknown' || isNumber(kind)) this.#seeNumber(column, kind, text);
    else if (!fits(kind, text, this.#decimal))
      this.#kinds[column] = joined(kind, kindOf(text, this.#decimal));
  }

  /** Looks at a cell of a column whose type is declared: it is a number. */
  seeDeclared(column: number, text: string): void {
    if (isPlainNumber(text, this.#decimal)) this.#notePlain(column, text);
    else this.#noteFormatted(column, text);
  }

  #seeNumber(column: number, kind: Kind, text: string): void {
    if (isPlainNumber(text, this.#decimal)) {
      if (kind === 'unknown' || kind === 'bigint')
        this.#kinds[column] = joined(kind, kindOf(text, this.#decimal));
      this.#notePlain(column, text);
    } else if (!this.#noteFormatted(column, text)) {
      this.#kinds[column] = joined(kind, kindOf(text, this.#decimal));
      return;
    }
    // Values of another magnitude (percent) or currency must not be added up.
    const unit = this.#units[column];
    if (unit === 'several' || (unit === '%' && ((this.#seen[column] ?? 0) & UNITLESS) !== 0))
      this.#kinds[column] = 'text';
  }

  #notePlain(column: number, text: string): void {
    if (((this.#seen[column] ?? 0) & SETTLED) === SETTLED) return;
    const shows = shownByPlain(text);
    if (shows !== undefined) this.#note(column, SHOWN[shows]);
    else if (LARGE_NUMBER.test(text)) this.#note(column, LARGE);
    if (/[1-9]/.test(text)) this.#note(column, UNITLESS);
  }

  /** False of what is no formatted number. */
  #noteFormatted(column: number, text: string): boolean {
    const number = parseFormatted(text, this.#decimal);
    if (number === undefined) return false;
    const { unit, isDoubtful, shows } = number;
    if (isDoubtful) this.#note(column, DOUBTFUL);
    else this.#kinds[column] = joined(this.soFar(column), 'formatted');
    if (shows !== undefined) this.#note(column, SHOWN[shows]);
    if (unit === '') this.#note(column, /[1-9]/.test(text) ? UNITLESS : 0);
    else {
      const known = this.#units[column] ?? unit;
      this.#units[column] = known === unit ? unit : 'several';
    }
    return true;
  }

  #note(column: number, flag: number): void {
    this.#seen[column] = (this.#seen[column] ?? 0) | flag;
  }
}

function isNumber(kind: Kind): boolean {
  return kind === 'bigint' || kind === 'numeric' || kind === 'formatted';
}
