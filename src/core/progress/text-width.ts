/** The width of a text, in columns of a terminal. */

/** East Asian wide and emoji: two columns. Close enough for names; a miss shifts a line, it breaks nothing. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Combining marks and invisible characters: none. */
const NARROW = /[\p{M}\p{C}]/u;

/** Columns of one line. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** `text` cut to at most `width` columns, with `…` at its end where something is missing. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  let used = 0;
  let result = '';
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - 1) break;
    result += character;
  }
  return `${result}…`;
}

/** `text` filled with spaces up to `width` columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

function characterWidth(character: string): number {
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
