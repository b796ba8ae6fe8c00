/** Counts requests from the events, for the report of a run. */
import type { EventBus, Events } from './bus.ts';

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
  const causes = new Map<string, number>();
  const stops = [
    events.on('http.request', ({ stream, status }) => {
      for (const counts of countersOf(stream)) {
        counts.requests++;
        if (status === 429) counts.rateLimited++;
      }
    }),
    events.on('http.retry', (retry) => {
      const { stream } = retry;
      const cause = causeOf(retry);
      causes.set(cause, (causes.get(cause) ?? 0) + 1);
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
    /** Why requests were repeated, and how often: the most frequent cause first. */
    retryCauses: (): Readonly<Record<string, number>> =>
      Object.fromEntries([...causes].sort(([, a], [, b]) => b - a)),
    stop: (): void => {
      for (const stop of stops) stop();
    },
  };
}

/** The cause of a retry, as a person would name it. */
function causeOf({ stream = '', status, reason, isDoubtful }: Events['http.retry']): string {
  // `workbook_lineage` is about lineage.
  if (isDoubtful === true && stream !== '') return `${stream.split('_').at(-1)} that Sigma can't give`;
  if (status === 429) return 'rate limit (429)';
  if (status !== undefined) return `Sigma answered ${status}`;
  // Codes of the system in brackets tell one failure from another, and are one cause.
  return reason.replace(/ \([^)]*\)/g, '');
}
