/** Names and errors come from outside: what is sent of them is one line of visible characters. */

/** Control characters, line separators, and what turns or hides text. */
const UNSEEN = /[\p{Cc}\u2028\u2029]+/gu;
const TRICKS = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text as one line, cut to at most so many UTF-16 units. */
export function oneLine(text: string, most: number): string {
  const line = text.toWellFormed().replace(TRICKS, '').replace(UNSEEN, ' ').replace(/ {2,}/g, ' ').trim();
  return cut(line, most);
}

/** Cuts a text, never through the middle of a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const short = text.slice(0, Math.max(0, most - 1));
  return `${/[\ud800-\udbff]$/.test(short) ? short.slice(0, -1) : short}…`;
}
