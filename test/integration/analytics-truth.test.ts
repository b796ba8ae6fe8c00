/** Every answer of the analytics schema against a naive computation over what the simulator knows to be true. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { activity, direct, exposure, inventory, orphans, type Rows } from '../support/analytics-reference.ts';
import { AnalyticsTruth, type Entries } from '../support/analytics-truth.ts';
import { edges, load, reach, weekly } from '../support/lineage-reference.ts';
import { type Rig, startRig } from '../support/rig.ts';

const ORGANIZATION = {
  seed: 17,
  ...{ workbooks: 40, members: 24, teams: 6, grants: 200, folders: 16, elements: 120 },
};
const SETTINGS = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

async function refresh(rig: Rig, settings = SETTINGS): Promise<void> {
  const { database, schemas } = rig.test;
  const now = (): number => performance.now();
  const result = await refreshAnalytics({ database, schemas, settings, events: rig.events, now });
  expect(result.error).toBeUndefined();
  expect(result.models.filter(({ status }) => status === 'failed')).toEqual([]);
}

const query = (rig: Rig, sql: string, parameters: readonly unknown[] = []): Promise<Rows> =>
  rig.test.database.session((session) => session.query(sql, parameters));

/** Rows by a key, with the columns that the reference has; times as ISO texts. */
function byKey(rows: Rows, key: string, columns: readonly string[]): Record<string, unknown> {
  const plain = (value: unknown): unknown =>
    value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? Number(value) : value;
  return Object.fromEntries(
    rows.map((row) => [row[key], Object.fromEntries(columns.map((column) => [column, plain(row[column])]))]),
  );
}

/** The table has just the rows of the reference, with the same values in all columns that the reference has. */
async function expectSame(rig: Rig, model: string, key: string, wanted: Rows, where = ''): Promise<void> {
  const columns = Object.keys(wanted[0] ?? {});
  const rows = await query(rig, `select * from sigma_analytics.${model} ${where}`);
  expect(byKey(rows, key, columns), model).toEqual(byKey(wanted, key, columns));
}

/** Rounds of changes of all kinds; `check` is called with what is true after each. */
async function rounds(rig: Rig, check: (of: Entries) => Promise<void>): Promise<void> {
  const { organization } = rig.simulator;
  const truth = new AnalyticsTruth(organization);
  let parent: string | undefined;
  for (let depth = 0; depth < 5; depth++) parent = organization.addFolder(parent);
  for (const changes of [0, 60, 60]) {
    organization.mutate(changes);
    await rig.sync({ acceptDeletions: true });
    await refresh(rig);
    await check(truth.look());
    await sleep(2);
  }
}

describe('answers', () => {
  it('are what the organization is, however it changes', async () => {
    await using rig = await startRig({ streams: catalogue, organization: ORGANIZATION });
    const archived: number[] = [];
    await rounds(rig, async (of) => {
      archived.push(of('workbooks').filter((one) => one['isArchived'] === true).length);
      await expectSame(rig, 'workbook_inventory', 'workbook_id', inventory(of));
      await expectSame(rig, 'member_activity', 'member_id', activity(of));
      await expectSame(rig, 'orphaned_content', 'inode_id', orphans(of), `where reason <> 'deleted'`);
      await expectSame(rig, 'direct_grants', 'grant_id', direct(of));
      const external = await query(rig, 'select member_id, reason from sigma_analytics.external_members');
      const guests = of('members').filter(
        (one) => one['isArchived'] !== true && (one['userKind'] ?? 'internal') !== 'internal',
      );
      expect(external.map((one) => one['member_id']).sort()).toEqual(
        guests.map((one) => one['memberId']).sort(),
      );
      const files = of('files').map((one) => one['id']);
      const exposed = exposure(of, new Set(guests.map((one) => one['memberId'])));
      const isListed = `where inode_id in (select id from sigma.files where _deleted_at is null)`;
      await expectSame(rig, 'access_exposure', 'inode_id', exposed, isListed);
      expect(files.length).toBe(exposed.length);
    });
    expect(Math.max(...archived)).toBeGreaterThan(0);
  });

  it('to who sees what and why are those of effective_access', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 18 } });
    await rig.sync();
    await refresh(rig);
    const [matrix] = await query(
      rig,
      `select count(*)::integer as n, count(*) filter (where m.permission = a.permission
              and m.can_edit = (a.permission = 'edit'))::integer as same
         from sigma_analytics.access_matrix m join sigma.effective_access() a using (member_id, inode_id)`,
    );
    const [all] = await query(rig, 'select count(*)::integer as n from sigma.effective_access()');
    expect(matrix).toEqual({ n: all?.['n'], same: all?.['n'] });
    const pairs = await query(
      rig,
      `select member_id, inode_id, permission, jsonb_array_length(paths) as paths from sigma.effective_access() order by 1, 2 limit 40`,
    );
    for (const { member_id: member, inode_id: inode, permission, paths } of pairs) {
      const why = await query(rig, 'select * from sigma_analytics.why_access($1, $2)', [member, inode]);
      expect([why.length, why[0]?.['permission']]).toEqual([paths, permission]);
      for (const path of why.filter((one) => one['via'] === 'team')) expect(path['team_name']).not.toBeNull();
      for (const path of why.filter((one) => one['inherited_from'] !== null))
        expect(path['inherited_name']).not.toBeNull();
    }
  });

  it('follow data from connection to workbook and back, in circles too', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 19 } });
    await rounds(rig, async (of) => {
      const rows = await query(rig, 'select * from sigma_analytics.lineage');
      const named = rows.map((one) => `${one['upstream_id']} > ${one['downstream_id']} (${one['kind']})`);
      expect(named.sort()).toEqual([...edges(of)].sort());
    });
    // Data models that are made of each other.
    const [a, b] = await query(
      rig,
      'select data_model_id as id from sigma.data_models where _deleted_at is null limit 2',
    );
    for (const [model, source] of [
      [a, b],
      [b, a],
    ])
      await query(
        rig,
        `insert into sigma.data_model_sources (data_model_id, source_key, type, source_data_model_id, _raw, _first_synced_at, _synced_at)
         values ($1, $2, 'data-model', $3, '{}', now(), now()) on conflict do nothing`,
        [model?.['id'], `data-model:${source?.['id']}`, source?.['id']],
      );
    await refresh(rig);
    const rows = await query(rig, 'select upstream_id, downstream_id from sigma_analytics.lineage');
    const down = rows.map((one) => ({ from: String(one['upstream_id']), to: String(one['downstream_id']) }));
    const up = down.map(({ from, to }) => ({ from: to, to: from }));
    const starts = new Set([String(a?.['id']), ...down.slice(0, 12).flatMap(({ from, to }) => [from, to])]);
    for (const start of starts) {
      for (const [walk, all] of [
        ['impact_of', down],
        ['upstream_of', up],
      ] as const) {
        const found = await query(rig, `select node_id, depth from sigma_analytics.${walk}($1)`, [start]);
        const depths = new Map(found.map((one) => [one['node_id'], Number(one['depth'])]));
        expect(depths, `${walk} ${start}`).toEqual(reach(all, start));
      }
    }
    const [unnamed] = await query(
      rig,
      `select count(*)::integer as n from sigma_analytics.lineage_nodes where name is null and type in ('workbook', 'element', 'data-model', 'dataset', 'connection')
          and node_id in (select workbook_id from sigma.workbooks union select data_model_id from sigma.data_models)`,
    );
    expect(unnamed?.['n']).toBe(0);
  });
});

describe('copies, and what is broken, stale or unused', () => {
  it('are found in an organization made for it', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 20 } });
    await rig.sync();
    const { database } = rig.test;
    await database.transaction(async (session) => {
      // A copy under a name in other case; what its pages hold is copied, too.
      await session.query(`create temporary table one as select workbook_id from sigma.workbooks w
        where w.is_archived is not true and w.name is not null and exists (select from sigma.workbook_sources s where s.workbook_id = w.workbook_id)
          and exists (select from sigma.workbook_elements e where e.workbook_id = w.workbook_id) order by 1 limit 1`);
      await session.query(`insert into sigma.workbooks select (jsonb_populate_record(w, jsonb_build_object('workbook_id', 'copy',
        'name', ' ' || upper(w.name) || ' ', 'updated_at', '2020-01-01T00:00:00Z', 'created_at', '2020-01-01T00:00:00Z'))).* from sigma.workbooks w join one using (workbook_id)`);
      for (const table of ['workbook_elements', 'workbook_sources'])
        await session.query(
          `insert into sigma.${table} select (jsonb_populate_record(x, '{"workbook_id": "copy"}')).* from sigma.${table} x join one using (workbook_id)`,
        );
    });
    await refresh(rig);
    const copies = await query(rig, 'select * from sigma_analytics.duplicate_workbooks');
    const [one] = await query(
      rig,
      `select workbook_id from sigma.workbook_sources where workbook_id <> 'copy' and workbook_id = any ($1)`,
      [copies.map((row) => row['workbook_id'])],
    );
    expect(copies.filter((row) => row['workbook_id'] === 'copy')).toMatchObject([
      { copies: 2, is_most_used: false },
    ]);
    expect(copies.find((row) => row['workbook_id'] === one?.['workbook_id'])).toMatchObject({
      copies: 2,
      is_most_used: true,
    });
    const stale = await query(
      rig,
      `select idle_days from sigma_analytics.stale_workbooks where workbook_id = 'copy'`,
    );
    expect(Number(stale[0]?.['idle_days'])).toBeGreaterThan(365);

    const expected = await query(
      rig,
      `select workbook_id from sigma.workbooks w where _deleted_at is null and is_archived is not true
          and not exists (select from sigma.workbook_tags t where t.tagged_workbook_id = w.workbook_id and t._deleted_at is null and t.workbook_id <> w.workbook_id)
          and greatest(w.updated_at, w.created_at, (select max(last_interaction_at) from sigma.member_recent_files r
                where r.file_id = w.workbook_id and r._deleted_at is null)) < now() - interval '90 days' order by 1`,
    );
    const found = await query(rig, 'select workbook_id from sigma_analytics.stale_workbooks order by 1');
    expect(found).toEqual(expected);

    const errors = [...rig.simulator.organization.truthOf('workbook_elements')].filter(
      (entry) => entry['error'] != null,
    );
    const broken = await query(
      rig,
      `select object_id from sigma_analytics.broken_elements where problem = 'element error' and workbook_id <> 'copy'`,
    );
    expect(broken.map((row) => row['object_id']).sort()).toEqual(
      errors.map((entry) => entry['elementId']).sort(),
    );
    const [dataset] = await query(
      rig,
      `select s.inode_id from sigma.workbook_sources s join sigma.workbooks w using (workbook_id)
      where s.type = 'dataset' and w.is_archived is not true limit 1`,
    );
    await query(rig, `update sigma.datasets set _deleted_at = now() where dataset_id = $1`, [
      dataset?.['inode_id'],
    ]);
    await refresh(rig);
    const gone = await query(
      rig,
      `select workbook_id from sigma_analytics.broken_elements where problem = 'source gone' and object_id = $1 order by 1`,
      [`dataset:${dataset?.['inode_id']}`],
    );
    const users = await query(
      rig,
      `select s.workbook_id from sigma.workbook_sources s join sigma.workbooks w using (workbook_id)
      where s.inode_id = $1 and w.is_archived is not true order by 1`,
      [dataset?.['inode_id']],
    );
    expect(gone).toEqual(users);
  });

  it('licences: each member has the verdict that the facts give', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 22 } });
    await rig.sync();
    await refresh(rig);
    const truth = new AnalyticsTruth(rig.simulator.organization).look();
    const now = Date.now();
    const wanted = activity(truth)
      .filter((one) => one['is_archived'] !== true)
      .map((one) => {
        const seen = one['last_seen_at'] as string | null;
        const makes = [one['workbooks'], one['data_models'], one['published'], one['schedules']].some(
          (n) => n !== 0,
        );
        const verdict =
          seen === null
            ? 'never seen'
            : Date.parse(seen) < now - 90 * 86_400_000
              ? 'idle'
              : one['can_make'] === true && !makes
                ? 'could step down'
                : 'in use';
        return { member_id: one['member_id'], verdict };
      });
    await expectSame(rig, 'licence_use', 'member_id', wanted);
  });
});

describe('schedules', () => {
  it('are loads by hour of the week, in UTC', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 23 } });
    await rig.sync();
    await refresh(rig);
    const rows = await query(rig, 'select * from sigma_analytics.schedule_load');
    const found = rows.map((one) => ({
      key: `${one['day_of_week']} ${one['hour']} ${one['kind']}`,
      runs: Number(one['runs']),
    }));
    const wanted = load(new AnalyticsTruth(rig.simulator.organization).look());
    expect(byKey(found, 'key', ['runs'])).toEqual(byKey(wanted, 'key', ['runs']));
    expect(found.length).toBeGreaterThan(10);
  });

  it.each([
    ['*/20 6,18 * * 1-5', 'UTC'],
    ['0 9 * * *', 'Asia/Kolkata'],
    ['30 23 * * 0', 'America/Los_Angeles'],
    ['5-10/2 0-3 * * 7', 'Asia/Tokyo'],
    ['0 0 * * 1,3,5', 'UTC'],
  ])('%s in %s runs when a clock on the wall says so', async (spec, zone) => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 2 } });
    await refresh(rig);
    const rows = await query(rig, 'select * from sigma_analytics.cron_runs($1, $2)', [spec, zone]);
    const found = new Map(rows.map((one) => [`${one['day_of_week']} ${one['hour']}`, Number(one['runs'])]));
    expect(found).toEqual(weekly(spec, zone));
  });

  it('that nobody can read have no rows, and days of the month count by their share', async () => {
    await using rig = await startRig({ organization: { ...ORGANIZATION, workbooks: 2 } });
    await refresh(rig);
    const runs = async (spec: string | null, zone: string | null = 'UTC'): Promise<number> => {
      const [row] = await query(
        rig,
        'select coalesce(sum(runs), 0)::float as n from sigma_analytics.cron_runs($1, $2)',
        [spec, zone],
      );
      return Number(row?.['n']);
    };
    for (const wrong of [
      '',
      'nonsense',
      '* * * *',
      '61 * * * *',
      '0 25 * * *',
      '0 0 * * MOO',
      "'; drop table x; --",
    ])
      expect(await runs(wrong), wrong).toBe(0);
    expect(await runs('0 0 * * *', 'Mars/Olympus')).toBe(0);
    expect(await runs('0 0 * * *', null)).toBe(7);
    expect(await runs('0 0 * * MON-FRI')).toBe(5);
    expect(await runs('0 0 1 * *')).toBeCloseTo(7 / 30.436875, 1);
    expect(await runs('0 0 * JAN *')).toBeCloseTo(7 / 12, 1);
    expect(await runs('0 0 ? * SUN')).toBe(1);
  });
});

describe('growth and changes of access', () => {
  it('are what was done', async () => {
    await using rig = await startRig({ streams: catalogue, organization: { ...ORGANIZATION, seed: 25 } });
    const { organization } = rig.simulator;
    await rig.sync();
    await rig.sync();
    const before = [...organization.truthOf('workbooks')].length;
    organization.addWorkbook();
    organization.addWorkbook();
    organization.removeTeamMember();
    const grant = organization.grant({ permission: 'view' });
    await sleep(5);
    await rig.sync();
    organization.changePermission(grant, 'edit');
    await rig.sync();
    organization.revoke(grant);
    await rig.sync({ acceptDeletions: true });
    await refresh(rig);
    const grown = await query(
      rig,
      `select sum(added)::integer as added, sum(removed)::integer as removed, max(total)::integer as total
         from sigma_analytics.growth where stream = 'workbooks'`,
    );
    expect(grown).toEqual([{ added: 2, removed: 0, total: before + 2 }]);
    const last = await query(
      rig,
      `select distinct on (stream) stream, total::integer from sigma_analytics.growth order by stream, day desc`,
    );
    for (const { stream, total } of last)
      expect(total, String(stream)).toBe(
        (await query(rig, `select 1 from sigma.${stream} where _deleted_at is null`)).length,
      );
    const changes = await query(
      rig,
      `select change, permission_before, permission_after from sigma_analytics.access_changes where grant_id = $1 order by changed_at`,
      [grant],
    );
    expect(changes).toEqual([
      { change: 'given', permission_before: null, permission_after: 'view' },
      { change: 'changed', permission_before: 'view', permission_after: 'edit' },
      { change: 'taken away', permission_before: 'edit', permission_after: null },
    ]);
    const left = await query(
      rig,
      `select c.team_id, c.member_id, c.member_name is not null as named from sigma_analytics.access_changes c
        where c.change = 'left' and c.run_id in (select run_id from sigma_sync.runs order by started_at offset 2)`,
    );
    expect(left).toMatchObject([{ named: true }]);
  });
});
