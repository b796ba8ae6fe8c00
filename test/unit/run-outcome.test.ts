/** The output of `sync` for a run. */
import { expect, it, vi } from 'vitest';
import { printReport, retriesOf } from '../../src/cli/output/run-outcome.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { collectStats } from '../../src/core/events/stats.ts';
import { NOTHING_DONE } from '../../src/sync/run-stream.ts';

const counts = { requests: 1, retries: 0, rateLimited: 0 };
const times = { startedAt: '2026-09-01T00:00:00Z', finishedAt: '2026-09-01T00:00:01Z' };

/** Text that is printed of a run with so many rows that name an unknown object. */
function printed(unknownObjects?: number): string {
  const { childrenDeleted: _, plannedFrom: __, ...done } = NOTHING_DONE;
  const stream = { ...done, ...counts, name: 'grants', status: 'complete' } as const;
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    printReport({
      ...{ runId: 'r', status: 'complete', throttledMs: 0, ...counts, ...times },
      streams: [unknownObjects === undefined ? stream : { ...stream, unknownObjects }],
    });
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

it('tells how many rows name an object that no listing has, where there are any', () => {
  expect(printed(3)).toContain('  grants: 3 rows name an object that no listing has.\n');
  expect(printed(1)).toContain('  grants: 1 row names an object that no listing has.\n');
  expect(printed()).not.toContain('no listing');
});

it('tells retries by cause, the most frequent first', () => {
  const events = new EventBus();
  const stats = collectStats(events);
  const retry = (times: number, more: { status?: number; reason?: string; isDoubtful?: true }): void => {
    for (let n = 0; n < times; n++)
      events.emit('http.retry', {
        ...{ stream: 'workbook_lineage', path: '/', attempt: 1, delayMs: 1, reason: '', status: undefined },
        ...more,
      });
  };
  const told = (): string =>
    retriesOf({
      ...{ runId: 'r', status: 'complete', throttledMs: 0, ...counts, ...times },
      ...{ ...stats.total(), retryCauses: stats.retryCauses() },
    });
  retry(1, { status: 500, isDoubtful: true });
  expect(told()).toBe("1 retry: lineage that Sigma can't give");
  retry(37, { status: 500, isDoubtful: true });
  expect(told()).toBe("38 retries: lineage that Sigma can't give");
  retry(3, { reason: 'the connection broke (socket hang up)' });
  retry(1, { reason: 'the connection broke (other side closed)' });
  retry(2, { status: 502 });
  retry(1, { status: 429 });
  expect(told()).toBe(
    "45 retries: 38 lineage that Sigma can't give, 4 the connection broke, 2 Sigma answered 502, 1 rate limit (429)",
  );
  stats.stop();
});
