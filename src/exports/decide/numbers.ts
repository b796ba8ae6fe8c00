/**
 * Numbers as text: plain ones as programs write them, and formatted ones as people read them. A text that may be a
 * code, such as `12E4`, `007` or `+49`, is no number, unless it has a decimal point, a separator or a unit.
 */

/** Decimal mark of a formatted number: `1,234.50` or `1.234,50`. */
export type Decimal = 'point' | 'comma';

/**
 * Evidence of a number about the decimal mark. `1,250` and `1.250` leave it open (the mark may be their comma or
 * their point), `2.5` and `1,250,000` are clear, `7` shows nothing.
 */
export type ShownDecimal = 'open comma' | 'open point' | 'clear' | undefined;

/** A formatted number, taken apart. */
export interface FormattedNumber {
  /** As Postgres takes it. */
  readonly plain: string;
  /** A currency sign or `%`; empty where there is none. */
  readonly unit: string;
  /** May be a code as well: `(45)`, `45-`, `+5`. The other values of the column tell. */
  readonly isDoubtful: boolean;
  readonly shows: ShownDecimal;
}

/** A numeric of Postgres has 131,072 digits in front of the point; no measure of anybody's needs more than these. */
const MOST_DIGITS = 300;
const MOST_EXPONENT = 999;
/** `1.50`, `1e+21`, `1e-7`, `1.0E10`: an exponent follows a point or has a sign. */
const WITH_POINT = /^-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d{1,3})?|[eE][+-]\d{1,3})?$/;
/** The same where a point separates thousands. */
const WITHOUT_POINT = /^-?(?:0|[1-9]\d*)(?:[eE][+-]\d{1,3})?$/;

/** True of a number as programs write it. */
export function isPlainNumber(text: string, decimal: Decimal = 'point'): boolean {
  return text.length <= MOST_DIGITS && (decimal === 'point' ? WITH_POINT : WITHOUT_POINT).test(text);
}

/** True of a number of JSON that Postgres keeps, whatever its exponent looks like: nothing else is without quotes. */
export function isJsonNumber(text: string): boolean {
  const exponent = /[eE](.*)$/.exec(text)?.[1] ?? '0';
  return text.length <= MOST_DIGITS && Math.abs(Number(exponent)) <= MOST_EXPONENT;
}

/** Blanks that writers of numbers use: a common one stands only before and behind units. */
const NARROW = '\u00a0\u2009\u202f';
const BLANK = `[ ${NARROW}]?`;
const MINUS = '[-\u2212]';

/** A currency sign, thousands separators, percent, brackets or another sign for what is below zero. */
function formatted(point: string, comma: string): RegExp {
  const grouped = `[1-9]\\d{0,2}(?<comma>[${comma}${NARROW}'\u2019])\\d{3}(?<more>(?:\\k<comma>\\d{3})*)`;
  const digits = `(?<digits>${grouped}|0|[1-9]\\d*)(?:${point}(?<fraction>\\d+))?`;
  const before = `(?<sign>[-+\u2212])?(?:(?<before>\\p{Sc})${BLANK}(?<inner>${MINUS})?)?`;
  const behind = `(?:${BLANK}(?<after>%|\\p{Sc}))?(?<behind>${MINUS})?`;
  return new RegExp(`^(?<open>\\()?${before}${digits}${behind}(?<close>\\))?$`, 'u');
}

const FORMATTED: Readonly<Record<Decimal, RegExp>> = {
  point: formatted('\\.', ','),
  comma: formatted(',', '.'),
};
/** `1,5E10`, as programs of such a place write. */
const COMMA_EXPONENT = /^-?\d+,\d+[eE]/;
/** `$(45.10)`, as spreadsheets write. */
const UNIT_FIRST = /^(\p{Sc}) ?\((?=\d)/u;

/** Takes a formatted number apart; undefined of what is none, and of what is plain. */
export function parseFormatted(text: string, decimal: Decimal = 'point'): FormattedNumber | undefined {
  if (text.length > MOST_DIGITS || isPlainNumber(text, decimal)) return undefined;
  if (decimal === 'comma' && COMMA_EXPONENT.test(text)) {
    const plain = text.replace(',', '.');
    return isPlainNumber(plain) ? { plain, unit: '', isDoubtful: false, shows: 'clear' } : undefined;
  }
  const groups = FORMATTED[decimal].exec(text.replace(UNIT_FIRST, '($1'))?.groups;
  if (groups === undefined) return undefined;
  const { sign, inner, before, digits = '', fraction, after, behind, open, close } = groups;
  const unit = before ?? after ?? '';
  const signs = [open, sign, inner, behind].filter((one) => one !== undefined);
  // Two signs are a mistake, and so are two units or half a pair of brackets.
  if (signs.length > 1 || (open === undefined) !== (close === undefined)) return undefined;
  if (before !== undefined && after !== undefined) return undefined;
  const isBelow = signs.length > 0 && sign !== '+';
  const whole = digits.replace(/\D/g, '');
  const isBare = unit === '' && groups['comma'] === undefined && fraction === undefined;
  return {
    plain: (isBelow ? '-' : '') + scaled(whole, fraction, unit === '%'),
    unit,
    // Nobody but a formatter writes the long minus.
    isDoubtful: isBare && sign !== '\u2212',
    shows: shownBy(digits, fraction, groups['comma']),
  };
}

/** The evidence of a plain number, as in `FormattedNumber`. */
export function shownByPlain(text: string): ShownDecimal {
  if (!/[.e]/i.test(text)) return undefined;
  return /^-?[1-9]\d{0,2}\.\d{3}$/.test(text) ? 'open point' : 'clear';
}

function shownBy(digits: string, fraction: string | undefined, comma: string | undefined): ShownDecimal {
  if (comma !== undefined)
    return fraction === undefined && digits.length < 8 && comma === ',' ? 'open comma' : 'clear';
  return fraction === undefined ? undefined : shownByPlain(`${digits}.${fraction}`);
}

/** `12.5` percent is 0.125. */
function scaled(whole: string, fraction: string | undefined, isPercent: boolean): string {
  if (!isPercent) return fraction === undefined ? whole : `${whole}.${fraction}`;
  const padded = whole.padStart(3, '0');
  return `${padded.slice(0, -2)}.${padded.slice(-2)}${fraction ?? ''}`;
}
