/** Effective access against a naive reference, now and at earlier times; and how the planner sees the question. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import {
  type Access,
  type AccessEntries,
  accessOf,
  entriesOf,
  pathText,
} from '../support/access-reference.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { CORE, startRig } from '../support/rig.ts';

const ORGANIZATION = {
  seed: 41,
  workbooks: 60,
  members: 24,
  teams: 6,
  grants: 260,
  folders: 20,
  elements: 60,
};

const STREAMS = withAncestors(catalogue, new Set([...CORE.map(({ name }) => name), 'reports']));

type Row = Record<string, unknown>;

const query = (test: TestDatabase, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  test.database.session((session) => session.query(sql, parameters));

/** The answer of the function, in the form of the reference. */
async function accessIn(test: TestDatabase, where = '', at = ''): Promise<Map<string, Access>> {
  const rows = await query(test, `select * from sigma.effective_access(${at}) ${where}`);
  const access = rows.map(({ member_id, inode_id, inode_type, permission, paths }): [string, Access] => [
    `${member_id} ${inode_id}`,
    { type: inode_type, permission, paths: (paths as Row[]).map(pathText).sort() },
  ]);
  expect(new Set(access.map(([key]) => key)).size).toBe(rows.length);
  return new Map(access);
}

function only(access: ReadonlyMap<string, Access>, fits: (key: string) => boolean): Map<string, Access> {
  return new Map([...access].filter(([key]) => fits(key)));
}

describe('effective access', () => {
  it.each([
    ['short', {}],
    ['long', { shortGrantIds: false }],
  ])(
    'is what the organization gives, for all members and at all times, with %s ids',
    async (_, novelties) => {
      await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION, novelties });
      const { test, simulator } = rig;
      const { organization } = simulator;
      // Deep ones beside those that the generator makes.
      let parentId: string | undefined;
      for (let depth = 0; depth < 6; depth++) parentId = organization.addFolder(parentId);
      organization.grant({
        inodeId: parentId,
        teamId: organization.teams.list.at(0)?.id,
        permission: 'organize',
      });

      const earlier: { at: string; access: Map<string, Access> }[] = [];
      for (const changes of [0, 30, 30]) {
        organization.mutate(changes);
        await rig.sync({ acceptDeletions: true });
        await sleep(3);
        const access = accessOf(entriesOf(organization));
        expect(await accessIn(test)).toEqual(access);
        earlier.push({ at: `'${new Date().toISOString()}'`, access });
        await sleep(3);
      }
      const [first] = earlier;
      if (first === undefined) throw new Error('nothing was compared');
      // Every kind of path has to have come up.
      const paths = [...first.access.values()].flatMap((access) => access.paths);
      for (const kind of [
        '"via":"direct"',
        '"via":"team"',
        '"via":"owner"',
        '"via":"administrator"',
        '"inherited_type":"workspace"',
        '"inherited_type":"folder"',
      ])
        expect(
          paths.some((path) => path.includes(kind)),
          kind,
        ).toBe(true);
      for (const { at, access } of earlier) expect(await accessIn(test, '', at)).toEqual(access);

      const now = accessOf(entriesOf(organization));
      for (const { id } of organization.members.list) {
        const own = only(now, (key) => key.startsWith(id));
        expect(await accessIn(test, `where member_id = '${id}'`)).toEqual(own);
      }
      const some = [
        ...organization.workbooks.list.toArray().slice(0, 5),
        ...organization.folders.list.toArray().slice(0, 5),
      ];
      for (const { id } of some) {
        const own = only(now, (key) => key.endsWith(id));
        expect(await accessIn(test, `where inode_id = '${id}'`)).toEqual(own);
        const then = only(first.access, (key) => key.endsWith(id));
        expect(await accessIn(test, `where inode_id = '${id}'`, first.at)).toEqual(then);
      }
      const [counted] = await query(test, 'select count(*)::integer as count from sigma.effective_access()');
      expect(counted?.['count']).toBe(now.size);
    },
  );

  it.each([
    ['short', { shortIdsInAllGrants: true }],
    ['long', { shortGrantIds: false }],
  ])(
    'takes grants of workspaces, with %s ids, from their own listings where the common one lacks them',
    async (_, novelties) => {
      const streams = withAncestors(
        catalogue,
        new Set([...STREAMS.map(({ name }) => name), 'workspace_grants']),
      );
      await using rig = await startRig({ streams, organization: ORGANIZATION, novelties });
      await rig.sync();
      const expected = accessOf(entriesOf(rig.simulator.organization));
      expect(await accessIn(rig.test)).toEqual(expected);
      const taken = await query(
        rig.test,
        'delete from sigma.grants where grant_id in (select grant_id from sigma.workspace_grants) returning 1',
      );
      expect(taken.length).toBeGreaterThan(0);
      expect(await accessIn(rig.test)).toEqual(expected);
    },
  );

  it('knows circles, archived teams and members, strange permissions and objects in no listing', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: { ...ORGANIZATION, seed: 42 } });
    const { test, simulator } = rig;
    await rig.sync();
    const entries: AccessEntries = entriesOf(simulator.organization);
    const change = (stream: keyof AccessEntries, id: string, value: unknown, patch: Row): void => {
      const index = entries[stream].findIndex((entry) => entry[id] === value);
      entries[stream][index] = { ...entries[stream][index], ...patch };
    };
    const folders = entries.files.filter(({ type }) => type === 'folder').map(({ id }) => String(id));
    const [a = '', b = '', c = '', own = ''] = folders;
    // Three folders in a circle, and one that is in itself.
    for (const [id, parentId] of [
      [a, b],
      [b, c],
      [c, a],
      [own, own],
    ] as const) {
      change('files', 'id', id, { parentId });
      await query(test, 'update sigma.files set parent_id = $2 where id = $1', [id, parentId]);
    }
    const [workbook] = entries.files.filter(({ type }) => type === 'workbook');
    change('files', 'id', workbook?.['id'], { parentId: a });
    await query(test, 'update sigma.files set parent_id = $2 where id = $1', [workbook?.['id'], a]);

    const team = simulator.organization.teams.list.at(1)?.id;
    change('teams', 'teamId', team, { isArchived: true });
    await query(test, 'update sigma.teams set is_archived = true where team_id = $1', [team]);
    const member = simulator.organization.members.list.at(3)?.id;
    change('members', 'memberId', member, { isArchived: true });
    await query(test, 'update sigma.members set is_archived = true where member_id = $1', [member]);

    // An administrator may do everything, whatever was granted.
    const first = String(
      [...simulator.organization.members.list].find(
        ({ memberType, archived }) => memberType !== 'admin' && !archived,
      )?.id,
    );
    const grant = async (grantId: string, inodeId: string, permission: string): Promise<void> => {
      const memberId = first;
      entries.grants.push({ grantId, inodeId, inodeType: 'dataset', memberId, teamId: null, permission });
      await query(
        test,
        `insert into sigma.grants (grant_id, inode_id, inode_type, member_id, permission, _raw, _first_synced_at, _synced_at)
         values ($1, $2, 'dataset', $3, $4, '{}', now(), now())`,
        [grantId, inodeId, memberId, permission],
      );
    };
    await grant('g1', 'unlisted', 'observe');
    await grant('g2', 'other', 'observe');
    await grant('g3', 'other', 'apply');
    await grant('g4', own, 'annotate');
    await grant('g5', b, 'create');

    const access = accessOf(entries);
    expect(await accessIn(test)).toEqual(access);
    expect(access.size).toBeGreaterThan(100);
    expect(access.get(`${first} unlisted`)).toMatchObject({ type: 'dataset', permission: 'observe' });
    expect(access.get(`${first} other`)).toMatchObject({ permission: 'apply' });
    expect(access.get(`${first} ${workbook?.['id']}`)?.paths.join()).toContain('g5');
  });

  it('orders permissions', async () => {
    await using test = await openTestDatabase();
    const [row] = await query(
      test,
      `select array_agg(p order by sigma.permission_rank(p)) as ordered from unnest(array['edit', 'explore', 'apply',
         'organize', 'something new', 'annotate', 'create', 'view']) p`,
    );
    expect(row?.['ordered']).toEqual([
      ...['something new', 'apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'],
    ]);
    expect(await query(test, 'select sigma.permission_rank(null) as rank')).toEqual([{ rank: 0 }]);
  });
});

it('knows what was before the history of reports began', async () => {
  await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
  const { test, simulator } = rig;
  // As a version did that knew no reports.
  await rig.sync({ streams: CORE.filter(({ name }) => name !== 'reports') });
  const entries = entriesOf(simulator.organization);
  await sleep(3);
  const at = `'${new Date().toISOString()}'`;
  await sleep(3);
  await rig.sync();
  const now = accessOf(entries);
  const then = accessOf({ ...entries, reports: [] });
  expect(then.size).toBeLessThan(now.size);
  expect(await accessIn(test)).toEqual(now);
  expect(await accessIn(test, '', at)).toEqual(then);
});

describe('the planner', () => {
  const plan = async (test: TestDatabase, sql: string): Promise<string> => {
    const rows = await query(test, `explain (costs off) ${sql}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  it('unfolds the function, and takes the conditions to the tables', async () => {
    await using test = await openTestDatabase();
    const names = ['grants', 'team_members', 'files', 'workbooks', 'members'];
    const some = (columns: string, values: string): string =>
      `(${columns}, _raw, _first_synced_at, _synced_at) select ${values}, '{}', now(), now() from generate_series(1, 3000) n`;
    for (const sql of [
      `insert into sigma.members ${some('member_id', "'m' || n")}`,
      `insert into sigma.team_members ${some('team_id, member_id', "'t' || n % 20, 'm' || n")}`,
      `insert into sigma.files ${some('id, type, parent_id', "'f' || n, case when n % 20 = 0 then 'folder' else 'workbook' end, 'f' || n / 20")}`,
      `insert into sigma.workbooks ${some('workbook_id, owner_id', "'f' || n, 'm' || n")}`,
      `insert into sigma.grants ${some('grant_id, inode_id, member_id', "'g' || n, 'f' || n, 'm' || n")}`,
      `insert into sigma.grants ${some('grant_id, inode_id, team_id', "'h' || n, 'f' || n, 't' || n % 20")}`,
      ...names.map((name) => `analyze sigma.${name}`),
    ])
      await query(test, sql);
    for (const [column, value, indexes] of [
      [
        'member_id',
        'm77',
        [
          'grants_member_id_inode_id',
          'grants_team_id_inode_id',
          'team_members_member_id',
          'workbooks_owner_id',
        ],
      ],
      ['inode_id', 'f77', ['grants_inode_id', 'files_pkey']],
    ] as const) {
      const text = await plan(test, `select * from sigma.effective_access() where ${column} = '${value}'`);
      expect(text).not.toContain('Function Scan on effective_access');
      for (const index of indexes) expect(text, column).toContain(index);
      expect(text.split(`'${value}'`).length - 1, text).toBeGreaterThan(8);
      // The past is planned, and behind a condition that is looked at once.
      expect(text).toMatch(/One-Time Filter: .*now\(\) < now\(\)/);
      expect(text).toContain('grants_as_of');
    }
    // A query that only counts makes no paths.
    const output = async (sql: string): Promise<string> =>
      (await query(test, `explain (costs off, verbose) ${sql}`)).map((row) => row['QUERY PLAN']).join('\n');
    expect(await output('select count(*) from sigma.effective_access()')).not.toContain('jsonb_build_object');
    expect(await output('select * from sigma.effective_access()')).toContain('jsonb_build_object');
  });

  it('never runs the half that does not apply', async () => {
    await using test = await openTestDatabase();
    expect(await query(test, 'select * from sigma.effective_access()')).toEqual([]);
    expect(await query(test, `select * from sigma.effective_access(now() + interval '1 minute')`)).toEqual(
      [],
    );
    const past = query(test, `select * from sigma.effective_access(now() - interval '1 day')`);
    await expect(past).rejects.toThrow('There is no history of');
  });

  it('refuses a time to come, as do the tables as of then', async () => {
    await using test = await openTestDatabase();
    const { database, schemas, events } = test;
    const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
    await refreshAnalytics({ database, schemas, settings, events, now: () => performance.now() });
    for (const at of [`now() + interval '1 day'`, `'2999-12-30'`, `'infinity'`])
      for (const call of [
        `sigma.effective_access(${at})`,
        `sigma.effective_access(${at}) where member_id = 'm'`,
        `sigma_analytics.why_access('m', 'o', ${at})`,
        `sigma.datasets_as_of(${at})`,
        `sigma.team_members_as_of(${at})`,
      ]) {
        const error: unknown = await query(test, `select * from ${call}`).catch((reason: unknown) => reason);
        expect(String(error), call).toMatch(/Nobody knows \w+ as of .+, which is in the future/);
      }
  });
});
