/**
 * JSON whose numbers keep their digits. JavaScript has no number for `9007199254740993`, `1.10` or `1E400`; what is parsed
 * here is an ordinary value with the nearest one, and beside it, out of sight, is noted how it was written.
 * `stringifyExact` writes it so again.
 */

/** The original text of numbers that JavaScript would write otherwise, by the object or list that holds them. */
const sources = new WeakMap<object, Map<string, string>>();
/** Objects and lists with such a number in them, however deep. */
const inexact = new WeakSet<object>();

/** The API of the language (ES2025, in Node since 21), which the types of TypeScript lack. */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}
const json = JSON as unknown as SourceTextJson;

/** The content of a JSON text, judged by its characters alone; for any other text the result means nothing. */
export interface JsonSurvey {
  /** Objects and lists within each other, at most. */
  readonly depth: number;
  /** Values, roughly: each comma and each bracket counts. */
  readonly values: number;
  /** True where a number is written otherwise than JavaScript would write it. */
  readonly isInexact: boolean;
}

const [QUOTE, COMMA, MINUS, ZERO, NINE] = [0x22, 0x2c, 0x2d, 0x30, 0x39];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Looks at a text of JSON without building anything from it. */
export function surveyJson(text: string): JsonSurvey {
  let [depth, deepest, values, isInexact] = [0, 0, 1, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values++;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      values++;
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      // A whole number of up to fifteen digits is what nearly all of them are.
      if (!isInexact && (end - at > 15 || !isShort(text, at, end)))
        isInexact = isOtherwise(text.slice(at, end));
      at = end - 1;
    }
  }
  return { depth: deepest, values, isInexact };
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    // Digits, signs, the point and both letters of an exponent.
    if (
      (code < ZERO || code > NINE) &&
      code !== 0x2e &&
      (code | 0x20) !== 0x65 &&
      code !== MINUS &&
      code !== 0x2b
    )
      break;
  }
  return end;
}

function isShort(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}

function isOtherwise(source: string): boolean {
  return String(Number(source)) !== source;
}

/** Like `JSON.parse`. `isInexact` is what `surveyJson` says, where that is known. @throws SyntaxError */
export function parseExact(text: string, isInexact = surveyJson(text).isInexact): unknown {
  if (!isInexact) return JSON.parse(text) as unknown;
  try {
    return json.parse(text, note);
  } catch (error) {
    // Nested more deeply than the stack is; without a reviver that does not matter.
    if (error instanceof RangeError) return JSON.parse(text) as unknown;
    throw error;
  }
}

function note(this: object, key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value === 'number') {
    if (source !== undefined && String(value) !== source) {
      const known = sources.get(this) ?? new Map<string, string>();
      sources.set(this, known.set(key, source));
      inexact.add(this);
    }
  } else if (typeof value === 'object' && value !== null && inexact.has(value)) inexact.add(this);
  return value;
}

/** Like `JSON.stringify`, with the numbers of what `parseExact` gave as they were written. */
export function stringifyExact(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !inexact.has(value)) return JSON.stringify(value);
  return JSON.stringify(value, exactly);
}

/** For `JSON.stringify`: a number as it was written. `this` is what holds it. */
export function exactly(this: unknown, key: string, value: unknown): unknown {
  if (typeof value !== 'number' || typeof this !== 'object' || this === null) return value;
  const source = sources.get(this)?.get(key);
  return source === undefined ? value : asWritten(source);
}

/**
 * Notes of `copy` how its numbers were written: it holds some of what `original` holds under the same names, and perhaps
 * `others` as they are.
 */
export function keepDigits<T extends object>(copy: T, original: object, ...others: readonly unknown[]): T {
  const known = sources.get(original);
  if (known !== undefined) sources.set(copy, known);
  const isInexact = (part: unknown): boolean =>
    typeof part === 'object' && part !== null && inexact.has(part);
  if (isInexact(original) || others.some(isInexact)) inexact.add(copy);
  return copy;
}

/** The longest number that is kept as one, in digits before and after the point. */
const MOST_DIGITS = 1000;

/** A number of more digits than anybody means would fill databases and pages with zeros: it is kept as a text. */
function asWritten(source: string): unknown {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  const shift = Number(exponent);
  const isLong = whole.length + shift > MOST_DIGITS || fraction.length - shift > MOST_DIGITS;
  return isLong ? source : json.rawJSON(source);
}
