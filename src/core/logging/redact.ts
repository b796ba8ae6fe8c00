/** Keeps secrets out of everything that is shown or stored: the log, error output, messages in the database. */

import { asOneLine } from '../words.ts';

/** Stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Shorter "secrets" would blank out half of every line and are no secrets anyway. */
const SHORTEST_SECRET = 4;

const SECRET_FIELD = 'access_?token|refresh_?token|client_?secret|password|x-sigma-oauth-overrides';
const SECRET_KEY = new RegExp(`^(${SECRET_FIELD}|authorization)$`, 'i');

/** True where a field of this name is secret whatever it holds. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Secrets that their surroundings show, known to us or not. */
const PATTERNS: readonly [pattern: RegExp, replacement: string][] = [
  // The header's value is a JSON text or several header-like parts: everything up to the end of the line.
  [/(x-sigma-oauth-overrides["'\\]*\s*[:=]\s*).*/gi, `$1${REDACTED}`],
  [/\b(Bearer|Basic)\s+[^\s"',;\\]+/gi, `$1 ${REDACTED}`],
  // `"password":"…"`, `\"password\":\"…\"` inside another JSON text, `password=…`, `password: …`. A quoted value
  // ends at the same quote unescaped, or with the text: bodies in messages are cut.
  [
    new RegExp(
      `((?:${SECRET_FIELD})\\\\*["']?\\s*[:=]\\s*)(?:(\\\\*["'])[\\s\\S]*?(?:(?<!\\\\)\\2|$)|[^\\s&,;}"']+)`,
      'gi',
    ),
    `$1${REDACTED}`,
  ],
];

/**
 * `text` without any of the known secrets (as they are, URL-encoded, in base64, escaped for JSON or HTML, put on one line, or
 * one line of several) and without what looks like one: bearer tokens, basic credentials, password fields, passwords in
 * URLs. Never throws, and takes time that grows with the length of the text.
 *
 * @example redact('Authorization: Bearer abc', []) // 'Authorization: Bearer [redacted]'
 */
export function redact(text: string, secrets: readonly string[]): string {
  try {
    let result = withoutKnown(text, secrets);
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return result.includes('://') ? result.replace(WORD, withoutPasswords) : result;
  } catch {
    // If anything fails here, show nothing rather than a secret.
    return REDACTED;
  }
}

const WORD = /[^\s"'<>]+/g;

/** A word of addresses without their passwords. */
function withoutPasswords(word: string): string {
  const lastAt = word.lastIndexOf('@');
  let result = '';
  let done = 0;
  for (let at = word.indexOf('://'); at >= 0 && at < lastAt; at = word.indexOf('://', at + 3)) {
    if (at < done) continue;
    const password = passwordIn(word, at, lastAt);
    if (password === undefined) continue;
    result += `${word.slice(done, password.start)}${REDACTED}`;
    done = password.end;
  }
  return result + word.slice(done);
}

/** The place of the password in the address whose `://` is at `at`. */
function passwordIn(
  word: string,
  at: number,
  lastAt: number,
): { readonly start: number; readonly end: number } | undefined {
  const colon = nextOf(/[:@/]/g, word, at + 3);
  if (word[colon] !== ':') return undefined;
  const start = colon + 1;
  // In a database address an unencoded @ or / may be part of the password, so take everything up to the last @ of the
  // word.
  if (/postgres(?:ql)?$/i.test(word.slice(Math.max(0, at - 10), at)))
    return lastAt > start ? { start, end: lastAt } : undefined;
  const authority = nextOf(/[/?#]/g, word, start);
  const end = word.lastIndexOf('@', authority);
  if (end > start) return { start, end };
  // No @ before the first slash: a port, or a password with an unencoded slash in it.
  return /^\d*$/.test(word.slice(start, authority)) || lastAt <= start ? undefined : { start, end: lastAt };
}

/** The next match of the pattern, which is global; the end of the text if there is none. */
function nextOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** A form of a secret: where its beginning stands, so much of it as follows there is taken out. */
interface Form {
  readonly text: string;
  readonly beginning: string;
}

/** The last forms made: the secrets of a process hardly ever change. */
let last: { readonly key: string; readonly forms: readonly Form[] } = { key: '', forms: [] };

function withoutKnown(text: string, secrets: readonly string[]): string {
  const key = secrets.join('\0');
  if (key !== last.key) last = { key, forms: formsOfAll(secrets) };
  const found = last.forms.flatMap((form) => placesOf(form, text)).sort((a, b) => a.start - b.start);
  let result = '';
  let done = 0;
  for (const { start, end } of found) {
    // A secret that begins within another is taken out with it.
    if (start >= done) result += `${text.slice(done, start)}${REDACTED}`;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function placesOf({ text: form, beginning }: Form, text: string): Place[] {
  const places: Place[] = [];
  for (let start = text.indexOf(beginning); start >= 0; ) {
    let end = start + beginning.length;
    while (end - start < form.length && text.charCodeAt(end) === form.charCodeAt(end - start)) end++;
    places.push({ start, end });
    start = text.indexOf(beginning, end);
  }
  return places;
}

/** The beginning of a long secret is a secret as well, because texts are cut. */
const LONG_SECRET = 256;
const BEGINNING = 128;

function formsOfAll(secrets: readonly string[]): readonly Form[] {
  const texts = new Set(secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf));
  return [...texts].map((text) => ({
    text,
    beginning: text.length > LONG_SECRET ? text.slice(0, BEGINNING) : text,
  }));
}

/** Shorter lines of a secret of several lines are no secrets. */
const SHORTEST_LINE = 8;

/** The ways a secret may be spelled in a request, a response or a log. */
function formsOf(secret: string): string[] {
  const lines = /[\r\n]/.test(secret) ? secret.split(/[\r\n]+/).map((line) => line.trim()) : [];
  const whole = [secret, secret.trim(), asOneLine(secret)].filter((text) => text.length >= SHORTEST_SECRET);
  const parts = lines.filter((line) => line.length >= SHORTEST_LINE);
  return [...new Set([...whole, ...parts])].flatMap(spellings);
}

function spellings(secret: string): string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ x: secret }).toString().slice(2);
  const base64 = Buffer.from(secret).toString('base64');
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    ...[component, form].flatMap((encoded) => [encoded, lowerCaseHex(encoded)]),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    json,
    JSON.stringify(json).slice(1, -1),
    secret.replace(/[&<>"']/g, (character) => HTML[character] ?? character),
  ];
}

const HTML: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

const lowerCaseHex = (encoded: string): string => encoded.replace(/%../g, (hex) => hex.toLowerCase());
