/** Changes without a signal: read again within an interval, an even share in every run. */
import { describe, expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { SyncEngine } from '../../src/sync/sync-engine.ts';
import { type Rig, startRig, streamOf } from '../support/rig.ts';
import { runThrough } from '../support/through.ts';

/** Schedules, lineage and recents stand for the others. */
const STREAMS = withAncestors(
  catalogue,
  new Set(['workbook_schedules', 'workbook_lineage', 'member_recent_files']),
);
const ORGANIZATION = { seed: 51, workbooks: 160, members: 50, teams: 5, grants: 100 };
const DAY = 86_400_000;
const WEEK = 7 * DAY;
const SCHEDULES = 'workbook_schedules';

/** A night's run on a clock of our own. */
async function night(rig: Rig, day: number, changes: Partial<SyncEngine> = {}): Promise<number> {
  const { report, error } = await runThrough(
    rig,
    (_, next) => next(),
    {},
    { refreshMs: () => WEEK, now: () => new Date(START + day * DAY), ...changes },
  );
  expect(error).toBeUndefined();
  expect(report.status).toBe('complete');
  return streamOf(report, SCHEDULES).partitions;
}

const START = Date.UTC(2026, 9, 1);

describe('the slow cycle', () => {
  it('reads every partition once within the interval and no night many of them', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    const all = await night(rig, 0);
    expect(all).toBeGreaterThan(100);
    const turns: number[] = [];
    for (let day = 1; day <= 7; day++) turns.push(await night(rig, day));
    // Each exactly once, and with 150 partitions over 7 nights none takes twice its share.
    expect(turns.reduce((sum, count) => sum + count, 0)).toBe(all);
    expect(Math.max(...turns)).toBeLessThan((2 * all) / 7);
    expect(Math.min(...turns)).toBeGreaterThan(0);
  });

  it('takes what fell into a pause, once', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    const all = await night(rig, 0);
    await night(rig, 1);
    const after = await night(rig, 20);
    expect(after).toBe(all);
    expect(await night(rig, 20.01)).toBeLessThan(all / 20);
  });

  it('finds within the interval what moved no signal, and at once what did', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    await night(rig, 0);
    const { organization } = rig.simulator;
    const [quiet = '', loud = ''] = [
      ...new Set(organization.truth('workbook_schedules').map((s) => String(s['workbookId']))),
    ];
    organization.changeSchedules(quiet);
    organization.changeSchedules(loud);
    organization.publishVersion(loud);
    await night(rig, 0.01);
    const wrong = async (): Promise<string> => (await rig.differences()).join();
    expect(await wrong()).not.toContain(loud);
    for (let day = 1; day <= 7; day++) await night(rig, day);
    expect(await rig.differences()).toEqual([]);
  });

  it('is not held up by a run whose clock was years ahead', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    const all = await night(rig, 0);
    await night(rig, 2000);
    expect(await night(rig, 1)).toBe(all);
    expect(await night(rig, 1.01)).toBeLessThan(all / 20);
  });

  it('has an interval per stream; 0 reads all of it in every run', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    const refreshMs = (stream: string): number => (stream === SCHEDULES ? 0 : WEEK);
    const all = await night(rig, 0, { refreshMs });
    expect(await night(rig, 0.5, { refreshMs })).toBe(all);
  });
});

it('recents of active members are read in every run, those of others on the slow cycle', async () => {
  await using rig = await startRig({
    streams: STREAMS,
    organization: { ...ORGANIZATION, activeShare: 0.4 },
  });
  const now = (days: number) => () => new Date(rig.simulator.organization.now + days * DAY);
  const run = async (days: number) => {
    const engine = { refreshMs: () => WEEK, now: now(days) };
    const { report } = await runThrough(rig, (_, next) => next(), {}, engine);
    return streamOf(report, 'member_recent_files').partitions;
  };
  const all = await run(0);
  expect(all).toBe(ORGANIZATION.members);
  const active = await run(0.001);
  expect(active).toBeGreaterThan(all * 0.15);
  expect(active).toBeLessThan(all * 0.75);
  // Nobody was seen in the last month any more.
  expect(await run(60)).toBe(all);
  expect(await run(60.001)).toBeLessThan(5);
});

describe.each([true, false])('a lineage that is hidden, by document: %s', (documentLineage) => {
  it('keeps what is stored, and is there again within a week of the rights', async () => {
    await using rig = await startRig({
      streams: STREAMS,
      organization: ORGANIZATION,
      novelties: { documentLineage },
    });
    const run = async (day: number): Promise<void> => {
      const engine = { refreshMs: () => WEEK, now: () => new Date(START + day * DAY) };
      expect((await runThrough(rig, (_, next) => next(), {}, engine)).report.status).toBe('complete');
    };
    await run(0);
    rig.simulator.faults.set({ forbid: [documentLineage ? '/lineage$|/lineage[?]' : '/lineage/'] });
    for (let i = 0; i < 5; i++) rig.simulator.organization.publishVersion();
    await run(1);
    await run(2);
    rig.simulator.faults.clear();
    for (let day = 3; day <= 9; day++) await run(day);
    expect(await rig.differences()).toEqual([]);
  });
});

describe('a lineage that fails where there is none', () => {
  it('is asked again once a week, and only for what was in doubt', async () => {
    await using rig = await startRig({
      streams: STREAMS,
      organization: ORGANIZATION,
      novelties: { documentLineage: false },
    });
    const lineage = async (day: number): Promise<{ partitions: number; requests: number }> => {
      const engine = { refreshMs: () => WEEK, now: () => new Date(START + day * DAY) };
      const { report } = await runThrough(rig, (_, next) => next(), {}, engine);
      return streamOf(report, 'workbook_lineage');
    };
    const all = await lineage(0);
    expect((await lineage(0.001)).requests).toBeLessThan(5);
    const week = async (from: number): Promise<{ partitions: number; requests: number }> => {
      const sum = { partitions: 0, requests: 0 };
      for (let day = from; day < from + 7; day++) {
        const { partitions, requests } = await lineage(day);
        sum.partitions += partitions;
        sum.requests += requests;
      }
      return sum;
    };
    const doubtful = await week(1);
    expect(doubtful.partitions).toBeGreaterThan(0);
    expect(doubtful.partitions).toBeLessThan(all.partitions / 2);
    // Two attempts for each element in doubt, of which a workbook seldom has more than one.
    expect(doubtful.requests).toBeLessThan(4 * doubtful.partitions);
    expect(await week(8)).toEqual(doubtful);
    expect(await rig.differences()).toEqual([]);
  });

  it.each([true, false])(
    'and a failure that was none is healed by the next run, by document: %s',
    async (documentLineage) => {
      await using rig = await startRig({
        streams: STREAMS,
        organization: ORGANIZATION,
        novelties: { documentLineage },
      });
      await rig.sync();
      rig.simulator.faults.inject({ kinds: ['500'], match: '/lineage', maxInARow: 100 });
      const { report } = await rig.run({ full: true });
      expect(report.status).toBe('complete');
      expect(streamOf(report, 'workbook_lineage').deleted).toBe(0);
      rig.simulator.faults.clear();
      await rig.sync();
      expect(await rig.differences()).toEqual([]);
    },
  );
});
