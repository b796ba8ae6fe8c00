/** One event as one line, for people or for machines. Pure, but for the places in stacks. */

import { describeError } from '../errors.ts';
import { stackOf } from '../stack.ts';
import type { LogLevel } from './log-words.ts';
import { isSecretKey, REDACTED, redact } from './redact.ts';

/** Fields of a log line; those that are undefined are left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** Input of a log line. */
export interface Entry {
  readonly time: Date;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Fields;
}

/** Deepest nesting of fields; deeper ones are cut, so that a cycle can't hang the log. */
const DEEPEST = 5;

/** Characters of a run's id that tell it from the others of a screen. */
const SHORT_ID = 8;

/** Layout of times: `11:05:11` for those who watch, `2026-11-24T11:05:11+01:00` for those who look later. */
export type TimeLayout = 'short' | 'full';

/**
 * `HH:MM:SS level event.name key=value …`, in local time, or with date and zone; values with spaces are quoted as in JSON. The id of a run is
 * cut to `run=` and its first characters.
 */
export function textLine({ time, level, event, fields }: Entry, layout: TimeLayout = 'short'): string {
  const pairs = Object.entries(fields).map(([key, value]) =>
    key === 'runId' && typeof value === 'string'
      ? `run=${textValue(value.slice(0, SHORT_ID))}`
      : `${textValue(key)}=${textValue(value)}`,
  );
  return [
    layout === 'short' ? time.toTimeString().slice(0, 8) : withZone(time),
    level.padEnd(5),
    event,
    ...pairs,
  ].join(' ');
}

/** Local time with its distance to UTC. */
function withZone(time: Date): string {
  const minutes = -time.getTimezoneOffset();
  const local = new Date(time.getTime() + minutes * 60_000).toISOString().slice(0, 19);
  if (minutes === 0) return `${local}Z`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${local}${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}

/** `{"time":…,"level":…,"event":…,…fields}`; a field can't take the place of one of the first three. */
export function jsonLine({ time, level, event, fields }: Entry): string {
  const head = { time: time.toISOString(), level, event };
  return JSON.stringify({ ...head, ...fields, ...head });
}

/**
 * Fields ready to be written: secrets replaced, errors as their message (with the stack beside it where `stacks`),
 * dates as ISO text, nothing that JSON can't hold. Never throws.
 */
export function cleanFields(fields: Fields, secrets: readonly string[], stacks: boolean): Fields {
  try {
    return cleaned(fields, secrets, stacks);
  } catch {
    // A getter that throws, a message that is none: the line says so, and the process goes on.
    return { note: "the fields of this line can't be shown" };
  }
}

function cleaned(fields: Fields, secrets: readonly string[], stacks: boolean): Fields {
  const clean = (key: string, value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return isSecretKey(key) ? REDACTED : redact(value, secrets);
    if (isSecretKey(key) && value !== undefined && value !== null) return REDACTED;
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Error) return redact(describeError(value) || String(value.name), secrets);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= DEEPEST) return '…';
    if (Array.isArray(value)) return value.map((item) => clean(key, item, depth + 1));
    const entries = Object.entries(value).map(([inner, item]) => [
      redact(inner, secrets),
      clean(inner, item, depth + 1),
    ]);
    return Object.fromEntries(entries);
  };
  const entries = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => {
      const name = redact(key, secrets);
      const entry: [string, unknown] = [name, clean(key, value, 0)];
      if (!stacks || !(value instanceof Error)) return [entry];
      return [entry, [`${name}Stack`, redact(stackOf(value), secrets)]];
    });
  return Object.fromEntries(entries);
}

function textValue(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return textValue(value.join(','));
  if (typeof value === 'object' && value !== null) return escapeControls(JSON.stringify(value));
  const text = String(value);
  // Anything that could end the line, colour the terminal or be taken for the next pair is quoted and escaped.
  return /^[^\s"=\p{C}]+$/u.test(text) ? text : escapeControls(JSON.stringify(text));
}

/** JSON leaves DEL, C1 controls, line separators and direction marks as they are; a terminal obeys them. */
function escapeControls(json: string): string {
  return json.replace(/[\p{C}\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
