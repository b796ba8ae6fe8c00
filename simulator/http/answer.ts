/** The simulator's answer, before it is written to the connection. */
import type { z } from 'zod';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A file whose bytes are made while they are sent. */
export interface FileAnswer extends Omit<Answer, 'body'> {
  readonly chunks: Iterable<Buffer>;
}

/** Thrown by whatever refuses a request; becomes an error body of the API. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, message: string, code = CODES[status] ?? 'error') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Only `unauthorized` is known from the field; the others follow its style. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_argument',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  429: 'too_many_requests',
  500: 'internal',
  502: 'bad_gateway',
  503: 'unavailable',
  504: 'deadline_exceeded',
};

export function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

export function htmlAnswer(status: number, title: string): Answer {
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body };
}

/** The error body of the specification: `{requestId, message, code}`. */
export function errorAnswer(refusal: Refusal, requestId: string): Answer {
  return jsonAnswer(refusal.status, { requestId, message: refusal.message, code: refusal.code });
}

/** The faults of a request, in one line. */
export function issuesOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
