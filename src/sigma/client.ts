/**
 * The Sigma API client: lanes, a token and the loop of `send.ts`. The token goes to the configured origin and
 * nowhere else; a redirect is never followed.
 */
import { InterruptedError } from '../core/errors.ts';
import { addressOf, type Form, sendAuthorized } from './authorize.ts';
import { openHttp } from './http.ts';
import { openLane } from './lane.ts';
import type { ApiAnswer } from './outcome.ts';
import { type Route, type Send, type SendContext, type SendOptions, sender } from './send.ts';
import { type Credentials, openTokenSource, TOKEN_PATH, type TokenOptions } from './token.ts';

/** Dependencies of a client. */
export interface ClientOptions extends Omit<SendOptions, 'base'> {
  /** Origin of the API, without `/v2`. */
  readonly baseUrl: string;
  readonly credentials: () => Credentials;
  /** The credentials may change while the client is in use: refused ones are worth some patience. */
  readonly rotates?: boolean | undefined;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Export requests a minute; default 100. */
  readonly exportsPerMinute?: number | undefined;
  /** Downloads under way at once; default 20. */
  readonly downloads?: number | undefined;
  /** Cap of ours; undefined = none. */
  readonly requestsPerMinute?: number | undefined;
  /** Time limit for one attempt of a request, in milliseconds. */
  readonly timeoutMs: number;
  /** Most bytes of an answer, downloads aside; default 8 MB. */
  readonly maxAnswerBytes?: number | undefined;
  /** Waits until this process may ask for a token: the limit is shared with others that use the same credentials. */
  readonly tokenGate?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly onToken?: ((token: string) => void) | undefined;
}

/** Options of one request. */
export interface RequestOptions extends Pick<SendContext, 'stream' | 'partition' | 'signal' | 'patience'> {
  readonly query?: Readonly<Record<string, string>>;
  /** A large answer stays the only one in memory until its `release` is called. */
  readonly holds?: boolean | undefined;
}

/** Options of a request that reads data. */
export interface ExportRequestOptions extends RequestOptions {
  /** Sent with this request only, such as the tokens of another user. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reads from the API. */
export interface SigmaClient {
  /**
   * @param path from `/v2` on, already encoded.
   * @throws AuthError, RateLimitError, ApiError, NetworkError, LimitError, ForeignOriginError; InterruptedError.
   */
  get(path: string, options?: RequestOptions): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** Has element data exported. The errors are those of `SigmaClient.get`. */
export interface ExportClient {
  /** Asks for an export: a POST of JSON, in a lane of its own, because exports have a limit of their own. */
  requestExport(path: string, body: unknown, options?: ExportRequestOptions): Promise<ApiAnswer>;
  /** Like `get`, but the body of a 200 comes as `stream`; whatever is 204 has none. */
  download(path: string, options?: RequestOptions): Promise<ApiAnswer>;
}

/** Requests that a client has yet to send. */
export interface RequestQueue {
  /** Requests that wait for their turn, by lane: api, exports, downloads, token. */
  waiting(): Readonly<Record<string, number>>;
}

/** At most one token request a second [guide]; a little more keeps clocks from arguing about it. */
export const TOKEN_INTERVAL_MS = 1050;
/** The specification: 100 export requests a minute; newer documentation says 400. */
const EXPORTS_PER_MINUTE = 100;
const EXPORTS_AT_ONCE = 4;
/** A night's few windows need not wait for each other, as the limit counts by the minute. */
const EXPORT_SLICE_MS = 10_000;
const DOWNLOADS = 20;

/** Opens a client; nothing is sent yet. */
export function openSigmaClient(options: ClientOptions): SigmaClient & ExportClient & RequestQueue {
  const { events, clock, timeoutMs, maxAnswerBytes } = options;
  const { exportsPerMinute = EXPORTS_PER_MINUTE, downloads = DOWNLOADS } = options;
  const base = new URL(options.baseUrl);
  const http = openHttp(base, { timeoutMs, maxAnswerBytes, connections: options.concurrency + 1 });
  // Downloads go on for minutes: nothing else may wait for their connections.
  const exportHttp = openHttp(base, { timeoutMs, maxAnswerBytes, connections: downloads + 4 });
  const exportPace = {
    concurrency: EXPORTS_AT_ONCE,
    requestsPerMinute: exportsPerMinute,
    sliceMs: EXPORT_SLICE_MS,
  };
  const api = { http, lane: openLane('api', options, clock) };
  const exports = { http: exportHttp, lane: openLane('exports', exportPace, clock) };
  const results = { http: exportHttp, lane: openLane('downloads', { concurrency: downloads }, clock) };
  const minting = { http, lane: openLane('token', { concurrency: 1 }, clock) };
  const lanes = [api, exports, results, minting].map(({ lane }) => lane);
  /** All waiting requests give up when the client is closed: nobody is left to wait for. */
  const closed = new AbortController();
  const send = sender({ ...options, base }, closed.signal);
  const tokens = openTokenSource({
    credentials: options.credentials,
    ...(options.rotates === true ? { sleep: (ms: number) => clock.sleep(ms, closed.signal) } : {}),
    events,
    now: () => clock.now(),
    onToken: options.onToken,
    post: tokenPost(send, minting, base, options, closed.signal),
  });

  async function request(
    route: Route,
    form: Form,
    path: string,
    { query = {}, holds, stream, partition, signal, patience }: RequestOptions = {},
  ): Promise<ApiAnswer> {
    try {
      const url = addressOf(base, path, query, stream);
      const context = { stream, partition, signal, patience };
      return await sendAuthorized(send, tokens, route, url, { ...form, holds }, context);
    } catch (error) {
      if (signal?.aborted !== true || error instanceof InterruptedError) throw error;
      // Somebody stopped the run, or something ended it.
      const { reason } = signal;
      const why =
        reason instanceof Error && !isStop(reason)
          ? `something else ended the run: ${reason.message}`
          : 'the run was stopped.';
      throw new InterruptedError(`The request was canceled because ${why}`, { cause: error });
    }
  }

  return {
    get: (path, context) => request(api, { method: 'GET' }, path, context),
    requestExport(path, body, { headers, ...context } = {}) {
      const json = { 'content-type': 'application/json', ...headers };
      return request(exports, { method: 'POST', headers: json, body: JSON.stringify(body) }, path, context);
    },
    download: (path, context) =>
      request(results, { method: 'GET', headers: { accept: '*/*' }, streamed: true }, path, context),
    waiting: () => Object.fromEntries(lanes.map(({ name, waiting }) => [name, waiting])),
    async close() {
      closed.abort(new InterruptedError('The client was closed.'));
      for (const lane of lanes) lane.close();
      await Promise.all([http.close(), exportHttp.close()]);
    },
  };
}

/** True for the reason of a deliberate stop: our own error, or that of `AbortController.abort()`. */
function isStop(reason: Error): boolean {
  return reason instanceof InterruptedError || reason.name === 'AbortError';
}

/** Makes the function that asks for a token, not more often than that is allowed. */
function tokenPost(
  send: Send,
  route: Route,
  base: URL,
  { clock, tokenGate }: Pick<ClientOptions, 'clock' | 'tokenGate'>,
  closed: AbortSignal,
): TokenOptions['post'] {
  const url = new URL(TOKEN_PATH, base);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  let lastAt = Number.NEGATIVE_INFINITY;
  const stamp = (): void => {
    lastAt = clock.monotonic();
  };
  // On a busy machine a request may be long under way: the second that must pass counts from when it surely arrived.
  const stamped = { ...route, onAttempted: stamp };
  return (form) =>
    send(stamped, { method: 'POST', path: TOKEN_PATH }, async () => {
      const wait = lastAt + TOKEN_INTERVAL_MS - clock.monotonic();
      if (wait > 0) await clock.sleep(wait, closed);
      await tokenGate?.(closed);
      stamp();
      return { method: 'POST', url, headers, body: form, signal: closed };
    });
}
