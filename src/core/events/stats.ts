/** Counts requests from the events, for the report of a run. */
import type { EventBus } from './bus.ts';

/** Attempts count as requests: what Sigma was asked, not what we wanted to know. */
export interface RequestCounts {
  readonly requests: number;
  readonly retries: number;
  /** Answers of 429. */
  readonly rateLimited: number;
}

/** Counts from now on until `stop`. */
export function collectStats(events: EventBus) {
  const streams = new Map<string, { requests: number; retries: number; rateLimited: number }>();
  /** Totals of the run; `throttledMs` is the time for which answers of 429 slowed lanes down. */
  const total = { requests: 0, retries: 0, rateLimited: 0, throttledMs: 0 };
  const countersOf = (stream: string | undefined) => {
    const key = stream ?? '';
    const known = streams.get(key) ?? { requests: 0, retries: 0, rateLimited: 0 };
    streams.set(key, known);
    return [known, total];
  };
  const stops = [
    events.on('http.request', ({ stream, status }) => {
      for (const counts of countersOf(stream)) {
        counts.requests++;
        if (status === 429) counts.rateLimited++;
      }
    }),
    events.on('http.retry', ({ stream }) => {
      for (const counts of countersOf(stream)) counts.retries++;
    }),
    events.on('http.throttled', ({ delayMs }) => {
      total.throttledMs += delayMs;
    }),
  ];
  return {
    of: (stream: string): RequestCounts => ({
      requests: 0,
      retries: 0,
      rateLimited: 0,
      ...streams.get(stream),
    }),
    /** Totals of all requests, token requests included. */
    total: () => ({ ...total }),
    stop: (): void => {
      for (const stop of stops) stop();
    },
  };
}
