/** Sends one request until there is a good answer: attempts through a lane, and the waits between them. */
import type { ErrorContext } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import { OversizeError } from './body.ts';
import type { Clock } from './clock.ts';
import { type Http, type HttpAnswer, type HttpRequest, TransportError } from './http.ts';
import type { Lane } from './lane.ts';
import { type ApiAnswer, comeBack, type Failure, judge, type Outcome, unanswered } from './outcome.ts';
import {
  backoff,
  isTransient,
  LONGEST_ABSENCE_MS,
  MOST_PATIENCE_MS,
  type RetryPolicy,
  retryDelay,
} from './retry.ts';
import { means } from './status.ts';

/** The lane and gates that a request passes. */
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
 * @throws AuthError, RateLimitError, ApiError, NetworkError, LimitError, ForeignOriginError; the reason of a signal.
 */
export type Send = (
  route: Route,
  context: SendContext,
  prepare: () => Promise<HttpRequest>,
) => Promise<ApiAnswer>;

/** Dependencies of sending. */
export interface SendOptions {
  /** Origin of the API. */
  readonly base: URL;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  /** Give up after so many milliseconds where nothing answers: a person waits. Default: as patient as ever. */
  readonly nowhereMs?: number | undefined;
  /** Takes secrets out of a text that the server sent. */
  readonly redact?: ((text: string) => string) | undefined;
}

/** Makes the function; whatever waits gives up when `closed` aborts. */
export function sender(options: SendOptions, closed: AbortSignal): Send {
  const { events, clock } = options;
  return async (route, { signal, patience, ...where }, prepare) => {
    const { lane } = route;
    const until = clock.monotonic() + (options.nowhereMs ?? Number.POSITIVE_INFINITY);
    for (let attempt = 1; ; attempt++) {
      // Before its place in the lane is free again, the next request must not know less than this one.
      const step = async (): Promise<{ outcome: Outcome; wait: number | undefined }> => {
        const outcome = await attemptOnce(options, route, prepare, where, attempt);
        if ('answer' in outcome) {
          lane.succeeded();
          return { outcome, wait: undefined };
        }
        const { status, retryAfterMs, isLasting = false, isNowhere = false } = outcome;
        // A refusal in due course shows that we are not too fast; silence and failures show nothing.
        if (!isLasting && !isTransient(status)) lane.succeeded();
        const policy = { ...options.retry, ...patience?.[status ?? 0] };
        const chance = clock.random();
        const next = isLasting ? undefined : retryDelay({ status, attempt, retryAfterMs }, policy, chance);
        const wait = isNowhere && clock.monotonic() + (next ?? 0) > until ? undefined : next;
        if (means(status, 'throttled'))
          brake(options, lane, outcome, wait ?? backoff(attempt, policy, chance));
        return { outcome, wait };
      };
      const { outcome, wait } = await lane.run(step, { urgent: attempt > 1, signal });
      if ('answer' in outcome) return outcome.answer;
      if (wait === undefined) throw outcome.error;
      const { status, reason } = outcome;
      const delayMs = Math.round(wait);
      const { stream, path = '' } = where;
      const isDoubtful = status !== undefined && patience?.[status] !== undefined;
      events.emit('http.retry', {
        ...{ stream, path, attempt, delayMs, reason, status },
        ...(isDoubtful ? { isDoubtful } : {}),
      });
      await clock.sleep(wait, signal === undefined ? closed : AbortSignal.any([signal, closed]));
    }
  };
}

/** A lane that meets nothing but 429 for so long is shut, even if Sigma keeps naming short waits. */
const MOST_THROTTLED_MS = 30 * 60_000;

/** Brakes the lane after a 429, or shuts it. @throws RateLimitError where it is shut. */
function brake({ clock, events }: SendOptions, lane: Lane, refused: Failure, ms: number): void {
  const { retryAfterMs = 0, error } = refused;
  const tell = (delayMs: number): void => {
    events.emit('http.throttled', { lane: lane.name, delayMs: Math.round(delayMs) });
  };
  let fruitlessMs: number | undefined;
  if (retryAfterMs <= MOST_PATIENCE_MS) {
    const delayMs = Math.max(ms, retryAfterMs);
    fruitlessMs = lane.throttle(delayMs);
    if (fruitlessMs <= MOST_THROTTLED_MS) {
      tell(delayMs);
      return;
    }
  }
  const absenceMs = Math.min(LONGEST_ABSENCE_MS, Math.max(MOST_PATIENCE_MS, retryAfterMs));
  const shut = comeBack(error, new Date(clock.now() + absenceMs), absenceMs, fruitlessMs);
  if (lane.shut(absenceMs, shut)) tell(absenceMs);
  throw shut;
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
    if (!(error instanceof TransportError || error instanceof OversizeError)) throw error;
    return unanswered(error, where, base);
  }
  const outcome = judge(answer, request.url, where, { now: clock.now(), redact });
  report(answer.status, outcome.requestId);
  if (!('answer' in outcome)) answer.release?.();
  return outcome;
}
