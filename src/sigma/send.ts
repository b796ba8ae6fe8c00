/** Sends one request until there is a good answer: attempts through a lane, and the waits between them. */
import type { ErrorContext } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import type { Clock } from './clock.ts';
import { type Http, type HttpAnswer, type HttpRequest, TransportError } from './http.ts';
import type { Lane } from './lane.ts';
import { type ApiAnswer, judge, type Outcome, unanswered } from './outcome.ts';
import { type RetryPolicy, retryDelay } from './retry.ts';
import { means } from './status.ts';

/** Where a request goes along. */
export interface Route {
  readonly http: Http;
  readonly lane: Lane;
  /** Called when an attempt has ended, however it did. */
  readonly onAttempted?: () => void;
}

/** For counters, events and errors; and how long to be patient. */
export interface SendContext extends ErrorContext {
  readonly signal?: AbortSignal | undefined;
  /** Less patience than usual after answers of these statuses. */
  readonly patience?: Readonly<Record<number, Partial<RetryPolicy>>> | undefined;
}

/**
 * Attempts until a good answer, an error that repeating can't cure, or the end of patience. `prepare` makes the request
 * of each attempt, when it is its turn.
 *
 * @throws AuthError, RateLimitError, ApiError, NetworkError, ForeignOriginError; the reason of a signal.
 */
export type Send = (
  route: Route,
  context: SendContext,
  prepare: () => Promise<HttpRequest>,
) => Promise<ApiAnswer>;

/** What sending needs. */
export interface SendOptions {
  /** Origin of the API. */
  readonly base: URL;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  /** Takes secrets out of a text that the server sent. */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Makes the function; whatever waits gives up when `closed` aborts. */
export function sender(options: SendOptions, closed: AbortSignal): Send {
  const { events, clock } = options;
  return async (route, { signal, patience, ...where }, prepare) => {
    const { lane } = route;
    for (let attempt = 1; ; attempt++) {
      const outcome = await lane.run(() => attemptOnce(options, route, prepare, where, attempt), {
        urgent: attempt > 1,
        signal,
      });
      const isThrottled = means(outcome.status, 'throttled');
      if (!isThrottled) lane.succeeded();
      if ('answer' in outcome) return outcome.answer;
      const { status, error, retryAfterMs, reason } = outcome;
      const policy = { ...options.retry, ...patience?.[status ?? 0] };
      const wait = retryDelay({ status, attempt, retryAfterMs }, policy, clock.random());
      if (wait === undefined) throw error;
      const delayMs = Math.round(wait);
      const { stream, path = '' } = where;
      events.emit('http.retry', { stream, path, attempt, delayMs, reason, status });
      if (isThrottled) {
        lane.throttle(wait);
        events.emit('http.throttled', { lane: lane.name, delayMs });
      }
      await clock.sleep(wait, signal === undefined ? closed : AbortSignal.any([signal, closed]));
    }
  };
}

async function attemptOnce(
  { base, events, clock, redact = (text) => text }: SendOptions,
  { http, onAttempted }: Route,
  prepare: () => Promise<HttpRequest>,
  where: ErrorContext,
  attempt: number,
): Promise<Outcome> {
  const request = await prepare();
  const started = performance.now();
  const report = (status: number | undefined, requestId: string | undefined): void => {
    const durationMs = Math.round(performance.now() - started);
    onAttempted?.();
    const { stream, path = '' } = where;
    const { method } = request;
    events.emit('http.request', { stream, method, path, status, attempt, durationMs, requestId });
  };
  let answer: HttpAnswer;
  try {
    answer = await http.send(request);
  } catch (error) {
    report(undefined, undefined);
    if (!(error instanceof TransportError)) throw error;
    return unanswered(error, where, base);
  }
  const outcome = judge(answer, request.url, where, { now: clock.now(), redact });
  report(answer.status, outcome.requestId);
  return outcome;
}
