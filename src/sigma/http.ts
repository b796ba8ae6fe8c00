/** One attempt of one request, over a keep-alive pool. No retries, no redirects: what came back, or that nothing did. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';

/** What to send. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Hand over the body of a 200 as it comes instead of reading it to the end. */
  readonly streamed?: boolean | undefined;
}

/** An answer, whatever its status, with its body read to the end unless it was to be streamed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty where the body is streamed. */
  readonly text: string;
  readonly stream?: BodyStream;
}

/** Bytes as they come. To stop early, leave the loop: that closes the connection. */
export interface BodyStream extends AsyncIterable<Buffer> {
  /** For a body that nobody reads. */
  cancel(): void;
}

/** Why there is no answer. */
export type TransportFailure = 'refused' | 'dns' | 'tls' | 'timeout' | 'broken';

/** No answer, or one that was cut short. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: TransportFailure;

  constructor(failure: TransportFailure, message: string, cause: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

/** Sends requests to one host. */
export interface Http {
  /** @throws TransportError; the reason of `signal` where that aborts. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** An error page beyond this many characters tells nobody more. */
const MOST_ERROR_TEXT = 64 * 1024;

/**
 * @param timeoutMs how long the headers, and then each piece of the body, may keep us waiting.
 * @param connections kept open at most.
 */
export function openHttp(baseUrl: URL, options: { timeoutMs: number; connections: number }): Http {
  const settings = {
    connections: options.connections,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connect: { timeout: Math.min(options.timeoutMs, 15_000) },
    keepAliveTimeout: 30_000,
  };
  // Companies reach the cloud through a proxy (HTTPS_PROXY); nothing on this machine is behind one.
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(baseUrl.hostname);
  const dispatcher: Dispatcher = local ? new Agent(settings) : new EnvHttpProxyAgent(settings);

  return {
    async send({ method, url, headers, body, signal, streamed }) {
      try {
        const answer = await request(url, {
          method,
          headers,
          dispatcher,
          ...(body === undefined ? {} : { body }),
          ...(signal === undefined ? {} : { signal }),
        });
        if (streamed === true && answer.statusCode === 200) {
          const stream = bodyStream(answer.body, signal);
          return { status: 200, headers: answer.headers, text: '', stream };
        }
        const text = await answer.body.text();
        const whole = answer.statusCode < 300 ? text : text.slice(0, MOST_ERROR_TEXT);
        return { status: answer.statusCode, headers: answer.headers, text: whole };
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw toTransportError(error);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function bodyStream(body: Dispatcher.ResponseData['body'], signal: AbortSignal | undefined): BodyStream {
  // A body that is cut before anybody reads it must not end the process; whoever reads it learns of it all the same.
  body.on('error', () => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of body) yield chunk as Buffer;
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw toTransportError(error);
      }
    },
    cancel: () => void body.destroy(),
  };
}

function toTransportError(error: unknown): TransportError {
  const code = codeOf(error);
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  if (code === 'ECONNREFUSED') return new TransportError('refused', 'the connection was refused', error);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new TransportError('dns', 'the host name does not resolve', error);
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return new TransportError('timeout', 'no answer came in time', error);
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code)) {
    return new TransportError('tls', `the TLS connection failed (${code})`, error);
  }
  return new TransportError('broken', `the connection broke (${message})`, error);
}

function codeOf(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
    if (e instanceof AggregateError && e.errors[0] instanceof Error) return codeOf(e.errors[0]);
  }
  return '';
}
