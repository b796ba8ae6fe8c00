/** A full load beside the syncs: neither spoils nor repeats the work of the other. */
import { describe, expect, it } from 'vitest';
import { LockedError } from '../../src/core/errors.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { replayDifferences } from '../support/replay.ts';
import { type Rig, startRig, streamOf, totalOf } from '../support/rig.ts';
import { runThrough, withEntries } from '../support/through.ts';

const ORGANIZATION = { seed: 61, workbooks: 90, members: 30, teams: 6, grants: 200 };
const WEEK = 7 * 86_400_000;

function cursors(rig: Rig): Promise<unknown[]> {
  return rig.test.database.session((session) =>
    session.query(
      `select stream, partition, status, signal, attempts from sigma_sync.partitions order by 1, 2`,
    ),
  );
}

const backfill = { command: 'backfill', full: true } as const;

describe('a backfill', () => {
  it('reads everything once more and leaves freshness and cursors to the syncs', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
    await rig.sync();
    const before = await cursors(rig);
    const fresh = () =>
      rig.test.database.session((session) =>
        session.query('select * from sigma_sync.streams order by stream'),
      );
    const freshness = await fresh();
    rig.requests();
    const { report, error } = await rig.run(backfill);
    expect(error).toBeUndefined();
    expect(report.status).toBe('complete');
    expect(streamOf(report, 'workbook_pages').partitions).toBeGreaterThan(70);
    expect(totalOf(report, 'inserted') + totalOf(report, 'updated') + totalOf(report, 'deleted')).toBe(0);
    expect(await cursors(rig)).toEqual(before);
    expect(await fresh()).toEqual(freshness);
    expect(rig.requests()['GET /v2/workbooks/{workbookId}/pages']).toBeGreaterThan(70);
  });

  it('loads an empty database, and a sync after it finds nothing to do', async () => {
    await using rig = await startRig({
      streams: catalogue,
      organization: ORGANIZATION,
      engine: { refreshMs: () => WEEK },
    });
    const { report } = await rig.run(backfill);
    expect(report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    const next = await rig.sync();
    expect(totalOf(next, 'inserted') + totalOf(next, 'updated')).toBe(0);
    expect(streamOf(next, 'workbook_elements').partitions).toBe(0);
  });

  it('goes on where it stopped, and reads nothing twice', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION, latencyMs: 5 });
    const { counters } = rig.simulator;
    const stop = new AbortController();
    rig.events.on('batch.committed', ({ stream }) => stream === 'workbook_pages' && stop.abort());
    const first = await rig.run({ ...backfill, signal: stop.signal });
    expect(first.report.status).toBe('interrupted');
    // The report has the rows that were committed before.
    const { n } = await rig.test.database.session(async (session) => {
      const [row] = await session.query('select count(*)::integer as n from sigma.workbook_pages');
      return row as { n: number };
    });
    expect(n).toBeGreaterThan(0);
    expect(streamOf(first.report, 'workbook_pages')).toMatchObject({ status: 'interrupted', inserted: n });
    const second = await rig.run({ ...backfill, resume: true });
    expect(second.report.status).toBe('complete');
    expect(second.resumedFrom).toBe(first.report.runId);
    expect(await rig.differences()).toEqual([]);
    const pages = [...counters.paths].filter(([path]) => path.endsWith('/pages'));
    expect(pages.length).toBeGreaterThan(70);
    expect(pages.filter(([, count]) => count > 1)).toEqual([]);
  });

  it('that went on with some streams alone is not over for the others', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION, latencyMs: 5 });
    const stop = new AbortController();
    rig.events.on('batch.committed', ({ stream }) => stream === 'workbook_pages' && stop.abort());
    expect((await rig.run({ ...backfill, signal: stop.signal })).report.status).toBe('interrupted');
    const tags = withAncestors(catalogue, new Set(['tags']));
    const some = await rig.run({ ...backfill, resume: true, streams: tags });
    expect(some.report.status).toBe('complete');
    const others = await rig.run({ ...backfill, resume: true });
    expect(others.resumedFrom).toBe(some.report.runId);
    expect(others.report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    await expect(rig.run({ ...backfill, resume: true })).rejects.toThrow('the last one is complete');
  });

  it('is not gone on with where none is unfinished', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await expect(rig.run({ ...backfill, resume: true })).rejects.toThrow('no backfill to resume');
    await rig.run(backfill);
    const requests = rig.simulator.counters.requests;
    await expect(rig.run({ ...backfill, resume: true })).rejects.toThrow('the last one is complete');
    expect(rig.simulator.counters.requests).toBe(requests);
  });

  it('refuses to run twice at once', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION, latencyMs: 5 });
    const first = rig.run(backfill);
    await expect.poll(() => rig.simulator.counters.requests).toBeGreaterThan(3);
    await expect(rig.run(backfill)).rejects.toThrow(LockedError);
    expect((await first).report.status).toBe('complete');
  });

  it('runs beside a sync and shares the work with it', async () => {
    await using rig = await startRig({
      streams: catalogue,
      organization: { ...ORGANIZATION, workbooks: 250 },
      latencyMs: 10,
      engine: { refreshMs: () => WEEK },
    });
    const { counters } = rig.simulator;
    const [one, other] = await Promise.all([rig.run(backfill), rig.run()]);
    expect([one.error, other.error]).toEqual([undefined, undefined]);
    expect([one.report.status, other.report.status]).toEqual(['complete', 'complete']);
    expect(await rig.differences()).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, rig.engine.catalogue)).toEqual([]);
    const twice = [...counters.paths].filter(([path, count]) => path.endsWith('/bookmarks') && count > 1);
    expect(twice).toEqual([]);
  });

  it('does not stop a sync that comes while it is at work', async () => {
    await using rig = await startRig({
      streams: catalogue,
      organization: { ...ORGANIZATION, workbooks: 250 },
    });
    await rig.sync();
    rig.simulator.organization.mutate(60);
    // A backfill that takes its time.
    const slow = runThrough(
      rig,
      async (_, next) => {
        await new Promise((resolve) => setTimeout(resolve, 15));
        return next();
      },
      backfill,
    );
    await expect.poll(() => rig.simulator.counters.requests).toBeGreaterThan(30);
    const { report, error } = await runSync(rig.engine, {
      streams: rig.engine.catalogue,
      full: false,
      acceptDeletions: false,
      signal: new AbortController().signal,
    });
    expect(error).toBeUndefined();
    expect(report.status).toBe('complete');
    expect((await slow).report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, rig.engine.catalogue)).toEqual([]);
  });

  it('lets a sync have each stream within seconds, however slow it is', async () => {
    await using rig = await startRig({
      streams: withAncestors(catalogue, new Set(['workbook_pages'])),
      organization: ORGANIZATION,
    });
    await rig.sync();
    rig.simulator.organization.mutate(20);
    let pages = 0;
    const stop = new AbortController();
    // All pages would take far longer than the sync may wait.
    const slow = runThrough(
      rig,
      async (path, next) => {
        if (path.endsWith('/pages')) {
          pages++;
          await new Promise((resolve) => setTimeout(resolve, 1500));
        }
        return next();
      },
      { ...backfill, signal: stop.signal },
    );
    await expect.poll(() => pages, { timeout: 20_000 }).toBeGreaterThan(0);
    expect((await rig.sync()).status).toBe('complete');
    const left = rig.simulator.organization.truth('workbooks').length - pages;
    expect(left).toBeGreaterThan(20);
    stop.abort();
    expect((await slow).report.status).toBe('interrupted');
    expect((await rig.run({ ...backfill, resume: true })).report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
  });

  it('passes over what was archived meanwhile, however much that is', async () => {
    await using rig = await startRig({
      streams: withAncestors(catalogue, new Set(['workbook_bookmarks'])),
      organization: { ...ORGANIZATION, workbooks: 330, archivedShare: 0 },
    });
    const { organization } = rig.simulator;
    const ids = organization.truth('workbooks').map(({ workbookId }) => String(workbookId));
    rig.events.on('stream.finished', ({ stream }) => {
      if (stream === 'workbooks') for (const id of ids.slice(0, 280)) organization.archiveWorkbook(id);
    });
    const stop = new AbortController();
    const asked = new Set<string>();
    let again = 0;
    const { report } = await runThrough(
      rig,
      (path, next) => {
        if (path.endsWith('/bookmarks') && asked.size === asked.add(path).size && ++again > 500) stop.abort();
        return next();
      },
      { ...backfill, signal: stop.signal },
    );
    expect(report.status).toBe('complete');
    expect(again).toBe(0);
    expect(asked.size).toBe(streamOf(report, 'workbook_bookmarks').partitions);
  });

  it('ends on a clock that goes back', async () => {
    let passed = 0;
    const began = Date.now();
    await using rig = await startRig({
      streams: withAncestors(catalogue, new Set(['workbook_pages'])),
      organization: { ...ORGANIZATION, workbooks: 260 },
      engine: { now: () => new Date(began - 1000 * passed++) },
    });
    const stop = new AbortController();
    rig.events.on('page.read', () => rig.simulator.counters.requests > 1000 && stop.abort());
    const { report } = await rig.run({ ...backfill, signal: stop.signal });
    expect(report.status).toBe('complete');
    expect(streamOf(report, 'workbook_pages').partitions).toBeLessThan(261);
  });

  it('loads nothing of a parent whose deletion a sync found meanwhile', async () => {
    await using rig = await startRig({
      streams: withAncestors(catalogue, new Set(['workbook_pages'])),
      organization: ORGANIZATION,
    });
    await rig.sync();
    const { organization } = rig.simulator;
    const id = String(organization.truth('workbook_pages')[0]?.['workbookId']);
    const reached = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const slow = runThrough(
      rig,
      async (path, next) => {
        const answer = await next();
        if (path !== `/v2/workbooks/${id}/pages`) return answer;
        reached.resolve();
        await gate.promise;
        return withEntries(answer, (entries) => entries.map((entry) => ({ ...entry, name: 'Another' })));
      },
      backfill,
    );
    await reached.promise;
    organization.deleteWorkbook(id);
    await rig.sync({ streams: rig.engine.catalogue.filter(({ name }) => name === 'workbooks') });
    gate.resolve();
    expect((await slow).report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    expect(await replayDifferences(rig.test.database, rig.test.schemas, rig.engine.catalogue)).toEqual([]);
  });
});
