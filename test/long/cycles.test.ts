/** The work of each run: resumption, clocks, and a lock that is lost. */
import { describe, expect, it } from 'vitest';
import type { Database } from '../../src/core/database/database.ts';
import { DatabaseError, LockedError } from '../../src/core/errors.ts';
import { databaseKind } from '../support/database.ts';
import { startRig } from '../support/rig.ts';
import { runThrough, withEntries } from '../support/through.ts';

const ORGANIZATION = { seed: 21, workbooks: 100, members: 40, teams: 8, grants: 400 };
const HOUR = 3_600_000;

describe('a run', () => {
  it('reads everything that is due although the clock went back', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.organization.mutate(30);
    const { report } = await runThrough(
      rig,
      (_, next) => next(),
      {},
      { now: () => new Date(Date.now() - HOUR) },
    );
    expect(report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
  });

  it.each([
    ['the night after', 23 * HOUR, true],
    ['minutes after', HOUR / 10, false],
  ])('%s one that failed reads anew or goes on', async (_, later, anew) => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const stop = rig.events.on('stream.planned', ({ stream }) => {
      if (stream === 'grants') rig.simulator.faults.set({ down: true });
    });
    const failed = await rig.run();
    stop();
    expect(failed.report.status).toBe('failed');
    rig.simulator.faults.clear();
    if (anew) rig.simulator.organization.mutate(40);
    rig.simulator.counters.reset();
    const next = await runThrough(
      rig,
      (_path, ask) => ask(),
      {},
      { now: () => new Date(Date.now() + later) },
    );
    expect(next.report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    expect(rig.simulator.counters.of('GET /v2.1/members')).toBe(anew ? 1 : 0);
  });

  it('that goes on from a full one reads the rest of everything', async () => {
    // One request a workbook can be counted.
    const novelties = { pageId: true };
    await using rig = await startRig({ organization: ORGANIZATION, novelties, latencyMs: 5 });
    await rig.sync();
    const controller = new AbortController();
    const stop = rig.events.on('batch.committed', ({ stream }) => {
      if (stream === 'workbook_pages') controller.abort(new Error('stopped by the test'));
    });
    rig.simulator.counters.reset();
    expect((await rig.run({ full: true, signal: controller.signal })).report.status).toBe('interrupted');
    stop();
    const next = await rig.run({});
    expect(next.resumed).toMatchObject({ full: true });
    expect(next.report.streams.every(({ mode }) => mode === 'full')).toBe(true);
    const live = rig.simulator.organization.workbooks.list
      .toArray()
      .filter((w) => !w.archived && !w.exploration);
    expect(rig.simulator.counters.of('GET /v2/workbooks/{workbookId}/elements')).toBeGreaterThanOrEqual(
      live.length,
    );
  });

  it('starts over where that is asked for', async () => {
    await using rig = await startRig({ organization: ORGANIZATION, latencyMs: 5 });
    const controller = new AbortController();
    const stop = rig.events.on('batch.committed', () => controller.abort(new Error('stopped by the test')));
    expect((await rig.run({ full: true, signal: controller.signal })).report.status).toBe('interrupted');
    stop();
    const next = await rig.run({ resume: false });
    expect([next.resumedFrom, next.resumed]).toEqual([undefined, undefined]);
    expect(next.report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
  });

  it('is not stopped by one odd entry', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 10, grants: 20 } });
    let deep: unknown = 1;
    for (let i = 0; i < 20_000; i++) deep = [deep];
    const odd = [
      { deep },
      { memberId: 'x'.repeat(10_000) },
      { createdAt: '2026-01-01T24:00:00Z' },
      { email: 'x\0'.repeat(200_000) },
    ];
    const { report, error } = await runThrough(rig, async (path, next) => {
      const answer = await next();
      const bend = (entries: Record<string, unknown>[]) =>
        entries.map((entry, i) => ({ ...entry, ...odd[i] }));
      return path === '/v2.1/members' ? withEntries(answer, bend) : answer;
    });
    expect(error).toBeUndefined();
    expect(report.status).toBe('partial');
    const rows = await rig.test.database.session((session) => session.query('select 1 from sigma.members'));
    expect(rows).toHaveLength(ORGANIZATION.members - 2);
  });
});

describe('a lost lock', () => {
  it('is what ends the run, and not the requests that were given up over it', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 200 }, latencyMs: 60 });
    let lose: (error: Error) => void = () => undefined;
    const database: Database = {
      ...rig.test.database,
      tryLock: (name, onLost) => {
        lose = onLost;
        return rig.test.database.tryLock(name, onLost);
      },
    };
    rig.events.on('page.read', ({ stream }) => stream === 'workbook_pages' && lose(new Error('gone')));
    const { report, error } = await runThrough(rig, (_, next) => next(), {}, { database });
    expect(report.status).toBe('failed');
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error?.message).toContain('this run lost its lock');
  });
});

if (databaseKind() === 'postgres') {
  describe('a lock that is lost', () => {
    it('ends the run that had it and leaves the schema to the next one', async () => {
      await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 300 }, latencyMs: 25 });
      const { promise: underWay, resolve } = Promise.withResolvers<void>();
      rig.events.on('stream.planned', ({ stream }) => stream === 'workbook_pages' && resolve());
      const first = rig.run();
      await underWay;
      await rig.test.database.session((session) =>
        session.query(
          `select pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and granted
              and database = (select oid from pg_database where datname = current_database())`,
        ),
      );
      const second = rig.run();
      expect((await first).report.status).toBe('failed');
      expect((await first).error).toBeInstanceOf(Error);
      expect(await second).toMatchObject({ report: { status: 'complete' }, error: undefined });
      expect(await rig.differences()).toEqual([]);
    });

    it('is noticed by the next commit, whatever else fails to notice it', async () => {
      await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 200 }, latencyMs: 15 });
      const { promise: underWay, resolve } = Promise.withResolvers<void>();
      rig.events.on('stream.planned', ({ stream }) => stream === 'workbook_pages' && resolve());
      const run = rig.run();
      await underWay;
      await rig.test.database.session((session) =>
        session.query(`update sigma_sync.runs set status = 'interrupted' where status = 'running'`),
      );
      expect((await run).error).toBeInstanceOf(LockedError);
    });
  });
}

it('a sweep of grants that was cut off is not taken for the one of the week', async () => {
  const members = 120;
  await using rig = await startRig({
    organization: { seed: 3, workbooks: 20, members, teams: 4, grants: 60 },
  });
  const reasons: string[] = [];
  rig.events.on('stream.planned', ({ stream, reason }) => stream === 'grants' && reasons.push(reason));
  const night = async (day: number, most = Number.POSITIVE_INFINITY): Promise<void> => {
    const stop = new AbortController();
    let asked = 0;
    const now = () => new Date(Date.UTC(2026, 9, 1) + day * 86_400_000);
    await runThrough(
      rig,
      async (path, next) => {
        const answer = await next();
        if (path === '/v2/grants' && ++asked > most) stop.abort();
        return answer;
      },
      { signal: stop.signal },
      { now },
    );
  };
  await night(0);
  await night(1);
  await night(8, members / 3);
  await night(8.1);
  await night(9);
  const thorough = reasons.map((reason) => reason.includes('misses nothing'));
  expect(thorough).toEqual([true, false, true, true, false]);
});
