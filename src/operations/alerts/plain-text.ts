/** Names and errors come from outside: what is sent of them is one line of visible characters. */

import { asOneLine } from '../../core/words.ts';

/** The text as one line, cut to at most so many UTF-16 units. */
export function oneLine(text: string, most: number): string {
  return cut(asOneLine(text), most);
}

/** Cuts a text, never through the middle of a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const short = text.slice(0, Math.max(0, most - 1));
  return `${/[\ud800-\udbff]$/.test(short) ? short.slice(0, -1) : short}…`;
}
