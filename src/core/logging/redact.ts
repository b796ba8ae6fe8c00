/** Keeps secrets out of everything that is shown or stored: the log, error output, messages in the database. */

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** Shorter "secrets" would blank out half of every line and are no secrets anyway. */
const SHORTEST_SECRET = 4;

const SECRET_FIELD = 'access_?token|refresh_?token|client_?secret|password|x-sigma-oauth-overrides';
const SECRET_KEY = new RegExp(`^(${SECRET_FIELD}|authorization)$`, 'i');

/** True where a field of this name is secret whatever it holds. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** What is secret by its surroundings, known to us or not. */
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
  // An unencoded @ or / may be part of the password, so up to the last @ of the word. Bounded, or a long word
  // without any @ would cost the square of its length.
  [/(postgres(?:ql)?:\/\/[^\s:@/]{0,200}:)[^\s"'<>]{0,1000}@/gi, `$1${REDACTED}@`],
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:@/]{0,200}:)[^\s:@/]{1,1000}@/gi, `$1${REDACTED}@`],
];

/**
 * `text` without any of the known secrets (as they are, URL-encoded, in base64, escaped for JSON) and without what
 * looks like one: bearer tokens, basic credentials, password fields, passwords in URLs.
 *
 * @example redact('Authorization: Bearer abc', []) // 'Authorization: Bearer [redacted]'
 */
export function redact(text: string, secrets: readonly string[]): string {
  const known = knownPattern(secrets);
  let result = known === undefined ? text : text.replace(known, REDACTED);
  for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
  return result;
}

/** The last pattern built: the secrets of a process hardly ever change. */
let last: { readonly key: string; readonly pattern: RegExp | undefined } = { key: '', pattern: undefined };

function knownPattern(secrets: readonly string[]): RegExp | undefined {
  const key = secrets.join('\0');
  if (key === last.key) return last.pattern;
  const forms = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST_SECRET).flatMap(formsOf))];
  // Longest first: a secret may be part of another, such as a password of its URL.
  const alternatives = forms.sort((a, b) => b.length - a.length).map(escapeForRegExp);
  last = { key, pattern: alternatives.length === 0 ? undefined : new RegExp(alternatives.join('|'), 'g') };
  return last.pattern;
}

/** The ways a secret may be spelled in a request, a response or a log. */
function formsOf(secret: string): string[] {
  const component = encodeURIComponent(secret.toWellFormed());
  const form = new URLSearchParams({ x: secret }).toString().slice(2);
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    ...[component, form].flatMap((encoded) => [encoded, lowerCaseHex(encoded)]),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    JSON.stringify(secret).slice(1, -1),
  ];
}

const lowerCaseHex = (encoded: string): string => encoded.replace(/%../g, (hex) => hex.toLowerCase());
const escapeForRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
