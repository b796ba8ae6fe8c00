/** Reads error answers defensively: Sigma's own are JSON, those of the edge network HTML or text. */

import { asOneLine, cut } from '../core/words.ts';

/** The content of an error answer. */
export interface ApiProblem {
  readonly message: string;
  /** `code` of the body, such as `unauthorized`. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
}

const MOST_MESSAGE = 300;

type Redact = (text: string) => string;

/** Request id of an answer: from the body `{requestId, message, code}`, else from a header. */
export function requestIdOf(
  body: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  redact: Redact,
): string | undefined {
  const id = textField(body, 'requestId') ?? headerOf(headers, 'x-request-id') ?? headerOf(headers, 'cf-ray');
  return bounded(id, redact);
}

/** A header's (first) value. */
export function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  name: string,
): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Extracts the problem from an error answer of any kind.
 *
 * @param redact takes secrets out. It runs before anything is cut, because nobody recognizes half a token.
 */
export function parseProblem(
  text: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  redact: Redact = (said) => said,
): ApiProblem {
  const body = parseJson(text);
  const message =
    textField(body, 'message') ?? textField(body, 'error_description') ?? textField(body, 'error');
  const said = redact(message ?? text);
  return {
    message: shorten(asOneLine(message === undefined ? plainText(said) : said)),
    code: bounded(textField(body, 'code'), redact),
    requestId: requestIdOf(body, headers, redact),
  };
}

/** The parsed text, or undefined where it is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function textField(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value = (body as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The title of an HTML page, or any other text as it is. */
function plainText(text: string): string {
  if (!text.includes('<')) return text;
  const title = /<title[^<>]*>([^<]*)/i.exec(text)?.[1];
  return title ?? text.replace(/<[^<>]*>/g, ' ');
}

const MOST_CODE = 100;

/** A code or an id, as it may stand in a line. */
function bounded(text: string | undefined, redact: Redact): string | undefined {
  return text === undefined ? undefined : cut(asOneLine(redact(text)), MOST_CODE);
}

function shorten(message: string): string {
  return cut(message, MOST_MESSAGE);
}
