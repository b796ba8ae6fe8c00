/** The engine from HTTP to rows: full, unchanged, incremental. */
import { describe, expect, it } from 'vitest';
import { LockedError } from '../../src/core/errors.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { type Rig, startRig, streamOf, totalOf } from '../support/rig.ts';
import { loadAtScale } from '../support/scale.ts';

it('an organization is loaded exactly, costs nothing when unchanged, and afterwards only what changed', () =>
  loadAtScale({ seed: 3, workbooks: 200, elements: 700, members: 120, teams: 20, grants: 3000 }));

describe('what moves without its parent moving', () => {
  it('is seen: a membership, a grant, a permission, a workspace name', async () => {
    await using rig = await startRig({ organization: { seed: 4, workbooks: 60 } });
    await rig.sync();
    const { organization } = rig.simulator;
    const added = organization.addTeamMember();
    organization.removeTeamMember();
    const granted = organization.grant();
    organization.revoke();
    organization.changePermission(granted, 'organize');
    const report = await rig.sync();
    expect(streamOf(report, 'team_members').deleted).toBe(1);
    expect(streamOf(report, 'grants').deleted).toBe(1);
    expect(await rig.differences()).toEqual([]);
    expect(added).not.toBe('');
    organization.renameWorkspace();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('deletions', () => {
  it('follow their parents, and a row that comes back is alive again', async () => {
    await using rig = await startRig({ organization: { seed: 5, workbooks: 80 } });
    await rig.sync();
    const { organization } = rig.simulator;
    const workbook = organization.deleteWorkbook();
    const team = organization.deleteTeam();
    const report = await rig.sync();
    expect(streamOf(report, 'workbooks').deleted).toBeGreaterThanOrEqual(1);
    expect(streamOf(report, 'workbook_pages').deleted).toBeGreaterThanOrEqual(1);
    expect(streamOf(report, 'teams').deleted).toBe(1);
    expect(await rig.differences()).toEqual([]);
    const [{ cursors, dead } = { cursors: -1, dead: -1 }] = await rig.test.database.session((session) =>
      session.query<{ cursors: number; dead: number }>(
        `select (select count(*)::integer from sigma_sync.partitions where partition in ($1, $2)) as cursors,
                (select count(*)::integer from sigma.workbook_pages where workbook_id = $1 and _deleted_at is not null) as dead`,
        [workbook, team],
      ),
    );
    expect(cursors).toBe(0);
    expect(dead).toBeGreaterThan(0);
  });

  it('of archived workbooks do not happen: their pages stay as they were', async () => {
    await using rig = await startRig({ organization: { seed: 6, workbooks: 40 } });
    await rig.sync();
    const archived = rig.simulator.organization.archiveWorkbook();
    const report = await rig.sync();
    expect(totalOf(report, 'deleted')).toBe(0);
    const rows = await rig.test.database.session((session) =>
      session.query('select 1 from sigma.workbook_pages where workbook_id = $1 and _deleted_at is null', [
        archived,
      ]),
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(await rig.differences()).toEqual([]);
    rig.simulator.organization.unarchiveWorkbook(archived);
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('an API without the endpoints of 2026', () => {
  it.each([
    ['that lacks the elements of a workbook', { novelties: { elements: false } }],
    ['whose elements do not name their page', { novelties: { pageId: false } }],
  ])('%s is read page by page', async (_, api) => {
    await using rig = await startRig({ organization: { seed: 7, workbooks: 50 }, ...api });
    const degraded: string[] = [];
    rig.events.on('api.degraded', ({ stream, to }) => degraded.push(`${stream} ${to}`));
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    expect(degraded).toEqual(['workbook_elements per page']);
  });
});

describe('a single workbook that refuses its elements', () => {
  it('does not turn the others to page by page', async () => {
    await using rig = await startRig({
      organization: { seed: 7, workbooks: 50 },
      novelties: { pageId: true },
    });
    const [sick] = rig.simulator.organization.workbooks.list
      .toArray()
      .filter((w) => !w.archived && !w.exploration);
    rig.simulator.faults.set({ forbid: [`/workbooks/${sick?.id}/elements`] });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const pageByPage = rig.requests()['GET /v2/workbooks/{workbookId}/pages/{pageId}/elements'] ?? 0;
    expect(pageByPage).toBeGreaterThan(0);
    expect(pageByPage).toBeLessThan(5);
  });
});

describe('pages', () => {
  it('of every size give the same tables', async () => {
    await using rig = await startRig({ organization: { seed: 8, workbooks: 70, grants: 300 }, pageSize: 7 });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('random histories', () => {
  it.each([
    ['short', { shortIdsInAllGrants: true }],
    ['long', { shortGrantIds: false }],
  ])('always end with tables equal to the truth, with %s ids of objects in grants', async (_, novelties) => {
    await using rig = await startRig({
      streams: catalogue,
      novelties,
      organization: { seed: 9, workbooks: 60, grants: 300 },
      pageSize: 50,
    });
    for (let night = 0; night < 6; night++) {
      await rig.sync({ full: night % 5 === 4 });
      expect(await rig.differences(), `night ${night}`).toEqual([]);
      rig.simulator.organization.mutate(8);
    }
  });
});

describe('a run', () => {
  it('is written down, with its streams', async () => {
    await using rig = await startRig({ organization: { seed: 10, workbooks: 20 } });
    const report = await rig.sync();
    const [run] = await rig.test.database.session((session) =>
      session.query<{ run_id: string; status: string; requests: number; streams: number }>(
        `select r.run_id, r.status, r.requests,
                (select count(*)::integer from sigma_sync.run_streams s where s.run_id = r.run_id) as streams
           from sigma_sync.runs r`,
      ),
    );
    expect(run).toEqual({
      run_id: report.runId,
      status: 'complete',
      requests: report.requests,
      streams: rig.engine.catalogue.length,
    });
    expect(report.requests).toBe(rig.simulator.counters.requests);
    const left = await rig.test.database.session((session) =>
      session.query(
        `select tablename from pg_tables where schemaname = 'sigma_sync' and tablename like 'staging%'`,
      ),
    );
    expect(left).toEqual([]);
  });

  it('keeps others out while it lasts', async () => {
    await using rig = await startRig({ organization: { seed: 11, workbooks: 200 }, latencyMs: 5 });
    const begun = new Promise((resolve) => rig.events.on('run.started', resolve));
    const first = rig.run();
    await begun;
    await expect(rig.run()).rejects.toBeInstanceOf(LockedError);
    expect((await first).report.status).toBe('complete');
    await expect(rig.run()).resolves.toMatchObject({ report: { status: 'complete' } });
  });

  it('of some streams reads their ancestors and nothing else', async () => {
    await using rig = await startRig({ organization: { seed: 12, workbooks: 20 } });
    const streams = rig.engine.catalogue.filter((stream) => ['teams', 'team_members'].includes(stream.name));
    await rig.sync({ streams });
    expect(Object.keys(rig.requests()).sort()).toEqual(['GET /v2.1/teams', 'GET /v2/teams/{teamId}/members']);
  });

  it('that is stopped keeps what it loaded, and the next one goes on from there', async () => {
    await using rig = await startRig({ organization: { seed: 13, workbooks: 300 }, latencyMs: 3 });
    const controller = new AbortController();
    rig.events.on('batch.committed', ({ stream }) => {
      if (stream === 'workbook_pages') controller.abort(new Error('stopped by the test'));
    });
    const { report } = await runSync(rig.engine, {
      streams: rig.engine.catalogue,
      full: false,
      acceptDeletions: false,
      signal: controller.signal,
    });
    expect(report.status).toBe('interrupted');
    const before = await completed(rig);
    rig.simulator.counters.reset();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    for (const path of before) expect(rig.simulator.counters.paths.get(`GET ${path}`) ?? 0, path).toBe(0);
  });
});

/** Paths of the pages of every workbook whose partition is complete. */
async function completed(rig: Rig): Promise<string[]> {
  const rows = await rig.test.database.session((session) =>
    session.query<{ partition: string }>(
      `select partition from sigma_sync.partitions where stream = 'workbook_pages' and status = 'complete'`,
    ),
  );
  expect(rows.length).toBeGreaterThan(0);
  return rows.map(({ partition }) => `/v2/workbooks/${partition}/pages`);
}
