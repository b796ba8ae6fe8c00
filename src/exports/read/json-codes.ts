/** Codes of the characters that mean something in JSON. */
export const TAB = 9;
export const NEWLINE = 10;
export const RETURN = 13;
export const SPACE = 32;
export const QUOTE = 34;
export const PLUS = 43;
export const COMMA = 44;
export const MINUS = 45;
export const POINT = 46;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;
export const CAPITAL_E = 69;
export const OPEN_LIST = 91;
export const BACKSLASH = 92;
export const CLOSE_LIST = 93;
export const LETTER_E = 101;
export const LETTER_F = 102;
export const LETTER_N = 110;
export const LETTER_T = 116;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;

/** The four characters that JSON takes as white space. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === RETURN || code === TAB;
}
