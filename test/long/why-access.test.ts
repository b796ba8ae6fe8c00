/** why_access() as of earlier times finds just the paths that effective_access() has, which computes all of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Rig, startRig } from '../support/rig.ts';

const SETTINGS = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

type Row = Record<string, unknown>;

const query = (rig: Rig, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  rig.test.database.session((session) => session.query(sql, parameters));

async function refresh(rig: Rig): Promise<void> {
  const { database, schemas } = rig.test;
  const now = (): number => performance.now();
  const result = await refreshAnalytics({
    ...{ database, schemas, settings: SETTINGS, events: rig.events, now },
  });
  expect(result.error).toBeUndefined();
}

/** Pairs whose paths differ between the two, of all members with some of the objects. */
const DIFFERENT = `
  with pair as (
    select m.member_id, o.id as inode_id
      from sigma.members m
     cross join (select f.id from sigma.files f union select w.workspace_id from sigma.workspaces w
                 union select b.workbook_id from sigma.workbooks b) o
     where abs(hashtext(m.member_id || o.id)) % $2 = 0
  ), wanted as materialized (
    select a.member_id, a.inode_id, p.path
      from sigma.effective_access($1) a cross join lateral jsonb_array_elements(a.paths) p(path)
     where (a.member_id, a.inode_id) in (select member_id, inode_id from pair)
  ), found as materialized (
    select p.member_id, p.inode_id,
           to_jsonb(w) - '{team_name,inherited_name}'::text[] as path
      from pair p cross join lateral sigma_analytics.why_access(p.member_id, p.inode_id, $1) w
  )
  select (select count(*) from wanted)::integer as wanted, (select count(*) from found)::integer as found,
         (select count(distinct path ->> 'via' || coalesce(path ->> 'inherited_type', '')) from wanted)::integer as kinds,
         (select count(*) from (select * from wanted except all select * from found) x)::integer as missing,
         (select count(*) from (select * from found except all select * from wanted) x)::integer as extra`;

describe('why_access', () => {
  it('at earlier times is what effective_access says', async () => {
    await using rig = await startRig({
      streams: catalogue,
      organization: {
        seed: 23,
        workbooks: 30,
        members: 20,
        teams: 6,
        grants: 200,
        folders: 16,
        elements: 30,
      },
    });
    const { organization } = rig.simulator;
    let parent: string | undefined;
    for (let depth = 0; depth < 5; depth++) parent = organization.addFolder(parent);
    const times: string[] = [];
    for (const changes of [0, 60, 60]) {
      organization.mutate(changes);
      await rig.sync({ acceptDeletions: true });
      await sleep(3);
      times.push(new Date().toISOString());
      await sleep(3);
    }
    await refresh(rig);
    const kinds: number[] = [];
    for (const at of times) {
      const [compared] = await query(rig, DIFFERENT, [at, 30]);
      const { wanted, found, kinds: seen, missing, extra } = compared ?? {};
      expect([at, found, missing, extra]).toEqual([at, wanted, 0, 0]);
      expect(Number(wanted)).toBeGreaterThan(4);
      kinds.push(Number(seen));
    }
    // Direct, of a team, of an owner; on the object, a folder, a workspace.
    expect(Math.max(...kinds)).toBeGreaterThanOrEqual(3);

    // As of then all teams were archived; the history of workspaces' own grants begins later.
    await query(rig, 'update sigma.teams set is_archived = true');
    await query(rig, `delete from sigma_sync.history where stream = 'workspace_grants'`);
    await query(rig, 'delete from sigma_sync.changes where stream = $1', ['teams']);
    const [archived] = await query(rig, DIFFERENT, [times.at(-1), 30]);
    expect(archived).toMatchObject({ found: archived?.['wanted'], missing: 0, extra: 0 });

    const early = query(rig, `select * from sigma_analytics.why_access('m', 'i', '2020-01-01')`);
    await expect(early).rejects.toThrow(/The history of \w+ goes back to .* not to 2020-01-01T00:00:00/);
    await query(rig, `delete from sigma_sync.history where stream = 'grants'`);
    const none = query(rig, `select * from sigma_analytics.why_access('m', 'i', $1)`, [times.at(-1)]);
    await expect(none).rejects.toThrow('There is no history of grants.');
  });

  it('is not compiled, whatever the server is set to', async () => {
    await using rig = await startRig({ streams: catalogue.filter(({ optIn }) => optIn !== true) });
    await rig.sync();
    await refresh(rig);
    const config = `select proconfig from pg_proc where oid = 'sigma_analytics.why_access'::regproc`;
    expect(await query(rig, config)).toEqual([{ proconfig: ['jit=off'] }]);
  });
});
