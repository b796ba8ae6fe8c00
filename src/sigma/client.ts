/**
 * The Sigma API client: paced, authenticated and repeated requests. The token goes to the configured origin and
 * nowhere else; a redirect is never followed.
 */
import { ApiError, AuthError, type ErrorContext, InterruptedError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Clock } from './clock.ts';
import { type Http, type HttpAnswer, type HttpRequest, openHttp, TransportError } from './http.ts';
import { type Lane, openLane } from './lane.ts';
import { type ApiAnswer, foreignOrigin, judge, type Outcome, unanswered } from './outcome.ts';
import { type RetryPolicy, retryDelay } from './retry.ts';
import { means } from './status.ts';
import { type Credentials, openTokenSource, TOKEN_PATH, type Token } from './token.ts';

/** What a client needs. */
export interface ClientOptions {
  /** Origin of the API, without `/v2`. */
  readonly baseUrl: string;
  readonly credentials: () => Credentials;
  /** The credentials may change while the client is in use: refused ones are worth some patience. */
  readonly rotates?: boolean | undefined;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Export requests a minute; default 100. */
  readonly exportsPerMinute?: number | undefined;
  /** Downloads under way at once; default 20. */
  readonly downloads?: number | undefined;
  /** Cap of ours; undefined = none. */
  readonly requestsPerMinute?: number | undefined;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Waits until this process may ask for a token: the limit is shared with others that use the same credentials. */
  readonly tokenGate?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly onToken?: ((token: string) => void) | undefined;
  /** Takes secrets out of a text that the server sent. */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Options of one request. */
export interface RequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** For counters, events and errors. */
  readonly stream?: string | undefined;
  readonly partition?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Less patience than usual after answers of these statuses. */
  readonly patience?: Readonly<Record<number, Partial<RetryPolicy>>> | undefined;
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
   * @throws AuthError, RateLimitError, ApiError, NetworkError, ForeignOriginError; InterruptedError.
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

/** What a client has yet to send. */
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
/** A request that met so many expired tokens meets a wall, not an expiry. */
const MOST_REJECTIONS = 3;

/** Opens a client; nothing is sent yet. */
export function openSigmaClient(options: ClientOptions): SigmaClient & ExportClient & RequestQueue {
  const { events, clock } = options;
  const base = new URL(options.baseUrl);
  const { timeoutMs, exportsPerMinute = EXPORTS_PER_MINUTE, downloads = DOWNLOADS } = options;
  const http = openHttp(base, { timeoutMs, connections: options.concurrency + 1 });
  // Downloads go on for minutes: nothing else may wait for their connections.
  const exportHttp = openHttp(base, { timeoutMs, connections: downloads + 4 });
  const lane = openLane('api', options, clock);
  const exportLane = openLane(
    'exports',
    { concurrency: EXPORTS_AT_ONCE, requestsPerMinute: exportsPerMinute, sliceMs: EXPORT_SLICE_MS },
    clock,
  );
  const downloadLane = openLane('downloads', { concurrency: downloads }, clock);
  const lanes = [lane, exportLane, downloadLane];
  const tokenLane = openLane('token', { concurrency: 1 }, clock);
  let lastTokenAt = Number.NEGATIVE_INFINITY;
  /** Whatever waits gives up when the client is closed: nobody is left to wait for. */
  const closed = new AbortController();

  const tokens = openTokenSource({
    credentials: options.credentials,
    ...(options.rotates === true ? { sleep: (ms: number) => clock.sleep(ms, closed.signal) } : {}),
    events,
    now: () => clock.now(),
    onToken: options.onToken,
    post: (form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
      return send(http, tokenLane, { method: 'POST', path: TOKEN_PATH }, async () => {
        const wait = lastTokenAt + TOKEN_INTERVAL_MS - clock.monotonic();
        if (wait > 0) await clock.sleep(wait, closed.signal);
        await options.tokenGate?.(closed.signal);
        lastTokenAt = clock.monotonic();
        return { method: 'POST', url: new URL(TOKEN_PATH, base), headers, body: form, signal: closed.signal };
      });
    },
  });

  /** Attempts until a good answer, an error that repeating can't cure, or the end of patience. */
  async function send(
    over: Http,
    through: Lane,
    context: ErrorContext & Pick<RequestOptions, 'signal' | 'patience'>,
    prepare: () => Promise<HttpRequest>,
  ): Promise<ApiAnswer> {
    const { signal, patience, ...where } = context;
    for (let attempt = 1; ; attempt++) {
      const outcome = await through.run(() => attemptOnce(over, prepare, where, attempt), {
        urgent: attempt > 1,
        signal,
      });
      const isThrottled = means(outcome.status, 'throttled');
      if (!isThrottled) through.succeeded();
      if ('answer' in outcome) return outcome.answer;
      const { status, error, retryAfterMs, reason } = outcome;
      const policy = { ...options.retry, ...patience?.[status ?? 0] };
      const delayMs = retryDelay({ status, attempt, retryAfterMs }, policy, clock.random());
      if (delayMs === undefined) throw error;
      const path = where.path ?? '';
      events.emit('http.retry', {
        stream: where.stream,
        path,
        attempt,
        delayMs: Math.round(delayMs),
        reason,
        status,
      });
      if (isThrottled) {
        through.throttle(delayMs);
        events.emit('http.throttled', { lane: through.name, delayMs: Math.round(delayMs) });
      }
      await clock.sleep(
        delayMs,
        signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]),
      );
    }
  }

  async function attemptOnce(
    through: Http,
    prepare: () => Promise<HttpRequest>,
    where: ErrorContext,
    attempt: number,
  ): Promise<Outcome> {
    const request = await prepare();
    const started = performance.now();
    const path = where.path ?? '';
    const report = (status: number | undefined, requestId: string | undefined): void => {
      const durationMs = Math.round(performance.now() - started);
      const { stream } = where;
      // On a busy machine a request may be long under way: the second that must pass counts from when it surely arrived.
      if (path === TOKEN_PATH) lastTokenAt = clock.monotonic();
      events.emit('http.request', {
        stream,
        method: request.method,
        path,
        status,
        attempt,
        durationMs,
        requestId,
      });
    };
    let answer: HttpAnswer;
    try {
      answer = await through.send(request);
    } catch (error) {
      report(undefined, undefined);
      if (!(error instanceof TransportError)) throw error;
      return unanswered(error, where, base);
    }
    const redact = options.redact ?? ((text: string) => text);
    const outcome = judge(answer, request.url, where, { now: clock.now(), redact });
    report(answer.status, outcome.requestId);
    return outcome;
  }

  async function authorized(through: Way, path: string, request: RequestOptions): Promise<ApiAnswer> {
    const { query = {}, stream, partition, signal, patience } = request;
    const { method, headers: own, body, streamed } = through;
    const url = new URL(path, base);
    if (url.origin !== base.origin) throw foreignOrigin(url, { stream, path });
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const where = { stream, partition, method, path: `${url.pathname}${url.search}` };
    for (let rejections = 1; ; rejections++) {
      let used: Token | undefined;
      try {
        const answer = await send(through.http, through.lane, { ...where, signal, patience }, async () => {
          used = await tokens.get();
          const headers = { authorization: `Bearer ${used.value}`, accept: 'application/json', ...own };
          return { method, url, headers, signal, streamed, ...(body === undefined ? {} : { body }) };
        });
        if (used !== undefined) tokens.accepted(used);
        return answer;
      } catch (error) {
        if (!(error instanceof AuthError) || error.context.path !== where.path || used === undefined) {
          if (error instanceof ApiError && used !== undefined) tokens.accepted(used);
          throw error;
        }
        if (!tokens.rejected(used) || rejections >= MOST_REJECTIONS) throw error;
      }
    }
  }

  async function request(through: Way, path: string, options: RequestOptions = {}): Promise<ApiAnswer> {
    try {
      return await authorized(through, path, options);
    } catch (error) {
      if (options.signal?.aborted !== true || error instanceof InterruptedError) throw error;
      throw new InterruptedError('The request was given up because the run was stopped.', { cause: error });
    }
  }

  return {
    get: (path, options) => request({ http, lane, method: 'GET' }, path, options),
    requestExport(path, body, { headers, ...options } = {}) {
      const json = { 'content-type': 'application/json', ...headers };
      const way: Way = { http: exportHttp, lane: exportLane, method: 'POST', headers: json };
      return request({ ...way, body: JSON.stringify(body) }, path, options);
    },
    download(path, options) {
      const way: Way = { http: exportHttp, lane: downloadLane, method: 'GET', headers: { accept: '*/*' } };
      return request({ ...way, streamed: true }, path, options);
    },
    waiting: () => Object.fromEntries([...lanes, tokenLane].map(({ name, waiting }) => [name, waiting])),
    async close() {
      closed.abort(new InterruptedError('The client was closed.'));
      for (const one of [...lanes, tokenLane]) one.close();
      await Promise.all([http.close(), exportHttp.close()]);
    },
  };
}

/** How a request goes. */
interface Way {
  readonly http: Http;
  readonly lane: Lane;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly streamed?: boolean;
}
