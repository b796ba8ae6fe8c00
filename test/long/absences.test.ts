/** Rows that are missing from a listing: when that is a deletion, and when it is not. */
import { describe, expect, it } from 'vitest';
import { dropFolder } from '../../simulator/streams/shared/places.ts';
import { fileWorkbooks } from '../../simulator/streams/shared/workbook-table.ts';
import { ApiError, ForeignOriginError, NetworkError } from '../../src/core/errors.ts';
import { type Rig, startRig, streamOf } from '../support/rig.ts';
import { runThrough, withEntries, withoutEntries } from '../support/through.ts';

const ORGANIZATION = { seed: 21, workbooks: 150, members: 60, teams: 10, grants: 800 };
/** More members than inodes: grants are swept by inode after the first load. */
const BY_INODE = { seed: 5, workbooks: 20, members: 200, teams: 20, grants: 300, folders: 10 };

function refused(status: number): ApiError {
  return new ApiError(`answered ${status}`, { context: { status } });
}

/** The first of a list; a test without it would test nothing. */
function some<T>(items: Iterable<T>, fits: (item: T) => boolean = () => true): T {
  for (const item of items) if (fits(item)) return item;
  throw new Error('there is none');
}

async function deleted(rig: Rig, table: string): Promise<number> {
  const rows = await rig.test.database.session((session) =>
    session.query(`select 1 from sigma."${table}" where _deleted_at is not null`),
  );
  return rows.length;
}

describe('a small table', () => {
  const SMALL = { organization: { ...ORGANIZATION, workbooks: 20, members: 24, teams: 5, grants: 20 } };
  /** All members but the first are gone from the listing, and each answers so when it is looked at. */
  const without = (rig: Rig, status: number, sync = {}) => {
    const [kept] = rig.simulator.organization.members.list;
    return runThrough(
      rig,
      async (path, next) => {
        if (/^\/v2\/members\/[^/]+$/.test(path)) throw refused(status);
        const answer = await next();
        return /^\/v2(\.1)?\/members$/.test(path)
          ? withoutEntries(answer, (entry) => entry['memberId'] === kept?.id)
          : answer;
      },
      sync,
    );
  };

  it('of which nearly all vanishes at once is guarded, however each row answers', async () => {
    await using rig = await startRig(SMALL);
    await rig.sync();
    const { report } = await without(rig, 404);
    expect(streamOf(report, 'members')).toMatchObject({ status: 'deletion_guard', deleted: 0 });
    expect(streamOf(report, 'members').error).toMatch(/^23 of 24 rows vanished from the listing at once/);
    expect([await deleted(rig, 'members'), await deleted(rig, 'grants')]).toEqual([0, 0]);
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    // A right that was lost is reported at once.
    const hidden = await without(rig, 403);
    expect(streamOf(hidden.report, 'members')).toMatchObject({ status: 'complete', deleted: 0 });
    // Somebody agrees.
    const accepted = await without(rig, 404, { acceptDeletions: true });
    expect(streamOf(accepted.report, 'members').deleted).toBe(23);
  });

  it('of which a part is deleted is no concern', async () => {
    await using rig = await startRig(SMALL);
    await rig.sync();
    const { organization } = rig.simulator;
    for (const { id } of organization.teams.list.slice(0, 2)) organization.deleteTeam(id);
    const { report } = await rig.run();
    expect(streamOf(report, 'teams')).toMatchObject({ status: 'complete', deleted: 2 });
    expect(await rig.differences()).toEqual([]);
  });
});

describe('lost permissions', () => {
  it('that the guard met and that then shrank below it are still no deletions', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0.7 });
    expect(streamOf((await rig.run()).report, 'workbooks').status).toBe('deletion_guard');
    rig.simulator.faults.set({ permissionLoss: 0.08 });
    await rig.sync();
    expect([await deleted(rig, 'workbooks'), await deleted(rig, 'files')]).toEqual([0, 0]);
  });

  it('on a few rows are told from deletions although the first listing lacked everything', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    rig.simulator.faults.set({ permissionLoss: 0.08 });
    let listings = 0;
    await runThrough(rig, async (path, next) => {
      const answer = await next();
      return path === '/v2/files' && listings++ === 0 ? withoutEntries(answer, () => false) : answer;
    });
    expect(listings).toBeGreaterThan(1);
    expect(await deleted(rig, 'files')).toBe(0);
  });

  it('on many grants are no revocations', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const hidden = new Set(rig.simulator.organization.grants.list.slice(0, 70).map(({ id }) => id));
    await runThrough(rig, async (path, next) => {
      if (hidden.has(path.replace('/v2/grants/', ''))) throw refused(403);
      const answer = await next();
      return path === '/v2/grants'
        ? withoutEntries(answer, (e) => !hidden.has(String(e['grantId'])))
        : answer;
    });
    expect(await deleted(rig, 'grants')).toBe(0);
  });
});

describe('a proof', () => {
  it.each([
    ['that can not be repeated', true],
    ['of a run that was cut off', false],
  ])('%s is none when the row has come back', async (_, forbidden) => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const { organization } = rig.simulator;
    const team = some(organization.teams.list, ({ members }) => members.length > 2);
    const member = organization.removeTeamMember(team.id);
    const controller = new AbortController();
    const stop = rig.events.on('batch.committed', ({ stream }) => {
      if (stream === 'team_members') controller.abort(new Error('stopped by the test'));
    });
    expect((await rig.run({ signal: controller.signal })).report.status).toBe('interrupted');
    stop();
    organization.addTeamMember(team.id, member);
    if (forbidden) rig.simulator.faults.set({ forbid: [`/v2/teams/${team.id}/members`] });
    const { report } = await rig.run();
    expect(report.status).toBe(forbidden ? 'partial' : 'complete');
    expect(await deleted(rig, 'team_members')).toBe(0);
  });

  it('is not what two pages say that are read one after the other', async () => {
    await using rig = await startRig({
      organization: { seed: 7, workbooks: 30 },
      novelties: { elements: false },
    });
    await rig.sync();
    const [row] = await rig.test.database.session((session) =>
      session.query<{ workbook_id: string; element_id: string }>(
        `select workbook_id, max(element_id) as element_id from sigma.workbook_elements
          group by 1 having count(distinct page_id) > 1 order by 1 limit 1`,
      ),
    );
    const { workbook_id: id, element_id: mover } = row ?? { workbook_id: '', element_id: '' };
    rig.simulator.organization.publishVersion(id);
    // It moves from the page not read yet to the one that was: the first pass finds it on neither.
    const seen = new Set<string>();
    await runThrough(rig, async (path, next) => {
      const answer = await next();
      if (!path.includes(`/workbooks/${id}/pages/`) || seen.has(path)) return answer;
      seen.add(path);
      return withoutEntries(answer, (entry) => entry['elementId'] !== mover);
    });
    expect(seen.size).toBeGreaterThan(1);
    expect(await rig.differences()).toEqual([]);
  });

  it('that could not be had leaves the stream partial, and its remains go with the parent', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, members: 80 }, pageSize: 5 });
    await rig.sync();
    const { organization } = rig.simulator;
    const team = some([...organization.teams.list].sort((a, b) => b.members.length - a.members.length));
    organization.removeTeamMember(team.id);
    let listings = 0;
    const { report } = await runThrough(rig, async (path, next, options) => {
      const again = path === `/v2/teams/${team.id}/members` && options?.query?.['page'] === undefined;
      if (again && ++listings > 1) throw new NetworkError('down');
      return next();
    });
    expect(streamOf(report, 'team_members')).toMatchObject({ status: 'partial', partitionsFailed: 1 });
    organization.deleteTeam(team.id);
    await rig.sync();
    rig.simulator.counters.reset();
    await rig.sync();
    expect([...rig.simulator.counters.paths.keys()].filter((path) => path.includes(team.id))).toEqual([]);
    expect(
      await rig.test.database.session((session) => session.query('select * from sigma_sync.absences')),
    ).toEqual([]);
  });

  it('is a 410 as well as a 404; any other answer is asked for again', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const gone = rig.simulator.organization.deleteWorkbook();
    const answering = (status: number) =>
      runThrough(rig, async (path, next) => {
        if (path === `/v2/workbooks/${gone}`) throw refused(status);
        return next();
      });
    const redirected = await runThrough(rig, async (path, next) => {
      if (path === `/v2/workbooks/${gone}`) throw new ForeignOriginError('Sigma pointed elsewhere.');
      return next();
    });
    expect(redirected.error).toBeUndefined();
    expect(streamOf(redirected.report, 'workbook_elements').status).toBe('complete');
    const first = await answering(400);
    expect(streamOf(first.report, 'workbooks')).toMatchObject({ status: 'partial', deleted: 0 });
    expect(streamOf(first.report, 'workbooks').error).toContain('1 rows are gone from their listing');
    const second = await answering(410);
    expect(second.report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
  });
});

describe('the guard', () => {
  it('over rows whose partitions are not read again does not forget them', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const { organization } = rig.simulator;
    const live = organization.workbooks.list.toArray().filter((w) => !w.archived && !w.exploration);
    for (const { id } of live) organization.publishVersion(id);
    const [third] = await rig.test.database.session((session) =>
      session.query<{ ids: string[] }>(
        `select array_agg(element_id) as ids
           from (select element_id, row_number() over (order by element_id) as n from sigma.workbook_elements) e
          where n % 3 = 0`,
      ),
    );
    const gone = new Set(third?.ids);
    const sync = (acceptDeletions: boolean) =>
      runThrough(
        rig,
        async (path, next) => {
          const answer = await next();
          return path.endsWith('/elements')
            ? withoutEntries(answer, (e) => !gone.has(String(e['elementId'])))
            : answer;
        },
        { acceptDeletions },
      );
    expect(streamOf((await sync(false)).report, 'workbook_elements').status).toBe('deletion_guard');
    expect(streamOf((await sync(false)).report, 'workbook_elements').status).toBe('deletion_guard');
    const accepted = streamOf((await sync(true)).report, 'workbook_elements');
    expect(accepted).toMatchObject({ status: 'complete' });
    expect(accepted.deleted).toBeGreaterThan(100);
    const left = await rig.test.database.session((session) =>
      session.query(
        'select 1 from sigma.workbook_elements where _deleted_at is null and element_id = any($1) and workbook_id = any($2)',
        [[...gone], live.map(({ id }) => id)],
      ),
    );
    expect(left).toEqual([]);
  });
});

describe('a partition that is not read any more', () => {
  it('keeps no absence waiting for a proof', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const { organization } = rig.simulator;
    const [row] = await rig.test.database.session((session) =>
      session.query<{ workbook_id: string; page_id: string }>(
        `select workbook_id, max(page_id) as page_id
           from sigma.workbook_pages join sigma.workbooks w using (workbook_id)
          where not w.is_archived and w.tags is null group by 1 having count(*) > 1 limit 1`,
      ),
    );
    const { workbook_id: id, page_id: page } = row ?? { workbook_id: '', page_id: '' };
    organization.publishVersion(id);
    const controller = new AbortController();
    const stop = rig.events.on('batch.committed', ({ stream }) => {
      if (stream === 'workbook_pages') controller.abort(new Error('stopped by the test'));
    });
    await runThrough(
      rig,
      async (path, next) => {
        const answer = await next();
        return path.endsWith('/pages') ? withoutEntries(answer, (entry) => entry['pageId'] !== page) : answer;
      },
      { signal: controller.signal },
    );
    stop();
    organization.archiveWorkbook(id);
    await rig.run();
    await rig.sync();
  });
});

describe('an object in several listings', () => {
  it('keeps its grants while one of them has it', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    await rig.sync();
    const { organization } = rig.simulator;
    const { id } = some(
      fileWorkbooks(organization),
      (workbook) => organization.grants.of(workbook.id).length > 0,
    );
    const streams = rig.engine.catalogue.filter(({ name }) => name === 'files');
    await runThrough(
      rig,
      async (path, next) => {
        if (path === `/v2/files/${id}`) throw refused(404);
        const answer = await next();
        return path === '/v2/files' ? withoutEntries(answer, (entry) => entry['id'] !== id) : answer;
      },
      { streams },
    );
    expect([await deleted(rig, 'files'), await deleted(rig, 'grants')]).toEqual([1, 0]);
  });

  it('is not taken for gone because another listing does not know it', async () => {
    await using rig = await startRig({ organization: BY_INODE });
    await rig.sync();
    const { organization } = rig.simulator;
    const folder = some(organization.folders.list);
    organization.grant({ inodeId: folder.id });
    rig.simulator.faults.set({ forbid: [`/v2/grants\\?.*${folder.id}`] });
    const { report } = await rig.run();
    expect(streamOf(report, 'grants')).toMatchObject({ status: 'partial', partitionsFailed: 1 });
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('grants', () => {
  it('of an object that only they tell of go with it', async () => {
    await using rig = await startRig({ organization: BY_INODE });
    const { organization } = rig.simulator;
    const home = some(organization.members.list).homeFolderId;
    const granted = organization.grant({ inodeId: home });
    await rig.sync();
    organization.revoke(granted);
    rig.simulator.faults.set({ missing: [`inodeId=${home}`] });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('of an archived workbook that may not be read are missing, and that is said', async () => {
    await using rig = await startRig({ organization: BY_INODE });
    await rig.sync();
    const { organization } = rig.simulator;
    const id = organization.archiveWorkbook();
    await rig.sync();
    organization.grant({ inodeId: id });
    rig.simulator.faults.set({ forbid: [`/v2/grants\\?.*${id}`] });
    expect(streamOf((await rig.run()).report, 'grants')).toMatchObject({
      status: 'partial',
      partitionsFailed: 1,
    });
  });

  it('on objects that no listing names are found by the first load and kept by the sweep over inodes', async () => {
    await using rig = await startRig({ organization: BY_INODE });
    const { organization } = rig.simulator;
    const home = some(organization.members.list).homeFolderId;
    const granted = organization.grant({ inodeId: home });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    rig.requests();
    organization.changePermission(granted, 'organize');
    const report = await rig.sync();
    // Fewer inodes than members and teams.
    expect(streamOf(report, 'grants').partitions).toBeLessThan(220);
    expect(await rig.differences()).toEqual([]);
  });
});

describe('entries that stand for hidden files', () => {
  it('neither fail the listing nor keep deletions from being seen', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const { organization } = rig.simulator;
    const folder = organization.addFolder();
    await rig.sync();
    dropFolder(
      organization,
      some(organization.folders.list, ({ id }) => id === folder),
    );
    const hidden: number[] = [];
    rig.events.on('entries.hidden', ({ count }) => hidden.push(count));
    const { report } = await runThrough(rig, async (path, next) => {
      const answer = await next();
      const error = { code: 403, message: 'no access', requestId: 'r' };
      return path === '/v2/files' ? withEntries(answer, (entries) => [...entries, error]) : answer;
    });
    expect(report.status).toBe('complete');
    expect(hidden).toEqual([1]);
    expect(await rig.differences()).toEqual([]);
  });
});
