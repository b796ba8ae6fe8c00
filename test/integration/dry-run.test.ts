/** `sync --dry-run`: requests per stream, why, and how long they take. */
import { expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { dryRun } from '../../src/sync/dry-run.ts';
import { startRig } from '../support/rig.ts';

const DAY = 86_400_000;

it('knows what the next run asks for, and asks nothing itself', async () => {
  await using rig = await startRig({
    streams: catalogue,
    organization: { seed: 81, workbooks: 120, members: 40, teams: 6, grants: 200 },
    engine: { refreshMs: () => 7 * DAY },
  });
  const plan = (days: number, perMinute?: number) =>
    dryRun({ ...rig.engine, now: () => new Date(Date.now() + days * DAY) }, catalogue, false, perMinute);
  await rig.sync();
  // A doubtful entry is asked about again once.
  await rig.sync();
  rig.requests();
  const tomorrow = await plan(1, 600);
  expect(Object.keys(rig.requests())).toEqual([]);
  expect(tomorrow.slowRequests).toBeGreaterThan(0);
  expect(tomorrow.requests).toBeGreaterThan(tomorrow.slowRequests);
  expect(tomorrow.seconds).toBeCloseTo((tomorrow.requests ?? 0) / 10, 5);
  expect(tomorrow.rate).toContain('600');
  const grants = tomorrow.streams.find(({ name }) => name === 'grants');
  expect(grants?.reason).toMatch(
    /^by teams and members \(46, fewer than \d+ inodes\): 46 read in every run, of 46$/,
  );
  const schedules = tomorrow.streams.find(({ name }) => name === 'workbook_schedules');
  expect(schedules?.reason).toMatch(
    /^\d+ due in the slow cycle \(each is read again within 7 days\), of 114$/,
  );
  const pages = tomorrow.streams.find(({ name }) => name === 'workbook_pages');
  expect(pages).toMatchObject({ due: 0, requests: 0, reason: 'nothing of 114 is due' });

  // The run then makes about as many requests as the plan said.
  const now = await plan(0);
  expect(now.rate).toContain('as in the last runs');
  const report = await rig.sync();
  expect(report.requests).toBeGreaterThan((now.requests ?? 0) * 0.8);
  expect(report.requests).toBeLessThan((now.requests ?? 0) * 1.2);
});
