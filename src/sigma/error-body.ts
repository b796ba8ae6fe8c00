/** Reads error answers defensively: Sigma's own are JSON, those of the edge network HTML or text. */

/** What an error answer says. */
export interface ApiProblem {
  readonly message: string;
  /** `code` of the body, such as `unauthorized`. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
}

const MOST_MESSAGE = 300;

/** Request id of an answer: from the body `{requestId, message, code}`, else from a header. */
export function requestIdOf(
  body: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  return textField(body, 'requestId') ?? headerOf(headers, 'x-request-id') ?? headerOf(headers, 'cf-ray');
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
 * What went wrong, from an error answer of any kind.
 *
 * @param redact takes secrets out; asked before anything is cut, since half a token is none that is known.
 */
export function parseProblem(
  text: string,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  redact: (text: string) => string = (said) => said,
): ApiProblem {
  const body = parseJson(text);
  const message =
    textField(body, 'message') ?? textField(body, 'error_description') ?? textField(body, 'error');
  return {
    message: shorten(redact(message ?? plainText(text))),
    code: textField(body, 'code'),
    requestId: requestIdOf(body, headers),
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

/** Of an HTML page its title; of anything else the text itself. */
function plainText(text: string): string {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1];
  return (title ?? text.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
}

function shorten(message: string): string {
  return message.length > MOST_MESSAGE ? `${message.slice(0, MOST_MESSAGE)}…` : message;
}
