/** One attempt of one request, over a keep-alive pool. No retries, no redirects: what came back, or that nothing did. */
import PQueue from 'p-queue';
import { type Dispatcher, request } from 'undici';
import { openDispatcher } from '../core/dispatcher.ts';
import { codeOf, type NetworkFailure, networkFailure } from '../core/network.ts';
import type { WebProxy } from '../core/proxy.ts';
import { bytes } from '../core/words.ts';

/** What to send. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Hand over the body of a 200 as it comes instead of reading it to the end. */
  readonly streamed?: boolean | undefined;
  /** Whoever asks calls `release` of the answer once it is done with it. */
  readonly holds?: boolean | undefined;
}

/** An answer, whatever its status, with its body read to the end unless it was to be streamed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Empty where the body is streamed. */
  readonly text: string;
  readonly stream?: BodyStream;
  /** Of a large body that was to be held: lets the next large one in. */
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

/** The body of an answer is larger than it may be. Nobody read it further. */
export class OversizeError extends Error {
  override readonly name = 'OversizeError';
}

/** Sends requests to one host. */
export interface Http {
  /** @throws TransportError, OversizeError; the reason of `signal` where that aborts. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** How the requests to a host are sent. */
export interface HttpOptions {
  /** How long one attempt may take from its beginning to the end of its answer; of a streamed body see `readStream`. */
  readonly timeoutMs: number;
  /** Connections that are kept open at most. */
  readonly connections: number;
  /** Most bytes of an answer that is not streamed; default 8 MB. */
  readonly maxAnswerBytes?: number | undefined;
}

const MAX_ANSWER_BYTES = 8_000_000;

/** An error page beyond so many bytes tells nobody more. */
const MOST_ERROR_BYTES = 64 * 1024;

/**
 * A body beyond this waits until no other one is in memory: what is made of it takes a multiple of its bytes, and many of
 * them together would fill the memory.
 */
const LARGE_BYTES = 2 * 1024 * 1024;

/** A download that brings less than this in each second of waiting is given up: it would go on for days. */
const SLOWEST_BYTES_PER_SECOND = 1024;

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
          ...{ method, headers, dispatcher, signal: attempt.signal },
          ...(body === undefined ? {} : { body }),
        });
        const { statusCode: status } = answer;
        if (streamed === true && status === 200) {
          isStreamed = true;
          answer.body.once('close', release);
          const stream = bodyStream(answer.body, { signal, timeoutMs, proxy });
          return { status, headers: answer.headers, text: '', stream };
        }
        if (status >= 300)
          return {
            status,
            headers: answer.headers,
            text: await readBeginning(answer.body, MOST_ERROR_BYTES),
          };
        const place = async (): Promise<() => void> => {
          // Waiting for others is no part of the attempt.
          clock.stop();
          const leave = await placeIn(large, attempt.signal);
          clock.go();
          return leave;
        };
        const { text, leave } = await readWhole(answer.body, maxAnswerBytes, place);
        if (holds !== true) leave?.();
        return { status, headers: answer.headers, text, release: holds === true ? leave : undefined };
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        throw error instanceof OversizeError ? error : toTransportError(error, proxy);
      } finally {
        clock.stop();
        if (!isStreamed) release();
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function tookTooLong(): DOMException {
  return new DOMException('no answer came in time', 'TimeoutError');
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

/** A body to its end, and how to leave the place that a large one took. @throws OversizeError */
async function readWhole(
  body: Dispatcher.ResponseData['body'],
  most: number,
  place: () => Promise<() => void>,
): Promise<{ readonly text: string; readonly leave: (() => void) | undefined }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const read = async (until: number): Promise<boolean> => {
    // The loop is left early, and the body goes on afterwards.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > until) return false;
    }
    return true;
  };
  let leave: (() => void) | undefined;
  try {
    let isWhole = await read(Math.min(LARGE_BYTES, most));
    if (!isWhole && size <= most) {
      leave = await place();
      isWhole = await read(most);
    }
    if (!isWhole) throw new OversizeError(`it is larger than ${bytes(most)}`);
    return { text: UTF8.decode(Buffer.concat(chunks)), leave };
  } catch (error) {
    leave?.();
    throw error;
  } finally {
    // What is left of it is nobody's trouble.
    body.on('error', () => undefined).destroy();
  }
}

/** Takes a byte-order mark away, and what is no UTF-8. */
const UTF8 = new TextDecoder();

/** The first bytes of a body; nobody waits for the rest. */
async function readBeginning(body: Dispatcher.ResponseData['body'], most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= most) break;
  }
  return UTF8.decode(Buffer.concat(chunks).subarray(0, most));
}

function bodyStream(
  body: Dispatcher.ResponseData['body'],
  options: { signal: AbortSignal | undefined; timeoutMs: number; proxy: WebProxy | undefined },
): BodyStream {
  // A body that is cut before anybody reads it must not end the process; whoever reads it learns of it all the same.
  body.on('error', () => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      try {
        yield* readStream(body, options.timeoutMs);
      } catch (error) {
        if (options.signal?.aborted === true) throw options.signal.reason;
        throw toTransportError(error, options.proxy);
      }
    },
    cancel: () => void body.destroy(),
  };
}

/**
 * The pieces of a body. None may be waited for longer than `timeoutMs`, which the dispatcher sees to, and so much
 * waiting must bring a kilobyte a second. The time that the reader takes for itself does not count.
 */
async function* readStream(body: Dispatcher.ResponseData['body'], timeoutMs: number): AsyncGenerator<Buffer> {
  let waitedMs = 0;
  let size = 0;
  let askedAt = performance.now();
  for await (const chunk of body) {
    waitedMs += performance.now() - askedAt;
    size += (chunk as Buffer).length;
    if (waitedMs > timeoutMs) {
      if (size < (waitedMs / 1000) * SLOWEST_BYTES_PER_SECOND) throw tookTooLong();
      [waitedMs, size] = [0, 0];
    }
    yield chunk as Buffer;
    askedAt = performance.now();
  }
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
  const what = isLocked ? 'the proxy wants a user and a password, or others' : told[failure];
  const through = proxy === undefined ? '' : ` (through the proxy ${proxy.label})`;
  return new TransportError(failure, `${what}${through}`, error);
}
