/** The digest over an organization that changed. */
import { beforeEach, expect, it } from 'vitest';
import type { AnalyticsSettings } from '../../src/analytics/compile-analytics.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { reportOf } from '../../src/analytics/report/ask-digest.ts';
import type { Report, Thing, Top } from '../../src/analytics/report/digest.ts';
import { FORMATS } from '../../src/analytics/report/digest-formats.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Rig, startRig } from '../support/rig.ts';

const SETTINGS = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

let rig: Rig;
beforeEach(async () => {
  rig = await startRig({
    streams: catalogue,
    organization: { seed: 33, workbooks: 40, reports: 14, members: 20, teams: 5, grants: 120 },
  });
  return () => rig[Symbol.asyncDispose]();
});

const later = (ms: number): Date => new Date(Date.now() + ms);

const ask = (from = new Date(0), to = later(1000), watched: Record<string, number> = {}): Promise<Report> =>
  reportOf(rig.test.database, {
    ...{ schemas: rig.test.schemas, from, to },
    watched: new Map(Object.entries(watched)),
  });

const refresh = async (more: Partial<AnalyticsSettings> = {}): Promise<void> => {
  const { database, schemas } = rig.test;
  const now = (): number => performance.now();
  const { error } = await refreshAnalytics({
    database,
    schemas,
    settings: { ...SETTINGS, ...more },
    events: rig.events,
    now,
  });
  expect(error).toBeUndefined();
};

const rows = <T extends Record<string, unknown>>(sql: string): Promise<T[]> =>
  rig.test.database.session((session) => session.query<T>(sql));

const ids = ({ top }: Report['stale']): string[] => top.map(({ id }) => id).sort();

it('counts what came, what went and who may see what', async () => {
  await expect(ask()).rejects.toThrow('There are no answers in sigma_analytics yet.');
  const { organization } = rig.simulator;
  await rig.sync();
  const first = new Date();
  const [gone, kept, member] = [
    organization.addWorkbook('Gone again'),
    organization.addWorkbook('Here to stay'),
    organization.addMember(),
  ];
  const [withdrawn, monthly] = [organization.addReport('Withdrawn'), organization.addReport('Month end')];
  const grant = organization.grant({ permission: 'view', memberId: member, inodeId: kept });
  const changed = organization
    .truth('grants')
    .find((one) => one['permission'] === 'view' && one['grantId'] !== grant);
  organization.changePermission(String(changed?.['grantId']), 'edit');
  const suspended = organization.deactivateMember();
  await rig.sync();
  organization.deleteWorkbook(gone);
  const archived = organization.archiveWorkbook();
  const back = organization.archiveWorkbook();
  organization.deleteReport(withdrawn);
  const shelved = organization.archiveReport();
  organization.revoke(grant);
  await rig.sync({ acceptDeletions: true });
  organization.unarchiveWorkbook(back);
  await rig.sync();
  await refresh();

  const report = await ask();
  expect(report.version).toBe(1);
  expect(report.newWorkbooks.count).toBe(2);
  expect(ids(report.newWorkbooks)).toEqual([gone, kept].sort());
  expect(report.newWorkbooks.top.map(({ name }) => name).sort()).toEqual(['Gone again', 'Here to stay']);
  // Deleted documents have no page in Sigma.
  for (const list of [report.newWorkbooks, report.removedWorkbooks, report.removedReports])
    for (const { id, url } of list.top)
      expect([id, url]).toEqual([
        id,
        [gone, withdrawn].includes(id) ? null : expect.stringMatching(/^https:/),
      ]);
  expect(report.removedWorkbooks.count).toBe(2);
  expect(Object.fromEntries(report.removedWorkbooks.top.map(({ id, detail }) => [id, detail]))).toEqual({
    [gone]: 'deleted',
    [archived]: 'archived',
  });
  expect(ids(report.newReports)).toEqual([withdrawn, monthly].sort());
  expect(report.newReports.top.find(({ id }) => id === monthly)).toMatchObject({
    ...{ name: 'Month end', url: expect.stringMatching(/^https:/), detail: expect.stringMatching(/^by ./) },
  });
  expect(Object.fromEntries(report.removedReports.top.map(({ id, detail }) => [id, detail]))).toEqual({
    [withdrawn]: 'deleted',
    [shelved]: 'archived',
  });
  expect(report.newMembers).toMatchObject({ count: 1, top: [{ id: member }] });
  expect(report.removedMembers).toMatchObject({
    count: 1,
    top: [{ id: suspended, detail: 'inactive' }],
  });
  expect(report.access).toMatchObject({ given: 1, changed: 1, takenAway: 1 });
  expect(report.access.latest.count).toBe(3 + report.access.joined + report.access.left);
  const details = report.access.latest.top.map(({ name, detail }) => `${name}: ${detail}`);
  expect(details).toContainEqual(expect.stringMatching(/^Here to stay: view granted to /));
  expect(details).toContainEqual(expect.stringMatching(/^Here to stay: view revoked from /));
  expect(details).toContainEqual(expect.stringMatching(/view became edit for /));

  expect(report.growth.map(({ stream }) => stream)).toEqual([
    'workbooks',
    ...['workbook_elements', 'reports', 'report_elements', 'members', 'grants'],
  ]);
  for (const { stream, total, days } of report.growth) {
    const [live] = await rows<{ n: number }>(
      `select count(*)::integer as n from sigma.${stream} x
        where _deleted_at is null and to_jsonb(x) -> 'is_archived' is distinct from 'true'
          and to_jsonb(x) -> 'is_inactive' is distinct from 'true'`,
    );
    expect([stream, total]).toEqual([stream, live?.n]);
    const active = organization
      .truth(stream)
      .filter((one) => one['isArchived'] !== true && one['isInactive'] !== true);
    // The elements of archived documents stay, though the API lists them no more.
    if (!stream.endsWith('_elements')) expect([stream, total]).toEqual([stream, active.length]);
    expect(days.at(-1)?.total).toBe(total);
  }
  const [workbooks, , reports, , members, grants] = report.growth;
  // Archived ones went, and the restored one came again.
  expect(reports).toMatchObject({ added: 2, removed: 2 });
  expect(workbooks).toMatchObject({ added: 3, removed: 3 });
  expect(members).toMatchObject({ added: 1, removed: 1 });
  expect(grants).toMatchObject({ added: 1, removed: 1 });

  // The history began with the first sync, which was before what is counted.
  expect(Date.parse(report.historySince ?? '')).toBeLessThanOrEqual(first.getTime());
  expect(FORMATS.md(report)).toContain('The change log starts at');
  expect(FORMATS.md(await ask(later(-1)))).not.toContain('The change log begins');
});

it('counts what deserves a look as the answers do, and what was opened as the recent files do', async () => {
  await rig.sync();
  await refresh();
  const report = await ask(undefined, undefined, { workbooks: 3_600_000, grants: 0, ghosts: 1 });
  const count = async (sql: string): Promise<number> => {
    const [row] = await rows<{ n: number }>(`select count(*)::integer as n from sigma_analytics.${sql}`);
    return row?.n ?? -1;
  };
  const both = async (list: Top<Thing>, of: (document: string) => string): Promise<void> => {
    const [workbooks, reports] = [await count(of('workbook')), await count(of('report'))];
    expect([of('document'), list.count]).toEqual([of('document'), workbooks + reports]);
    expect(list.top.length).toBe(Math.min(5, list.count));
  };
  await both(report.stale, (document) => `stale_${document}s`);
  expect(await count('stale_reports')).toBeGreaterThan(0);
  await both(report.duplicates, (document) => `duplicate_${document}s where is_most_used`);
  const lists: [Report['stale'], string][] = [
    [report.orphaned, 'orphaned_content'],
    [report.broken, 'broken_elements'],
    [report.exposure.everyone, 'access_exposure where everyone and not is_archived'],
    [report.exposure.external, 'access_exposure where external_viewers > 0 and not is_archived'],
    [report.exposure.publicEmbeds, 'access_exposure where public_embeds > 0 and not is_archived'],
    [report.licences.couldStepDown, `licence_use where verdict = 'could step down'`],
    [report.licences.neverSeen, `licence_use where verdict = 'never seen'`],
    [report.licences.idle, `licence_use where verdict = 'idle'`],
  ];
  for (const [list, sql] of lists) {
    expect([sql, list.count]).toEqual([sql, await count(sql)]);
    expect(list.top.length).toBe(Math.min(5, list.count));
  }
  expect(report.stale.count).toBeGreaterThan(5);
  const { inUse, couldStepDown, neverSeen, idle } = report.licences;
  expect(inUse + couldStepDown.count + neverSeen.count + idle.count).toBe(
    await count(`licence_use where verdict <> 'inactive'`),
  );

  const opened = new Map<string, number>();
  const recents = await rows<{ file_id: string }>(
    `select r.file_id from sigma.member_recent_files r
       join (select workbook_id as id, _deleted_at from sigma.workbooks
             union all select report_id, _deleted_at from sigma.reports) d on d.id = r.file_id
      where r.last_interaction_at is not null and d._deleted_at is null`,
  );
  const isReport = new Set(rig.simulator.organization.truth('reports').map(({ reportId }) => reportId));
  for (const { file_id } of recents) opened.set(file_id, (opened.get(file_id) ?? 0) + 1);
  expect(report.mostOpened.count).toBe(opened.size);
  expect(opened.size).toBeGreaterThan(0);
  const said = (n: number): string => `${n} ${n === 1 ? 'member' : 'members'}`;
  const most = [...opened.values()].sort((a, b) => b - a).slice(0, 5);
  expect(report.mostOpened.top.map(({ detail }) => detail.replace('report, ', ''))).toEqual(most.map(said));
  for (const { id, detail } of report.mostOpened.top)
    expect(detail).toBe(`${isReport.has(id) ? 'report, ' : ''}${said(opened.get(id) ?? 0)}`);

  const [load] = await rows<{ runs: number }>(
    'select sum(runs)::float8 as runs from sigma_analytics.schedule_load',
  );
  expect(report.schedules.runsPerWeek).toBe(Math.round(load?.runs ?? -1));
  expect(report.schedules.byHour.map((hours) => hours.length)).toEqual(Array(7).fill(24));

  expect(report.sync).toMatchObject({ runs: 1, failedRuns: 0 });
  expect(report.sync.lastComplete).not.toBeNull();
  expect(report.sync.behind).toMatchObject({
    count: 2,
    top: [
      { id: 'grants', detail: expect.stringMatching(/^complete, complete at \d{4}-/) },
      { id: 'ghosts', detail: 'never read' },
    ],
  });
  for (const format of [FORMATS.md, FORMATS.html]) expect(format(report)).toContain('Stale');
});

it('has figures in a time in which nothing happened', async () => {
  await rig.sync();
  await refresh();
  const report = await ask(later(1000), later(2000));
  const { newWorkbooks, removedMembers, access, mostOpened, growth, sync } = report;
  expect([newWorkbooks.count, removedMembers.count, access.latest.count, mostOpened.count]).toEqual([
    0, 0, 0, 0,
  ]);
  expect(sync.runs).toBe(0);
  expect(growth.map(({ added, removed }) => [added, removed])).toEqual(Array(6).fill([0, 0]));
  const books = rig.simulator.organization.truth('workbooks');
  expect(growth[0]?.total).toBe(books.filter((one) => one['isArchived'] !== true).length);
  // A week later, without a change in between.
  const week = await ask(later(7 * 86_400_000), later(14 * 86_400_000));
  expect(week.growth.map(({ days }) => days.length)).toEqual(Array(6).fill(8));
  expect(week.growth[0]?.total).toBe(growth[0]?.total);
});

it('names what the change log leaves out', async () => {
  await rig.sync();
  await refresh();
  const whole = await ask();
  expect(whole.unlogged).toEqual([]);
  expect(FORMATS.md(whole)).not.toContain('leaves out');
  await rows(`delete from sigma_sync.history where stream in ('grants', 'team_members')`);
  const report = await ask();
  expect(report.unlogged).toEqual(['grants', 'team_members']);
  const told = 'The change log leaves out grants, team_members, so changes there are unknown.';
  for (const text of [FORMATS.md(report), FORMATS.html(report)])
    expect(text.replaceAll('\\', '')).toContain(told);
});

it('ranks what was opened by all openings, those of the audit log included', async () => {
  await rig.sync();
  await rows(`create schema if not exists sigma_data`);
  await rows(`create table sigma_data.audit_events (at timestamptz, who text, object text, kind text)`);
  // A workbook that no recent file names, opened by more people than any other, and one by somebody who is hidden.
  const [known, hidden] = await rows<{ id: string }>(
    `select workbook_id as id from sigma.workbooks w
      where not exists (select from sigma.member_recent_files r where r.file_id = w.workbook_id) order by 1 limit 2`,
  );
  await rows(`insert into sigma_data.audit_events
    select now() - n * interval '1 minute', m.member_id, '${known?.id}', 'OPEN' from sigma.members m, generate_series(1, 3) n
    union all select now(), null, '${hidden?.id}', 'OPEN'`);
  const columns = { time: 'at', member: 'who', object: 'object', event: 'kind', opens: ['OPEN'] };
  await refresh({ auditLog: { schema: 'sigma_data', table: 'audit_events', ...columns } });
  const [members] = await rows<{ n: number }>('select count(*)::integer as n from sigma.members');
  const { mostOpened } = await ask();
  expect(mostOpened.top[0]).toMatchObject({ id: known?.id, detail: `${members?.n} members` });
  const recent = await ask(later(-3_600_000));
  expect(recent.mostOpened.count).toBe(2);
  expect(recent.mostOpened.top[1]).toMatchObject({ id: hidden?.id, detail: 'by hidden members' });
});

it('tells external viewers of an object from all of them', async () => {
  await rig.sync();
  await refresh();
  const { external } = (await ask()).exposure;
  expect(external.count).toBeGreaterThan(0);
  for (const { id, detail } of external.top) {
    const [seen] = await rows<{ viewers: number; external: number }>(
      `select viewers, external_viewers as external from sigma_analytics.access_exposure where inode_id = '${id}'`,
    );
    expect(detail).toMatch(new RegExp(`, ${seen?.external} external of ${seen?.viewers} viewers?$`));
  }
});

it('names a deleted team beside those who left with it', async () => {
  const { organization } = rig.simulator;
  const team = organization.addTeam('Closed');
  for (let i = 0; i < 3; i++) organization.addTeamMember(team);
  await rig.sync();
  organization.deleteTeam(team);
  await rig.sync({ acceptDeletions: true });
  await refresh();
  expect(
    await rows(
      `select change, team_name, count(*)::integer as n, count(member_id)::integer as members, count(grant_id)::integer as grants
         from sigma_analytics.access_changes where team_id = '${team}' group by 1, 2 order by 1`,
    ),
  ).toEqual([
    { change: 'left', team_name: 'Closed', n: 3, members: 3, grants: 0 },
    { change: 'team deleted', team_name: 'Closed', n: 1, members: 0, grants: 0 },
  ]);
  const report = await ask();
  expect(report.access).toMatchObject({ left: 3, teamDeleted: 1 });
  expect(report.access.latest.top).toContainEqual(
    expect.objectContaining({ name: 'Closed', detail: 'team deleted; its members lost what it gave' }),
  );
  expect(FORMATS.md(report)).toContain('3 left a team, 1 deleted team');
});
