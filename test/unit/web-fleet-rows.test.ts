/** How each of many organizations is, in one line. */
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { OrganizationFacts, Reading, RunFacts } from '../../src/fleet/read-organizations.ts';
import { causesOf, limitBook, rowsOf, totalsOf } from '../../src/operations/web/fleet/fleet-rows.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const ago = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);
const config = loadConfig({ env: {}, cwd: '/' });

const sync = (more: Partial<RunFacts> = {}): RunFacts & { changed: number } => ({
  ...{ runId: 'r1', command: 'sync', status: 'complete', startedAt: ago(3), finishedAt: ago(2), error: null },
  ...more,
  changed: 7,
});

const facts = (more: Partial<OrganizationFacts> = {}): Reading => ({
  facts: {
    ...{ read: 40, freshAt: ago(3), unwell: [], stale: 0, error: null, latest: sync(), running: undefined },
    ...{ lastSync: sync(), outage: undefined, retryAt: null },
    ...more,
  },
});

const rows = (readings: Record<string, Reading>) =>
  rowsOf(
    Object.keys(readings).map((name) => ({ name, config })),
    new Map(Object.entries(readings)),
    NOW,
  );

const refused = (id: string): Reading =>
  facts({
    outage: { error: `Sigma refused the client credentials (request ${id}). Check them.`, since: ago(5) },
  });

it('the worst comes first, each with its cause', () => {
  const failed = [{ name: 'members', status: 'failed', isWatched: true }];
  const found = rows({
    fresh: facts(),
    // Streams that the settings leave out, and parts that are to be repeated, are no failure.
    other: facts({
      unwell: [
        { name: 'files', status: 'failed', isWatched: false },
        { name: 'grants', status: 'partial', isWatched: true },
      ],
    }),
    never: { facts: undefined },
    first: facts({ read: 0, lastSync: undefined, running: sync({ status: 'running', finishedAt: null }) }),
    stale: facts({ stale: 3 }),
    failing: facts({ unwell: failed, error: 'GET /v2/members answered 500.' }),
    closed: { problem: 'permission denied for schema sigma_x_sync' },
    out: refused('a1'),
  });
  expect(found.map(({ name, state, cause }) => [name, state, cause?.slice(0, 24)])).toEqual([
    ['failing', 'failed', 'GET /v2/members answered'],
    ['closed', 'failed', 'permission denied for sc'],
    ['out', 'failed', 'Sigma refused the client'],
    ['stale', 'stale', 'No run completed in time'],
    ['first', 'never', undefined],
    ['never', 'never', undefined],
    ['fresh', 'fresh', undefined],
    ['other', 'fresh', undefined],
  ]);
  expect(found[0]).toMatchObject({ failing: 1, tookMs: 3_600_000, lastSync: { changed: 7 } });
  expect(totalsOf(found)).toBe(
    '2 of 8 fresh; 3 fail: GET /v2/members answered 500 (1), and 2 more causes; 1 is stale; 2 never synced; 1 is running',
  );
});

it('organizations with one cause are one group, whatever their requests are called', () => {
  const found = rows({ a: refused('7f3a-1'), b: refused('99c2-2'), c: facts(), d: refused('0000-3') });
  expect(
    causesOf(found).map(({ title, detail, rows: of }) => [title, detail, of.map(({ name }) => name)]),
  ).toEqual([['Sigma refused the client credentials (request 7f3a-1)', 'Check them.', ['a', 'b', 'd']]]);
  expect(totalsOf(found)).toBe('1 of 4 fresh; 3 fail: Sigma refused the client credentials (request 7f3a-1)');
});

it('the next run is a turn of a schedule, or the repetition that comes before it', () => {
  const found = rows({ a: facts(), b: facts({ retryAt: new Date('2026-11-30T12:05:00Z') }) });
  expect(found.map(({ nextAt }) => nextAt === undefined || nextAt > NOW)).toEqual([true, true]);
  expect(found[1]?.nextAt?.toISOString()).toBe('2026-11-30T12:05:00.000Z');
});

it('organizations with the same settings share their limits', () => {
  const limitsOf = limitBook();
  const limits = limitsOf(config, NOW);
  expect(limits['members']).toBe(36 * 3_600_000);
  expect(limitsOf(structuredClone(config), NOW)).toBe(limits);
  const other = { ...config, freshness: { ...config.freshness, hours: 6 } };
  expect(limitsOf(other, NOW)).not.toBe(limits);
});
