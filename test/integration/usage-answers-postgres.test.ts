/** Pages that ask less than all: they show what the whole answers say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askerIn } from '../../src/analytics/asker.ts';
import { list } from '../../src/operations/web/data/usage/ask-list.ts';
import { nodesOf } from '../../src/operations/web/data/usage/lineage-of.ts';
import { memberView } from '../../src/operations/web/data/usage/one-member.ts';
import {
  IMPACT,
  type ImpactAround,
  type ImpactRow,
} from '../../src/operations/web/data/usage/upkeep-rows.ts';
import { prepareUsage, type Usage } from '../support/web-usage.ts';

let usage: Usage;
beforeAll(async () => {
  usage = await prepareUsage();
});
afterAll(async () => {
  await usage?.[Symbol.asyncDispose]();
});

const query = <T extends Record<string, unknown>>(
  sql: string,
  values: readonly unknown[] = [],
): Promise<T[]> => usage.test.database.session((session) => session.query<T>(sql, values));

const ask = <T>(work: (asker: ReturnType<typeof askerIn>) => Promise<T>): Promise<T> =>
  usage.test.database.session((session) => work(askerIn(session, usage.test.schemas)));

const impact = (id: string, filter: string) =>
  ask((asker) =>
    list<ImpactRow>(
      asker,
      IMPACT,
      { of: id, text: undefined, filter, sort: 'openers', isDescending: true, isWhole: true },
      { limit: 100_000, offset: 0 },
    ),
  );

/** Compares what breaks with the whole walk. */
async function expectImpact(id: string): Promise<number> {
  const whole = await query<{
    node_id: string;
    type: string;
    depth: number;
    owner_id: string;
    is_part: boolean;
  }>(
    `select i.*, i.document_id is not null and i.document_id <> i.node_id as is_part
       from sigma_analytics.impact_of($1) i where not i.is_archived`,
    [id],
  );
  const documents = whole.filter(({ type }) => ['workbook', 'report', 'data-model'].includes(type));
  const of = (kind: string): number => whole.filter(({ type }) => type === kind).length;
  const [sent] = await query<{ n: number }>(
    `select coalesce(sum(d.n), 0)::integer as n from sigma_analytics.impact_of($1) i
       join (select workbook_id as id, active_schedules as n from sigma_analytics.workbook_inventory
             union all select report_id, active_schedules from sigma_analytics.report_inventory) d on d.id = i.node_id
      where not i.is_archived`,
    [id],
  );
  const found = await impact(id, 'documents');
  const { totals, nearest } = found.beside as ImpactAround;
  expect(totals).toEqual({
    ...{ workbooks: of('workbook'), reports: of('report'), data_models: of('data-model') },
    others: whole.length - documents.length,
    owners: new Set(documents.flatMap(({ owner_id: owner }) => owner ?? [])).size,
    schedules: sent?.n,
  });
  expect(found.total).toBe(documents.length);
  expect(found.rows.map(({ node_id: node, depth }) => [node, depth]).sort()).toEqual(
    documents.map(({ node_id: node, depth }) => [node, depth]).sort(),
  );
  const wholes = whole.filter(({ is_part: isPart }) => !isPart).map(({ depth }) => depth);
  expect((nearest ?? []).map(({ depth }) => depth)).toEqual(wholes.sort((a, b) => a - b).slice(0, 16));
  expect(nearest?.[0]?.total ?? 0).toBe(wholes.length);
  const all = await impact(id, 'all');
  expect(all.total).toBe(whole.length);
  expect((await impact(id, 'elements')).total).toBe(of('element'));
  return whole.length;
}

/** The walk without names, and its part on the page of lineage. */
async function expectSteps(id: string): Promise<void> {
  for (const [steps, walk] of [
    ['impact_steps', 'impact_of'],
    ['upstream_steps', 'upstream_of'],
  ] as const) {
    const whole = await query<{ node_id: string; depth: number }>(
      `select node_id, depth from sigma_analytics.${walk}($1) order by 1`,
      [id],
    );
    expect(
      await query(
        `select n.node_id, s.depth from sigma_analytics.${steps}($1) s
           join sigma_analytics.lineage_nodes n on n.node_hash = s.node_hash order by 1`,
        [id],
      ),
    ).toEqual(whole);
    for (const [most, offset] of [
      [5, 0],
      [5, 3],
      [1000, 0],
    ] as const) {
      const part = await ask((asker) => nodesOf(asker, id, steps, most, offset));
      const expected = await query(
        `select u.node_id, u.type, u.name, u.depth from sigma_analytics.${walk}($1) u
          order by u.depth, u.type, u.name, u.node_id limit ${most} offset ${offset}`,
        [id],
      );
      expect(part.map(({ total: _, ...node }) => node)).toEqual(expected);
      if (part.length > 0) expect(part[0]?.total).toBe(whole.length);
    }
  }
}

describe('lineage', () => {
  it('what breaks is what the whole walk says, of a table, a data model, a workbook and nothing', async () => {
    const nodes = await query<{ id: string }>(
      `select node_id as id from (
         select node_id, row_number() over (partition by type order by node_id) as n from sigma_analytics.lineage_nodes) x
        where n <= 3`,
    );
    for (const id of [usage.table, usage.workbook, 'nothing', ...nodes.map((one) => one.id)]) {
      await expectImpact(id);
      await expectSteps(id);
    }
  });

  it('also of more nodes than are looked up one by one, some of them archived', async () => {
    const most = 5200;
    await query(
      `insert into sigma.workbook_elements (workbook_id, element_id, name, type, _raw, _first_synced_at, _synced_at)
       select $1, 'many-' || n, 'Element ' || n, 'table', '{}', now(), now() from generate_series(1, ${most}) n`,
      [usage.workbook],
    );
    await query(
      `insert into sigma.workbook_lineage (workbook_id, element_id, source, target, type, _raw, _first_synced_at, _synced_at)
       select $1, 'many-' || n, $2, 'many-' || n, 'source', '{}', now(), now() from generate_series(1, ${most}) n`,
      [usage.workbook, usage.table],
    );
    await usage.refresh();
    expect(await expectImpact(usage.table)).toBeGreaterThan(most);
    await expectSteps(usage.table);
    const [downstream] = await query<{ id: string }>(
      `select node_id as id from sigma_analytics.impact_of($1) where type = 'workbook' and node_id <> $2 limit 1`,
      [usage.table, usage.workbook],
    );
    await query(
      'update sigma.workbooks set is_archived = true, _synced_at = now() where workbook_id = any ($1)',
      [[usage.workbook, downstream?.id]],
    );
    await usage.refresh();
    await expectImpact(usage.table);
  });
});

describe('a member', () => {
  it('sees on the page what effective_access() says, an administrator what they would see without that', async () => {
    const { team } = usage;
    const [some] = await query<{ id: string }>(
      `select member_id as id from sigma.members where lower(member_type) = 'admin' and is_archived is not true order by 1 limit 1`,
    );
    // An administrator with a grant, a team and something of their own.
    await query(
      `insert into sigma.grants (grant_id, inode_id, inode_type, member_id, permission, _raw, _first_synced_at, _synced_at)
       select 'given-' || w.workbook_id, w.workbook_id, 'workbook', $1, 'view', '{}', now(), now() from sigma.workbooks w limit 2`,
      [some?.id],
    );
    await query(
      `insert into sigma.team_members (team_id, member_id, _raw, _first_synced_at, _synced_at)
       values ($1, $2, '{}', now(), now()) on conflict do nothing`,
      [team, some?.id],
    );
    await usage.refresh();
    const members = await query<{ id: string }>('select member_id as id from sigma.members order by 1');
    let most = 0;
    for (const { id } of members) {
      const view = await ask((asker) => memberView(asker, id));
      const expected = await query<{ inode_id: string; permission: string }>(
        `select a.inode_id, (select p ->> 'permission' from jsonb_array_elements(a.paths) p where p ->> 'via' <> 'administrator'
                              order by sigma.permission_rank(p ->> 'permission') desc limit 1) as permission
           from sigma.effective_access() a left join sigma_analytics.access_exposure e on e.inode_id = a.inode_id
          where a.member_id = $1 and e.is_archived is not true
            and exists (select from jsonb_array_elements(a.paths) p where p ->> 'via' <> 'administrator')
          order by 1`,
        [id],
      );
      most = Math.max(most, expected.length);
      expect([id, view?.access[0]?.total ?? 0]).toEqual([id, expected.length]);
      expect(expected.length).toBeLessThanOrEqual(200);
      expect(
        view?.access
          .map(({ inode_id: inode, permission }) => ({ inode_id: inode, permission }))
          .sort((a, b) => (a.inode_id < b.inode_id ? -1 : 1)),
      ).toEqual(expected.toSorted((a, b) => (a.inode_id < b.inode_id ? -1 : 1)));
    }
    expect(most).toBeGreaterThan(10);
  });
});

describe('the load of schedules', () => {
  it('is worked out again when a time zone moves, though no row changed', async () => {
    await usage.refresh();
    const at = (): Promise<Record<string, unknown>[]> =>
      query(`select model, refreshed_at from sigma_sync.analytics where kind = 'materialized' order by 1`);
    const before = await at();
    const load = await query('select * from sigma_analytics.schedule_load order by 1, 2, 3');
    await usage.refresh();
    expect(await at()).toEqual(before);
    // The same function with another body: the answer holds on to the function, not to its name.
    const [{ body = '' } = {}] = await query<{ body: string }>(
      `select prosrc as body from pg_proc where oid = 'sigma.zone_offset(text)'::regprocedure`,
    );
    await query(
      `create function sigma.true_offset(zone text) returns integer language plpgsql stable as $function$${body}$function$`,
    );
    await query(
      `create or replace function sigma.zone_offset(zone text) returns integer language sql stable
           as 'select sigma.true_offset($1) + 60'`,
    );
    await usage.refresh();
    const after = await at();
    expect(
      after.filter((row, i) => String(row['refreshed_at']) !== String(before[i]?.['refreshed_at'])),
    ).toEqual([expect.objectContaining({ model: 'schedule_load' })]);
    // Everything runs an hour earlier in UTC.
    const hours = (rows: readonly Record<string, unknown>[], shift: number): string[] =>
      rows
        .map((row) => {
          const hour = ((Number(row['day_of_week']) - 1) * 24 + Number(row['hour']) + shift + 168) % 168;
          return [hour, row['kind'], row['runs'], row['schedules']].join(' ');
        })
        .sort();
    expect(hours(await query('select * from sigma_analytics.schedule_load'), 0)).toEqual(hours(load, -1));
  });
});
