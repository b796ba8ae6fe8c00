/** Judges what came back from one attempt: a good answer, or an error of the family with its advice. */
import {
  ApiError,
  AuthError,
  type ErrorContext,
  ForeignOriginError,
  LimitError,
  NetworkError,
  RateLimitError,
} from '../core/errors.ts';
import { parseExact, surveyJson } from '../core/exact-json.ts';
import { count, duration, stamp } from '../core/words.ts';
import { OversizeError } from './body.ts';
import { CodingError } from './coding.ts';
import { headerOf, parseProblem, requestIdOf } from './error-body.ts';
import type { BodyStream, HttpAnswer, TransportError } from './http.ts';
import { parseRetryAfter } from './retry.ts';
import { isRedirect, means } from './status.ts';

/** A good answer. */
export interface ApiAnswer {
  /** Parsed JSON; undefined for 204. */
  readonly body: unknown;
  readonly status: number;
  readonly requestId: string | undefined;
  /** The server's clock, in milliseconds since 1970. */
  readonly serverTime: number | undefined;
  /** The body, where it was to be streamed; `body` is undefined then. */
  readonly stream?: BodyStream;
  /** Lets the next large answer in, if this one was a large answer to be held. */
  readonly release?: (() => void) | undefined;
  /** `Content-Type` and `Content-Disposition` of a streamed body. */
  readonly contentType?: string | undefined;
  readonly disposition?: string | undefined;
}

/** An attempt without a good answer. */
export interface Failure {
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly error: Error;
  readonly retryAfterMs: number | undefined;
  readonly reason: string;
  /** Repeating can't cure it, though there is no status that says so. */
  readonly isLasting?: boolean;
  /** Nothing answers there: the connection was refused, or the host name does not resolve. */
  readonly isNowhere?: boolean;
}

/** The outcome of one attempt. */
export type Outcome =
  | { readonly status: number; readonly requestId: string | undefined; readonly answer: ApiAnswer }
  | Failure;

/** Values of an answer, with what holds them: each takes memory, however few bytes it has. */
const MOST_VALUES = 300_000;

/** The body as JSON; undefined where it is none. */
function parsed(text: string, isInexact: boolean): unknown {
  try {
    return parseExact(text, isInexact);
  } catch {
    return undefined;
  }
}

/** Judges an answer. */
export function judge(
  answer: HttpAnswer,
  url: URL,
  where: ErrorContext,
  { now, redact }: { now: number; redact: (text: string) => string },
): Outcome {
  const { status } = answer;
  if (status < 300) {
    const requestId = requestIdOf(undefined, answer.headers, redact);
    const at = Date.parse(headerOf(answer.headers, 'date') ?? '');
    const facts = { status, requestId, serverTime: Number.isNaN(at) ? undefined : at };
    if (answer.stream !== undefined) {
      const contentType = headerOf(answer.headers, 'content-type');
      const disposition = headerOf(answer.headers, 'content-disposition');
      const streamed = { body: undefined, stream: answer.stream, contentType, disposition };
      return { status, requestId, answer: { ...facts, ...streamed } };
    }
    if (status === 204) return { status, requestId, answer: { body: undefined, ...facts } };
    const { values, isInexact } = surveyJson(answer.text);
    if (values > MOST_VALUES) {
      const error = new OversizeError(`it holds more than ${count(MOST_VALUES)} values`);
      return unanswered(error, { ...where, status, requestId }, url);
    }
    const body = parsed(answer.text, isInexact);
    if (body !== undefined) return { status, requestId, answer: { body, ...facts, release: answer.release } };
    // A body cut short or replaced by a page of HTML under a 200 is a fault of the transport.
    const reason = 'the answer is not JSON';
    const context = { ...where, status, requestId };
    const error = new NetworkError(`Sigma's answer was cut short or is not JSON.`, { context });
    return { status: undefined, requestId, error, retryAfterMs: undefined, reason };
  }
  if (isRedirect(status)) {
    const target = headerOf(answer.headers, 'location');
    const to = target === undefined ? null : URL.parse(target, url.href);
    const error = foreignOrigin(to ?? url, { ...where, status });
    return { status, requestId: undefined, error, retryAfterMs: undefined, reason: 'redirect' };
  }
  const problem = parseProblem(answer.text, answer.headers, redact);
  const context = { ...where, status, apiCode: problem.code, requestId: problem.requestId };
  const retryAfterMs = parseRetryAfter(headerOf(answer.headers, 'retry-after'), now);
  const said = problem.message;
  const error = toApiError(status, said === '' ? '.' : `: ${said.replace(/\.$/, '')}.`, context);
  return { status, requestId: problem.requestId, error, retryAfterMs, reason: `status ${status}` };
}

function toApiError(status: number, said: string, context: ErrorContext): Error {
  if (means(status, 'unauthorized')) {
    return new AuthError(`Sigma did not accept the token${said}`, {
      context,
      advice:
        'The credentials may have expired or been revoked, or the IP allowlist blocks this machine ' +
        '(Administration > Developer Access).',
    });
  }
  if (means(status, 'throttled')) {
    return new RateLimitError(`Sigma still asks for fewer requests after every retry${said}`, {
      context,
      advice: 'Lower sigma.concurrency or set sigma.requests_per_minute.',
    });
  }
  return new ApiError(`Sigma answered ${status}${said}`, { context });
}

/**
 * The error of everything that is asked before Sigma wants to be asked again.
 *
 * @param fruitlessMs how long there was nothing but 429, where that and not the wait is why.
 */
export function comeBack(
  refusal: Error,
  until: Date,
  delayMs: number,
  fruitlessMs: number | undefined,
): RateLimitError {
  const context = refusal instanceof ApiError ? refusal.context : undefined;
  const when = `${stamp(until)} UTC, in ${duration(delayMs)}`;
  const message =
    fruitlessMs === undefined
      ? `Sigma asks for no more requests until ${when}.`
      : `Sigma has answered only 429 for ${duration(fruitlessMs)}; it is asked again at ${when}.`;
  return new RateLimitError(message, {
    ...{ until, context, cause: refusal },
    advice:
      'Loaded data is kept, and the next run resumes there. Run again then; a service does so by itself. ' +
      'Lower sigma.concurrency or set sigma.requests_per_minute if that happens often.',
  });
}

const ALTERED =
  'Something on the way alters the answers of Sigma: check the proxy of this machine (HTTPS_PROXY), its network, and the server that ' +
  'answers under the base URL. Nothing of this answer was loaded.';

/** No answer came, or none that can be used. */
export function unanswered(error: TransportError | OversizeError, where: ErrorContext, base: URL): Outcome {
  const failed = { status: undefined, requestId: undefined, retryAfterMs: undefined, reason: error.message };
  if (error instanceof OversizeError) {
    const failure = new LimitError(`Sigma's answer was not read to its end: ${error.message}.`, {
      cause: error,
      context: where,
      advice:
        "Raise sigma.max_answer_megabytes if Sigma's answers are that large; each may need ten times that memory.",
    });
    return { ...failed, error: failure, isLasting: true };
  }
  const advice = {
    refused: 'Check the base URL or region, and that a firewall lets the connection out.',
    dns: 'Check SIGMA_REGION or SIGMA_BASE_URL, and the name server of this machine.',
    tls:
      'Check the base URL. If a proxy of your company stands between, give its certificate authority in NODE_EXTRA_CA_CERTS. ' +
      'If the server lacks its intermediate certificate, it must be mended there.',
    timeout: 'Run again later, or raise sigma.timeout_seconds.',
    broken: 'Run again later.',
  }[error.failure];
  const proxied = error.message.includes('through the proxy')
    ? ' Check the proxy of this machine (HTTPS_PROXY, no_proxy), too.'
    : '';
  const isAltered = error.cause instanceof CodingError;
  const failure = new NetworkError(`No usable answer from ${base.host}: ${error.message}.`, {
    cause: error,
    context: where,
    advice: isAltered ? ALTERED : `${advice}${proxied}`,
  });
  const isNowhere = error.failure === 'refused' || error.failure === 'dns';
  // A certificate that is not trusted now will not be trusted in a minute.
  return { ...failed, error: failure, isLasting: error.failure === 'tls', isNowhere };
}

export function foreignOrigin(url: URL, context: ErrorContext): Error {
  return new ForeignOriginError(`Sigma pointed to ${url.origin}${url.pathname}; it was not followed.`, {
    context,
    advice: 'Check SIGMA_REGION or SIGMA_BASE_URL: the token is sent to the configured host only.',
  });
}
