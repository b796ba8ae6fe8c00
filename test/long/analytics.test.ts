/** Upkeep of the schema of answers: models that are created, refreshed and left alone, and failures. */
import { describe, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { query, refresh, refreshed, SETTINGS, synced } from '../support/analytics.ts';
import { envFor, scratchFolder } from '../support/cli.ts';
import { databaseKind } from '../support/database.ts';
import { type Rig, startRig } from '../support/rig.ts';

const MATERIALIZED = models.filter(({ kind }) => kind === 'materialized').map(({ name }) => name);

/** Models that are made of something, at whatever distance. */
function madeOf(input: string): string[] {
  const found = new Set([input]);
  for (const { name, inputs } of models) if (inputs.some((one) => found.has(one))) found.add(name);
  return models.map(({ name }) => name).filter((name) => name !== input && found.has(name));
}

describe('a refresh', () => {
  it('makes and fills everything, then only what changed', async () => {
    await using rig = await synced();
    const first = await refresh(rig);
    expect(first).toMatchObject({ busy: false, error: undefined });
    expect([...first.built].sort()).toEqual(models.map(({ name }) => name).sort());
    expect(first.models.map(({ model }) => model)).toEqual(MATERIALIZED);
    for (const { model, status, rows } of first.models) {
      expect(status, model).toBe('refreshed');
      const [count] = await query(rig, `select count(*)::integer as n from sigma_analytics.${model}`);
      expect(count, model).toEqual({ n: rows });
    }
    expect(first.models.find(({ model }) => model === 'workbook_inventory')?.rows).toBeGreaterThanOrEqual(8);

    // A sync that finds nothing.
    await rig.sync();
    const second = await refresh(rig);
    expect(second.built).toEqual([]);
    expect(new Set(second.models.map(({ status }) => status))).toEqual(new Set(['unchanged']));

    rig.simulator.organization.renameTeam();
    await rig.sync();
    const teams = madeOf('teams').filter((name) => MATERIALIZED.includes(name));
    expect(teams.length).toBeGreaterThan(1);
    expect(await refreshed(rig)).toEqual(teams);
    expect(await refreshed(rig)).toEqual([]);
    expect(await refreshed(rig, { all: true })).toEqual(MATERIALIZED);
  });

  it('notices a row that came, one that went and one that came back', async () => {
    await using rig = await synced();
    await refreshed(rig);
    const { organization } = rig.simulator;
    const tables = async (): Promise<unknown> =>
      (await query(rig, 'select count(*)::integer as n from sigma_analytics.workbook_inventory'))[0]?.['n'];
    const before = Number(await tables());
    const id = organization.deleteWorkbook();
    await rig.sync({ acceptDeletions: true });
    expect(await refreshed(rig)).toContain('workbook_inventory');
    expect(await tables()).toBe(before - 1);
    expect(
      await query(rig, `select 1 from sigma_analytics.workbook_inventory where workbook_id = '${id}'`),
    ).toEqual([]);
    await query(rig, `update sigma.workbooks set _deleted_at = null where workbook_id = '${id}'`);
    expect(await refreshed(rig)).toContain('workbook_inventory');
    expect(await tables()).toBe(before);
  });

  it.runIf(databaseKind() === 'postgres')(
    'goes on beside who reads, and shows him nothing half-done',
    async () => {
      await using rig = await synced();
      await refreshed(rig);
      await rig.test.database.transaction(async (reader) => {
        await reader.query('set transaction isolation level repeatable read');
        const count = 'select count(*)::integer as n from sigma_analytics.workbook_inventory';
        const [before] = await reader.query(count);
        for (const model of MATERIALIZED) await reader.query(`select 1 from sigma_analytics.${model}`);
        await query(rig, 'delete from sigma.workbooks');
        expect(await refreshed(rig, { all: true })).toEqual(MATERIALIZED);
        expect(await reader.query(count)).toEqual([before]);
        expect(await query(rig, count)).toEqual([{ n: 0 }]);
      });
    },
  );

  it('is left to one process at a time', async () => {
    await using rig = await synced();
    const both = await Promise.all([refresh(rig), refresh(rig)]);
    expect(both.map(({ busy }) => busy).sort()).toEqual([false, true]);
    const [one, other] = both[0].busy ? [both[1], both[0]] : both;
    expect(other).toEqual({ built: [], models: [], busy: true, error: undefined });
    expect(one.models).toHaveLength(MATERIALIZED.length);
  });

  it('comments on every relation, every column and every function', async () => {
    await using rig = await synced();
    await refresh(rig);
    const bare = await query(
      rig,
      `select c.relname || coalesce('.' || a.attname, '') as name
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = 'sigma_analytics' and c.relkind in ('v', 'm', 'r')
          and (coalesce(col_description(c.oid, a.attnum), '') = '' or coalesce(obj_description(c.oid, 'pg_class'), '') = '')
       union all
       select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'sigma_analytics' and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''`,
    );
    expect(bare).toEqual([]);
    const [found] = await query(
      rig,
      `select (select count(*)::integer from pg_class c where c.relnamespace = n.oid and c.relkind in ('v', 'm')) +
              (select count(*)::integer from pg_proc p where p.pronamespace = n.oid) as n
         from pg_namespace n where n.nspname = 'sigma_analytics'`,
    );
    expect(found).toEqual({ n: models.length });
  });
});

describe('a model', () => {
  it('that is declared otherwise is made anew, with what is made of it and nothing else', async () => {
    await using rig = await synced();
    await refresh(rig);
    await query(
      rig,
      `update sigma_sync.analytics set definition = 'older' where model = 'workbook_inventory'`,
    );
    const again = await refresh(rig);
    expect(again.built).toEqual(['workbook_inventory', ...madeOf('workbook_inventory')]);
    // Of what is made of it, the copies of workbooks are stored, too.
    expect(again.models.filter(({ status }) => status === 'refreshed').map(({ model }) => model)).toEqual([
      'workbook_inventory',
      'duplicate_workbooks',
    ]);
    // A setting is part of the declaration.
    const changed = await refresh(rig, { settings: { ...SETTINGS, internalDomains: ['example.org'] } });
    expect(changed.built).toEqual(['external_members', ...madeOf('external_members')]);
    const stale = await refresh(rig, {
      settings: { ...SETTINGS, internalDomains: ['example.org'], staleDays: 7 },
    });
    expect(new Set(stale.built)).toEqual(new Set(['stale_workbooks', 'stale_reports', 'licence_use']));
    expect(stale.models.every(({ status }) => status === 'unchanged')).toBe(true);
  });

  it('that is none any more goes, and one that somebody dropped comes back', async () => {
    await using rig = await synced();
    await refresh(rig);
    await query(rig, 'create view sigma_analytics.former as select 1 as n');
    await query(
      rig,
      `insert into sigma_sync.analytics (model, kind, definition, built_at) values ('former', 'view', 'x', now())`,
    );
    await query(rig, 'drop materialized view sigma_analytics.growth');
    const { built, models: all, error } = await refresh(rig);
    expect(error).toBeUndefined();
    expect(built).toEqual(['growth']);
    expect(all.find(({ model }) => model === 'growth')?.status).toBe('refreshed');
    expect(await query(rig, `select to_regclass('sigma_analytics.former')::text as former`)).toEqual([
      { former: null },
    ]);
  });

  it('is made anew where somebody dropped the tables below it', async () => {
    await using rig = await synced();
    await refresh(rig);
    await query(rig, 'drop schema sigma_analytics cascade');
    const { built, error } = await refresh(rig);
    expect(error).toBeUndefined();
    expect(built).toHaveLength(models.length);
  });

  it('that others use is not dropped, and the error names them and what to do', async () => {
    await using rig = await synced();
    await refresh(rig);
    await query(rig, 'create schema mine');
    await query(rig, 'create view mine.idle as select name from sigma_analytics.stale_workbooks');
    const [before] = await query(rig, 'select count(*)::integer as n from mine.idle');
    await query(
      rig,
      `update sigma_sync.analytics set definition = 'older' where model = 'workbook_inventory'`,
    );
    const told: string[] = [];
    const events = new EventBus();
    events.on('analytics.failed', ({ error }) => void told.push(error));
    const { built, error } = await refresh(rig, { events });
    expect(built).toEqual([]);
    expect(error).toBe(
      'sigma_analytics.stale_workbooks must be recreated, but view mine.idle depends on it. Nothing was changed. ' +
        'Drop it, run "sigma-sync analytics refresh", and create it again.',
    );
    expect(told).toEqual([error]);
    expect(await query(rig, 'select count(*)::integer as n from mine.idle')).toEqual([before]);
    expect((await query(rig, 'select 1 from sigma_analytics.workbook_inventory')).length).toBeGreaterThan(0);

    await query(rig, 'drop view mine.idle');
    const mended = await refresh(rig);
    expect(mended.error).toBeUndefined();
    expect(mended.built).toContain('stale_workbooks');
    await query(rig, 'create view mine.idle as select name from sigma_analytics.stale_workbooks');
  });

  it('that fails keeps its rows, and is tried again', async () => {
    await using rig = await synced();
    await refresh(rig);
    const rows = 'select count(*)::integer as n from sigma_analytics.access_exposure';
    const before = await query(rig, rows);
    const rank = await query(
      rig,
      `select pg_get_functiondef('sigma.permission_rank(text)'::regprocedure) as sql`,
    );
    await query(
      rig,
      `create or replace function sigma.permission_rank(permission text) returns integer language plpgsql immutable
           as $$ begin raise exception 'no rank today'; end $$`,
    );
    rig.simulator.organization.renameTeam();
    await rig.sync();
    const told: string[] = [];
    const events = new EventBus();
    events.on('analytics.failed', ({ model }) => void told.push(model));
    const { models: all, error } = await refresh(rig, { events });
    expect(error).toBeUndefined();
    const failed = all.filter(({ status }) => status === 'failed');
    expect(failed.map(({ model }) => model)).toEqual(['access_exposure', 'direct_grants']);
    expect(failed[0]?.error).toContain('no rank today');
    expect(told).toEqual(['access_exposure', 'direct_grants']);
    expect(all.find(({ model }) => model === 'member_activity')?.status).toBe('refreshed');
    expect(await query(rig, rows)).toEqual(before);
    await query(rig, String(rank[0]?.['sql']));
    expect(await refreshed(rig)).toEqual(['access_exposure', 'direct_grants']);
  });
});

describe('a sync', () => {
  /** A sync by way of the programmatic API on the rig's database. */
  const open = (rig: Rig, cwd: string, env: Record<string, string>) =>
    createSync({
      cwd,
      env: { ...envFor(rig.simulator), SIGMA_SYNC_ANALYTICS: 'true', ...env },
      database: async () => rig.test.database,
    });

  it('refreshes them, unless it is told not to', async () => {
    using folder = scratchFolder();
    await using rig = await startRig({ organization: { seed: 11, workbooks: 4, members: 6 } });
    const there = `select to_regclass('sigma_analytics.workbook_inventory') is not null as there`;
    await using without = open(rig, folder.path, { SIGMA_SYNC_ANALYTICS: 'false' });
    expect((await without.run({ streams: ['members'] })).status).toBe('complete');
    expect(await query(rig, there)).toEqual([{ there: false }]);

    await using sync = open(rig, folder.path, {});
    expect((await sync.run({ streams: ['workbooks'] })).status).toBe('complete');
    const [found] = await query(
      rig,
      'select count(*)::integer as n, count(*) filter (where owner_name is not null)::integer as owned from sigma_analytics.workbook_inventory',
    );
    expect(Number(found?.['n'])).toBeGreaterThanOrEqual(4);
    expect(Number(found?.['owned'])).toBeGreaterThan(0);
    // Asked for, they are made whatever the setting.
    expect((await without.analytics({ all: true })).models).toHaveLength(MATERIALIZED.length);
  });

  it('does not fail with them', async () => {
    using folder = scratchFolder();
    await using rig = await startRig({ organization: { seed: 11, workbooks: 4, members: 6 } });
    await query(
      rig,
      `create or replace function sigma.permission_rank(permission text) returns integer language plpgsql immutable
           as $$ begin raise exception 'no rank today'; end $$`,
    );
    await using sync = open(rig, folder.path, {});
    const told: string[] = [];
    sync.app.events.on('analytics.failed', ({ model, error }) => void told.push(`${model}: ${error}`));
    const { status, error } = await sync.run({ streams: ['grants', 'members'] });
    expect({ status, error }).toEqual({ status: 'complete', error: undefined });
    expect(told.join('\n')).toMatch(/^access_exposure: .*no rank today/);
  });
});
