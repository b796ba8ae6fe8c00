/** Numbers, sizes, durations and times as a person reads them. No I/O. */

/** Made by the first use: Node needs 5 ms for it, and most commands print no large number. */
let counts: Intl.NumberFormat | undefined;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `1234567` is `1,234,567`; what is not known is a dash. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  counts ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return counts.format(value);
}

/** `a, b, c and 37 more`. */
export function few(names: readonly string[], most: number): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${count(rest)} more` : ''}`;
}

/** `1 stream`, `2 streams`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `1234567` is `1.2 MB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  let [size, unit] = [value, 0];
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

/** `83000` is `1 min 23 s`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  const time = Math.max(0, ms);
  if (time < SECOND) return `${Math.round(time)} ms`;
  if (time < 10 * SECOND) return `${(time / SECOND).toFixed(1)} s`;
  if (time < MINUTE) return `${Math.floor(time / SECOND)} s`;
  if (time < HOUR) return two(time, MINUTE, 'min', SECOND, 's');
  if (time < DAY) return two(time, HOUR, 'h', MINUTE, 'min');
  return two(time, DAY, 'd', HOUR, 'h');
}

function two(time: number, large: number, name: string, small: number, smallName: string): string {
  const rest = Math.floor((time % large) / small);
  return `${Math.floor(time / large)} ${name}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** The distance to a time: `3 h ago`, `in 5 min`, `just now`. */
export function relative(at: Date, now: Date): string {
  const distance = at.getTime() - now.getTime();
  const size = Math.abs(distance);
  if (size < 5 * SECOND) return 'just now';
  const words = sizeInWords(size);
  return distance > 0 ? `in ${words}` : `${words} ago`;
}

function sizeInWords(size: number): string {
  if (size < MINUTE) return `${Math.round(size / SECOND)} s`;
  if (size < HOUR) return `${Math.round(size / MINUTE)} min`;
  if (size < 36 * HOUR) return `${Math.round(size / HOUR)} h`;
  if (size < 60 * DAY) return `${Math.round(size / DAY)} days`;
  if (size < 700 * DAY) return `${Math.round(size / (30.4 * DAY))} months`;
  return `${Math.round(size / (365.25 * DAY))} years`;
}

/** `2026-11-24 02:15`, with seconds where wanted, in UTC. */
export function stamp(at: Date, seconds = false): string {
  return at
    .toISOString()
    .slice(0, seconds ? 19 : 16)
    .replace('T', ' ');
}

/** Control characters, line separators, and what turns or hides text. */
const UNSEEN = /[\p{Cc}\u2028\u2029]+/gu;
const TRICKS = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text from outside as one line of visible characters. */
export function asOneLine(text: string): string {
  return text.toWellFormed().replace(TRICKS, '').replace(UNSEEN, ' ').replace(/ {2,}/g, ' ').trim();
}

/** Text cut to a length that a table can hold. */
export function cut(text: string, length = 300): string {
  if (text.length <= length) return text;
  // Not through the middle of a character.
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** The longest beginning of whole characters that has no more bytes than that, in UTF-8. */
export function withinBytes(text: string, bytes: number): string {
  let end = 0;
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** A name as it is listed: `deletion_guard` is `deletion guard`. */
export function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}
