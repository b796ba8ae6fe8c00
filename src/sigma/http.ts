/** One attempt of one request, over a keep-alive pool. No retries, no redirects: what came back, or that nothing did. */
import { type Dispatcher, request } from 'undici';
import { openDispatcher } from '../core/dispatcher.ts';
import { codeOf, type NetworkFailure, networkFailure } from '../core/network.ts';

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

/** No answer, or one that was cut short. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: NetworkFailure;

  constructor(failure: NetworkFailure, message: string, cause: unknown) {
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
  const dispatcher = openDispatcher(baseUrl, settings);

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
  const failure = networkFailure(error);
  const told: Readonly<Record<NetworkFailure, string>> = {
    refused: 'the connection was refused',
    dns: 'the host name does not resolve',
    tls: `the TLS connection failed (${code})`,
    timeout: 'no answer came in time',
    broken: `the connection broke (${message})`,
  };
  return new TransportError(failure, told[failure], error);
}
