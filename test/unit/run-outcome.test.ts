/** The output of `sync` for a run. */
import { expect, it, vi } from 'vitest';
import { resumedInWords } from '../../src/cli/commands/run/sync.ts';
import { printReport, retriesOf } from '../../src/cli/output/run-outcome.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { collectStats } from '../../src/core/events/stats.ts';
import type { StreamReport } from '../../src/state/run-types.ts';
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

/** Text that is printed of a run with these streams. */
function printedOf(...streams: readonly Partial<StreamReport>[]): string {
  const { childrenDeleted: _, plannedFrom: __, ...done } = NOTHING_DONE;
  const none = { ...done, ...counts, requests: 0, name: 'grants', status: 'interrupted' } as const;
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    printReport({
      ...{ runId: 'r', status: 'failed', throttledMs: 0, ...counts, ...times },
      streams: streams.map((one) => ({ ...none, ...one })),
    });
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

it('lists no stream of which nothing was asked, and explains those that were cut off', () => {
  const skipped = { status: 'skipped', mode: 'full' } as const;
  expect(printedOf({}, skipped)).toMatch(/^2 streams not run\.\n\nfailed: /);
  const cut = printedOf({}, skipped, { name: 'tags', requests: 1, read: 5, inserted: 5 });
  expect(cut).toContain('2 more streams not run.');
  expect(cut).toMatch(/tags +interrupted/);
  expect(cut).toContain('interrupted: the rows that were read are stored');
  const followed = printedOf({ ...skipped, deleted: 24 });
  expect(followed).toMatch(/grants +not run +full .*24/);
  expect(followed).toContain('because their parents are gone');
  expect(followed).not.toContain('streams not run');
});

it('says what was resumed, and how to start over', () => {
  const since = new Date('2026-11-24T11:05:00Z');
  expect(resumedInWords({ runId: 'r', since, full: false }, false)).toBe(
    'Resumed the run of 2026-11-24 11:05 UTC (r): what it had read was not read again. Run again for changes since then; --no-resume starts over.',
  );
  expect(resumedInWords({ runId: 'r', since, full: true }, false)).toContain(
    'It was a full run, so this one',
  );
  expect(resumedInWords({ runId: 'r', since, full: true }, true)).not.toContain('It was a full run');
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
