/** One attempt of one request, over a keep-alive pool. No retries, no redirects: what came back, or that nothing did. */
import PQueue from 'p-queue';
import { request } from 'undici';
import { openDispatcher } from '../core/dispatcher.ts';
import { codeOf, type NetworkFailure, networkFailure } from '../core/network.ts';
import type { WebProxy } from '../core/proxy.ts';
import { type Coded, OversizeError, readBeginning, readStream, readWhole, tookTooLong } from './body.ts';
import { ACCEPTED, CodingError, codingsOf, PLAIN } from './coding.ts';

/** A request to send. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Hand over the body of a 200 as it comes instead of reading it to the end. */
  readonly streamed?: boolean | undefined;
  /** If true, the caller calls `release` of the answer once it is done with it. */
  readonly holds?: boolean | undefined;
}

/** An answer, whatever its status, with its body read to the end unless it was to be streamed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty where the body is streamed. */
  readonly text: string;
  readonly stream?: BodyStream;
  /** Lets the next large answer in, if this one was a large body to be held. */
  readonly release?: (() => void) | undefined;
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
  /** @throws TransportError, OversizeError; the reason of `signal` where that aborts. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** Settings of requests to a host. */
export interface HttpOptions {
  /**
   * Time limit of one attempt, from its beginning to the end of its answer, in milliseconds; for a streamed body see
   * `readStream`.
   */
  readonly timeoutMs: number;
  /** Connections that are kept open at most. */
  readonly connections: number;
  /** Most bytes of an answer that is not streamed, as it comes and decompressed; default 8 MB. */
  readonly maxAnswerBytes?: number | undefined;
}

const MAX_ANSWER_BYTES = 8_000_000;

/** An error page beyond so many bytes tells nobody more. */
const MOST_ERROR_BYTES = 64 * 1024;

/** After so many answers in a row that can't be decompressed, none is asked for compressed any more. */
const MOST_UNDECODABLE = 2;

/** Opens the connections to a host; nothing is sent yet. */
export function openHttp(baseUrl: URL, options: HttpOptions): Http {
  const { timeoutMs, connections, maxAnswerBytes = MAX_ANSWER_BYTES } = options;
  const { dispatcher, proxy } = openDispatcher(baseUrl, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeoutMs: Math.min(timeoutMs, 15_000),
    keepAliveTimeout: 30_000,
  });
  const large = new PQueue({ concurrency: 1 });
  let undecodable = 0;
  const decoded = ({ codings }: Coded): void => {
    if (codings.length > 0 && undecodable < MOST_UNDECODABLE) undecodable = 0;
  };
  const failed = (error: unknown): Error => {
    if (error instanceof CodingError) undecodable++;
    return error instanceof OversizeError ? error : toTransportError(error, proxy);
  };

  return {
    async send({ method, url, headers, body, signal, streamed, holds }) {
      const attempt = new AbortController();
      const onAbort = (): void => attempt.abort(signal?.reason);
      const clock = countdown(timeoutMs, () => attempt.abort(tookTooLong()));
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      let isStreamed = false;
      const release = (): void => signal?.removeEventListener('abort', onAbort);
      try {
        const answer = await request(url, {
          ...{ method, dispatcher, signal: attempt.signal },
          headers: { 'accept-encoding': undecodable < MOST_UNDECODABLE ? ACCEPTED : PLAIN, ...headers },
          ...(body === undefined ? {} : { body }),
        });
        const { statusCode: status } = answer;
        const coded = { body: answer.body, codings: codingsOf(answer.headers) };
        if (streamed === true && status === 200) {
          isStreamed = true;
          answer.body.once('close', release);
          const stream = bodyStream(coded, { signal, timeoutMs, decoded, failed });
          return { status, headers: answer.headers, text: '', stream };
        }
        if (status >= 300) {
          const text = await readBeginning(coded, MOST_ERROR_BYTES);
          return { status, headers: answer.headers, text };
        }
        const place = async (): Promise<() => void> => {
          // Waiting for others is no part of the attempt.
          clock.stop();
          const leave = await placeIn(large, attempt.signal);
          clock.go();
          return leave;
        };
        const { text, leave } = await readWhole(coded, maxAnswerBytes, place);
        decoded(coded);
        if (holds !== true) leave?.();
        return { status, headers: answer.headers, text, release: holds === true ? leave : undefined };
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw failed(error);
      } finally {
        clock.stop();
        if (!isStreamed) release();
      }
    },
    close: () => dispatcher.destroy(),
  };
}

/** Calls `onEnd` after `ms`, not counting the time between `stop` and `go`. */
function countdown(ms: number, onEnd: () => void): { stop(): void; go(): void } {
  let left = ms;
  let since = performance.now();
  let timer = setTimeout(onEnd, left);
  return {
    stop() {
      clearTimeout(timer);
      left -= performance.now() - since;
    },
    go() {
      since = performance.now();
      timer = setTimeout(onEnd, Math.max(0, left));
    },
  };
}

/** Waits for a place in the queue, and keeps it until the function that it gives is called. */
async function placeIn(queue: PQueue, signal: AbortSignal): Promise<() => void> {
  const [taken, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const stay = async (): Promise<void> => {
    taken.resolve();
    await left.promise;
  };
  queue.add(stay, { signal }).catch(taken.reject);
  await taken.promise;
  return left.resolve;
}

function bodyStream(
  coded: Coded,
  options: {
    readonly signal: AbortSignal | undefined;
    readonly timeoutMs: number;
    readonly decoded: (coded: Coded) => void;
    readonly failed: (error: unknown) => Error;
  },
): BodyStream {
  const { body } = coded;
  // A body that is cut before anybody reads it must not end the process; its reader learns of it all the same.
  body.on('error', () => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* readStream(coded, options.timeoutMs);
        options.decoded(coded);
      } catch (error) {
        if (options.signal?.aborted === true) throw options.signal.reason;
        throw options.failed(error);
      }
    },
    cancel: () => void body.destroy(),
  };
}

function toTransportError(error: unknown, proxy: WebProxy | undefined): TransportError {
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
  const isLocked = proxy !== undefined && /\b407\b/.test(message);
  const said = error instanceof CodingError ? message : told[failure];
  const what = isLocked ? 'the proxy asks for a user and a password, or rejects those it has' : said;
  const through = proxy === undefined ? '' : ` (through the proxy ${proxy.label})`;
  return new TransportError(failure, `${what}${through}`, error);
}
