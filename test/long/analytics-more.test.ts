/** Answers about access agree with one another, in other schemas, without some streams, and beside readers. */
import { describe, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import type { AnalyticsRequest } from '../../src/analytics/refresh-analytics.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { prepareHistory } from '../../src/state/change-log.ts';
import { migrate } from '../../src/state/migrate.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { failuresOf, query, refresh as refreshAnswers } from '../support/analytics.ts';
import { readGallery } from '../support/gallery.ts';
import { type Rig, startRig } from '../support/rig.ts';

const refresh = async (rig: Rig, more: Partial<AnalyticsRequest> = {}): Promise<string[]> =>
  failuresOf(await refreshAnswers(rig, more));

describe('access', () => {
  it('is the same in every answer about it, whatever became of members, teams and places', async () => {
    await using rig = await startRig({
      organization: {
        seed: 41,
        workbooks: 20,
        members: 16,
        teams: 6,
        grants: 150,
        folders: 10,
        elements: 10,
      },
      streams: catalogue,
    });
    await rig.sync();
    rig.simulator.organization.mutate(100);
    await rig.sync({ acceptDeletions: true });
    const odd = [
      `update sigma.members set is_archived = null where member_id in (select member_id from sigma.members order by 1 limit 2)`,
      // As a tombstone does: with the team its members, and not the grants.
      `with gone as (select min(g.team_id) as id from sigma.grants g where g.team_id is not null),
            team as (update sigma.teams t set _deleted_at = now() from gone where t.team_id = gone.id)
       update sigma.team_members m set _deleted_at = now() from gone where m.team_id = gone.id`,
      `delete from sigma.files where id in (select parent_id from sigma.files where type = 'workbook' order by 1 limit 1)`,
      `delete from sigma.files where type = 'workspace' and id in (select workspace_id from sigma.workspaces order by 1 limit 2)`,
      `update sigma.files f set owner_id = (select max(member_id) from sigma.members) where id in (select id from sigma.files order by 1 limit 3)`,
      `update sigma.grants set permission = 'new' where grant_id in (select grant_id from sigma.grants order by 1 limit 3)`,
      `update sigma.members set _deleted_at = now() where member_id in (select g.member_id from sigma.grants g where g.member_id is not null order by 1 limit 1)`,
    ];
    for (const change of ['select 1', ...odd]) {
      await query(rig, change);
      expect(await refresh(rig, { all: true })).toEqual([]);
      const counts = await query(
        rig,
        `select e.inode_id, e.type, e.viewers, e.editors, coalesce(m.n, 0) as n, coalesce(m.edit, 0) as edit
           from sigma_analytics.access_exposure e
           full join (select inode_id, count(*)::integer as n, (count(*) filter (where can_edit))::integer as edit
                        from sigma_analytics.access_matrix group by 1) m on m.inode_id = e.inode_id
          where e.viewers is distinct from coalesce(m.n, 0) and e.inode_id is not null
             or e.inode_id is not null and e.editors is distinct from coalesce(m.edit, 0)`,
      );
      expect(counts, change).toEqual([]);
      const verdicts = await query(
        rig,
        `with given as (
           select d.grant_id, d.verdict, d.permission, a.inode_id is not null as listed,
                  (select max(sigma.permission_rank(p.permission))
                     from jsonb_to_recordset(a.paths) as p(permission text, via text) where p.via = 'team') as team
             from sigma_analytics.direct_grants d
             left join sigma.effective_access() a on a.member_id = d.member_id and a.inode_id = d.inode_id)
         select * from given where not listed or verdict <> case when team is null then 'only way'
           when team >= sigma.permission_rank(permission) then 'redundant' else 'more than the team' end`,
      );
      expect(verdicts, change).toEqual([]);
      const ways = await query(
        rig,
        `select a.member_id, a.inode_id from sigma_analytics.access_matrix a
           cross join lateral (select count(*) as n from sigma_analytics.why_access(a.member_id, a.inode_id)) y
          where abs(hashtext(a.member_id || a.inode_id)) % 40 = 0 and y.n <> jsonb_array_length(a.paths)`,
      );
      expect(ways, change).toEqual([]);
    }
  }, 120_000);
});

describe('other schemas', () => {
  it.each(['acme', `Ac"me - '1'`])('%s', async (target) => {
    await using rig = await startRig({
      organization: { seed: 5, workbooks: 6, members: 8 },
      streams: catalogue,
    });
    const schemas = schemasFor(target);
    await migrate(rig.test.database, schemas, catalogue, rig.events);
    Object.assign(rig.engine, { schemas });
    await rig.sync();
    expect(await refresh(rig, { schemas })).toEqual([]);
    const q = (name: string): string => `"${`${target}_analytics`.replaceAll('"', '""')}".${name}`;
    for (const { kind, name } of models)
      if (kind !== 'function') await query(rig, `select * from ${q(name)}`);
    expect(await query(rig, `select count(*) > 0 as ok from ${q('workbook_inventory')}`)).toEqual([
      { ok: true },
    ]);
    expect(await query(rig, `select * from ${q('impact_of')}('x')`)).toEqual([]);
    expect(
      await query(
        rig,
        `select count(*) > 0 as ok from (select * from ${q('access_matrix')} limit 3) a
           cross join lateral ${q('why_access')}(a.member_id, a.inode_id, clock_timestamp() - interval '0.01 s') y`,
      ),
    ).toEqual([{ ok: true }]);
    await query(rig, `select * from ${q('openings')}()`);
    expect(await refresh(rig, { schemas })).toEqual([]);
  });
});

describe('growth', () => {
  it('knows at the next refresh what is logged, though no row changed', async () => {
    await using rig = await startRig({
      organization: { seed: 5, workbooks: 6, members: 8 },
      streams: catalogue,
    });
    await rig.sync();
    await refresh(rig);
    const streams = (): Promise<Record<string, unknown>[]> =>
      query(rig, 'select distinct stream from sigma_analytics.growth order by stream');
    const all = [
      ...['grants', 'members', 'report_elements', 'reports', 'workbook_elements', 'workbooks'],
    ].map((stream) => ({ stream }));
    expect(await streams()).toEqual(all);
    const { database, schemas } = rig.test;
    const history = { isLogged: (stream: string) => stream !== 'grants', retentionMonths: 25 };
    const names = catalogue.map(({ name }) => name);
    await prepareHistory(database, schemas, names, history, new Date());
    expect(await refresh(rig)).toEqual([]);
    expect(await streams()).toEqual(all.slice(1));
    await rig.sync();
    await refresh(rig);
    expect(await streams()).toEqual(all);
  });
});

it('a member who is archived and inactive goes once and comes back once', async () => {
  const streams = withAncestors(catalogue, new Set(['members']));
  await using rig = await startRig({ organization: { seed: 5, workbooks: 6, members: 8 }, streams });
  await rig.sync();
  await refresh(rig);
  const member = rig.simulator.organization.members.list
    .toArray()
    .find((one) => !one.archived && !one.inactive);
  if (member === undefined) throw new Error('nobody is active');
  const moves = async (patch: { archived?: boolean; inactive?: boolean }): Promise<unknown> => {
    Object.assign(member, patch);
    await rig.sync();
    await refresh(rig);
    const [row] = await query(
      rig,
      `select sum(added)::integer as added, sum(removed)::integer as removed,
              (select g.total::integer from sigma_analytics.growth g where g.stream = 'members' order by g.day desc limit 1) as total
         from sigma_analytics.growth where stream = 'members'`,
    );
    return row;
  };
  const [active] = await query(
    rig,
    'select count(*)::integer as n from sigma.members where not is_archived and not is_inactive',
  );
  const total = Number(active?.['n']);
  expect(await moves({ inactive: true })).toEqual({ added: 0, removed: 1, total: total - 1 });
  expect(await moves({ archived: true })).toEqual({ added: 0, removed: 1, total: total - 1 });
  expect(await moves({ inactive: false })).toEqual({ added: 0, removed: 1, total: total - 1 });
  expect(await moves({ archived: false })).toEqual({ added: 1, removed: 1, total });
  expect(await moves({ archived: true, inactive: true })).toEqual({ added: 1, removed: 2, total: total - 1 });
  expect(await moves({ archived: false })).toEqual({ added: 1, removed: 2, total: total - 1 });
});

/** The statement of a question in docs/analytics.md, without its limit. */
function statementOf(title: string): string {
  const found = readGallery().find((one) => one.title === title);
  if (found === undefined) throw new Error(`docs/analytics.md has no question "${title}"`);
  return found.sql.replace(/ limit \d+$/, '');
}

describe('docs/analytics.md', () => {
  it('finds permissions that became stronger or weaker, and the name of a report that is gone', async () => {
    const organization = { seed: 11, workbooks: 8, reports: 4, members: 12 };
    await using rig = await startRig({ organization, streams: catalogue });
    const { organization: own } = rig.simulator;
    const member = own.addMember();
    const [weaker, stronger] = [own.addWorkbook('Weaker'), own.addWorkbook('Stronger')];
    const report = own.addReport('Withdrawn');
    const grants = [
      own.grant({ permission: 'edit', memberId: member, inodeId: weaker }),
      own.grant({ permission: 'view', memberId: member, inodeId: stronger }),
    ];
    await rig.sync();
    own.changePermission(String(grants[0]), 'view');
    own.changePermission(String(grants[1]), 'edit');
    own.deleteReport(report);
    await rig.sync({ acceptDeletions: true });
    await refresh(rig);
    const sql = statementOf('Who gained or lost access by the last sync, in whatever way?');
    const rows = await query(rig, sql);
    const found = rows.map(({ change, name, members }) => `${change} ${name} ${members}`);
    expect(found).toContain('less Weaker 1');
    expect(found).toContain('more Stronger 1');
    expect(rows.filter(({ name }) => name === 'Withdrawn').map(({ change }) => change)).toEqual(['lost']);
    expect(rows.filter(({ name }) => name === null)).toEqual([]);
  });

  it('finds schedules whose owners are archived, inactive or deleted', async () => {
    const organization = { seed: 11, workbooks: 30, reports: 8, members: 12 };
    await using rig = await startRig({ organization, streams: catalogue });
    await rig.sync();
    await query(rig, `update sigma.members set is_archived = false, is_inactive = false`);
    const total = async (): Promise<number> => {
      await refresh(rig);
      const rows = await query(rig, statementOf('Which schedules belong to people who are gone?'));
      return rows.reduce((sum, { schedules }) => sum + Number(schedules), 0);
    };
    const running = await query(
      rig,
      ['workbook', 'report']
        .map(
          (document) => `select s.owner_id from sigma.${document}_schedules s
            join sigma.${document}s d on d.${document}_id = s.${document}_id and not d.is_archived
           where not s.is_suspended and s.disabled_at is null and s.owner_id in (select member_id from sigma.members)`,
        )
        .join(' union all '),
    );
    const before = await total();
    const owner = running[0]?.['owner_id'];
    const theirs = running.filter((one) => one['owner_id'] === owner).length;
    expect(theirs).toBeGreaterThan(0);
    const ends = ['is_archived = true', 'is_archived = false, is_inactive = true'];
    for (const end of [...ends, 'is_inactive = false, _deleted_at = now()']) {
      await query(rig, `update sigma.members set ${end}, _synced_at = now() where member_id = $1`, [owner]);
      expect([end, await total()]).toEqual([end, before + theirs]);
    }
  });
});

describe('streams that were never read', () => {
  it.each(['members', 'workbooks', 'files', 'team_members'])('all but %s fail no model', async (name) => {
    const streams = withAncestors(catalogue, new Set([name]));
    await using rig = await startRig({ organization: { seed: 5, workbooks: 6, members: 8 }, streams });
    await rig.sync();
    expect(await refresh(rig)).toEqual([]);
    for (const { kind, name: model } of models)
      if (kind !== 'function') await query(rig, `select * from sigma_analytics.${model}`);
    const read = streams.map((one) => one.name);
    const grown = await query(rig, 'select distinct stream from sigma_analytics.growth order by 1');
    expect(grown.map(({ stream }) => stream)).toEqual(
      ['members', 'workbooks'].filter((stream) => read.includes(stream)),
    );
  });
});

describe('beside others', () => {
  it('two at once, an interrupt, and a reader of long', async () => {
    await using rig = await startRig({
      organization: { seed: 5, workbooks: 6, members: 8 },
      streams: catalogue,
    });
    await rig.sync();
    const both = await Promise.all([refresh(rig), refresh(rig)]);
    expect(both).toEqual([[], []]);
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    expect(await refresh(rig, { signal: stop.signal, all: true })).toEqual(['stopped']);
    if (rig.test.kind === 'postgres')
      await rig.test.database.transaction(async (session) => {
        await session.query('set transaction isolation level repeatable read');
        const before = await session.query('select count(*) from sigma_analytics.workbook_inventory');
        expect(await refresh(rig, { all: true })).toEqual([]);
        expect(await session.query('select count(*) from sigma_analytics.workbook_inventory')).toEqual(
          before,
        );
      });
    expect(await refresh(rig)).toEqual([]);
  });
});
