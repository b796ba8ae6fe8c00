/** What `sync` prints of a run. */
import { expect, it, vi } from 'vitest';
import { printReport } from '../../src/cli/output/run-outcome.ts';
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
