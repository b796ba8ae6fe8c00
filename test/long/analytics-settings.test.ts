/** The settings of answers: the audit log, and values that are refused. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { query, refresh, refreshed, SETTINGS, synced } from '../support/analytics.ts';
import { scratchFolder } from '../support/cli.ts';
import { startRig } from '../support/rig.ts';

describe('the audit log', () => {
  it('counts once its table is there', async () => {
    await using rig = await synced();
    const auditLog = {
      ...{ schema: 'sigma_data', table: 'audit_events', time: 'created_at', member: 'actor' },
      ...{ object: 'object', event: 'event_type', opens: ['view'] },
    };
    const settings = { ...SETTINGS, auditLog };
    await refreshed(rig, { settings });
    const [book] = await query(
      rig,
      'select workbook_id, openers from sigma_analytics.workbook_inventory where openers = 0 limit 1',
    );
    expect(book).toBeDefined();
    const id = String(book?.['workbook_id']);
    const openers = `select openers, last_opened_at = '2026-10-01T10:00:00Z' as at_ten
                       from sigma_analytics.workbook_inventory where workbook_id = '${id}'`;
    await query(rig, 'create schema if not exists sigma_data');
    await query(
      rig,
      'create table sigma_data.audit_events (created_at timestamptz, actor text, object text, event_type text)',
    );
    const event = (member: string, kind: string): Promise<unknown> =>
      query(
        rig,
        `insert into sigma_data.audit_events values ('2026-10-01T10:00:00Z', '${member}', '${id}', '${kind}')`,
      );
    await event('a', 'View');
    await event('b', 'EDIT');
    const { built } = await refresh(rig, { settings });
    expect(built).toEqual(
      expect.arrayContaining(['workbook_inventory', 'report_inventory', 'member_activity']),
    );
    expect(await query(rig, openers)).toEqual([{ openers: 1, at_ten: true }]);
    expect(await refreshed(rig, { settings })).toEqual([]);
    // Only what is made of it is refreshed.
    await event('b', 'VIEW');
    expect(await refreshed(rig, { settings })).toEqual([
      'workbook_inventory',
      'report_inventory',
      'duplicate_workbooks',
      'duplicate_reports',
      'member_activity',
      'object_names',
    ]);
    expect(await query(rig, openers)).toEqual([{ openers: 2, at_ten: true }]);
    // Neither more events nor later ones, and yet others.
    await query(rig, `update sigma_data.audit_events set object = 'elsewhere' where actor = 'a'`);
    expect(await refreshed(rig, { settings })).toEqual([
      'workbook_inventory',
      'report_inventory',
      'duplicate_workbooks',
      'duplicate_reports',
      'member_activity',
      'object_names',
    ]);
    expect(await query(rig, openers)).toEqual([{ openers: 1, at_ten: true }]);
    await query(rig, `update sigma_data.audit_events set object = '${id}' where actor = 'a'`);
    // The export may give a column another type; what is no time any more is no opening.
    await query(
      rig,
      `alter table sigma_data.audit_events alter column created_at type text, alter column actor type varchar(40)`,
    );
    await event('c', 'view');
    await query(rig, `update sigma_data.audit_events set created_at = 'never' where actor = 'a'`);
    expect((await refresh(rig, { settings })).error).toBeUndefined();
    expect(await query(rig, openers)).toEqual([{ openers: 2, at_ten: true }]);
    expect(
      await query(
        rig,
        `select count(*)::integer as n from sigma_analytics.openings() where object_id = '${id}'`,
      ),
    ).toEqual([{ n: 2 }]);
    // A table without one of the columns is none.
    expect(
      (await refresh(rig, { settings: { ...SETTINGS, auditLog: { ...auditLog, member: 'who' } } })).error,
    ).toBeUndefined();
    expect(await query(rig, openers)).toEqual([{ openers: 0, at_ten: null }]);
  });
});

it('an attempt that failed is no opening, if the audit log says how it ended', async () => {
  await using rig = await synced();
  await query(rig, 'create schema if not exists sigma_data');
  await query(
    rig,
    `create table sigma_data.audit_events as
     select '2026-10-01T10:00:00Z'::timestamptz as created_at, e.actor, (select min(workbook_id) from sigma.workbooks) as object,
            'OBJECT_INTERACTION' as event_type, e.outcome as event_status
       from (values ('a', 'SUCCESS'), ('b', 'Success'), ('c', 'FAILURE'), ('d', null)) e(actor, outcome)`,
  );
  const columns = { time: 'created_at', member: 'actor', object: 'object', event: 'event_type' };
  const auditLog = {
    ...{ schema: 'sigma_data', table: 'audit_events', ...columns, opens: ['OBJECT_INTERACTION'] },
    ...{ status: 'event_status', succeeded: ['success'] },
  };
  const openers = async (more: Partial<typeof auditLog>): Promise<unknown> => {
    const { warning } = await refresh(rig, { settings: { ...SETTINGS, auditLog: { ...auditLog, ...more } } });
    const found = await query(
      rig,
      `select string_agg(member_id, '' order by member_id) as ids from sigma_analytics.openings() where length(member_id) = 1`,
    );
    return warning ?? found[0]?.['ids'];
  };
  // A row without an outcome was exported before the column was.
  expect(await openers({})).toBe('abd');
  expect(await openers({ succeeded: ['FAILURE'] })).toBe('cd');
  expect(await openers({ status: 'outcome' })).toMatch('has no column outcome');
  // An export without the column counts every event, as before there was such a setting.
  await query(rig, 'alter table sigma_data.audit_events drop column event_status');
  expect(await openers({})).toBe('abcd');
});

it('the audit log names documents of every kind by either of their ids', async () => {
  const organization = { seed: 11, workbooks: 8, reports: 6, dataModels: 4, members: 12 };
  await using rig = await startRig({ organization, streams: catalogue });
  await rig.sync();
  const columns = { time: 'created_at', member: 'actor', object: 'object', event: 'event_type' };
  const auditLog = { schema: 'sigma_data', table: 'audit_events', ...columns, opens: ['view'] };
  await query(rig, 'create schema if not exists sigma_data');
  await query(
    rig,
    `create table sigma_data.audit_events as
     select now() as created_at, 'a' as actor, x.object, 'VIEW' as event_type
       from (select report_url_id as object from sigma.reports union all select report_id from sigma.reports
             union all select workbook_url_id from sigma.workbooks union all select workbook_id from sigma.workbooks
             union all select data_model_url_id from sigma.data_models) x`,
  );
  const { warning } = await refresh(rig, { settings: { ...SETTINGS, auditLog } });
  expect(warning).toBeUndefined();
  expect(
    await query(
      rig,
      `select count(*) filter (where is_report) > 5 as has_reports,
              bool_and(last_opened_at > now() - interval '1 hour') as opened
         from (select true as is_report, last_opened_at from sigma_analytics.report_inventory
               union all select false, last_opened_at from sigma_analytics.workbook_inventory) i`,
    ),
  ).toEqual([{ has_reports: true, opened: true }]);
  expect(await query(rig, 'select 1 from sigma_analytics.stale_reports')).toEqual([]);
  // Each document counts once, whichever id names it.
  expect(
    await query(
      rig,
      `select count(distinct o.object_id) = (select count(*) from sigma.workbooks) + (select count(*) from sigma.reports)
              + (select count(*) from sigma.data_models) as once
         from sigma_analytics.openings() o where o.member_id = 'a'`,
    ),
  ).toEqual([{ once: true }]);
  // A log of reports alone has openings, too.
  await query(
    rig,
    'delete from sigma_data.audit_events where object not in (select report_url_id from sigma.reports)',
  );
  expect((await refresh(rig, { settings: { ...SETTINGS, auditLog } })).warning).toBeUndefined();
});

describe('wrong settings', () => {
  const settingsOf = async (analytics: unknown): Promise<unknown> => {
    using folder = scratchFolder();
    const { mkdirSync, writeFileSync } = await import('node:fs');
    mkdirSync(`${folder.path}/config`);
    writeFileSync(`${folder.path}/config/sigma-sync.yaml`, JSON.stringify({ analytics }));
    const env = { SIGMA_CLIENT_ID: 'a', SIGMA_CLIENT_SECRET: 'b', SIGMA_REGION: 'aws-us-west' };
    const config = loadConfig({ cwd: folder.path, env });
    return createSync({ config }).app.analytics;
  };

  it.each([
    [
      { audit_log: { export: 'audit_events' } },
      /analytics\.audit_log\.export is audit_events, but there is no such export/,
    ],
    [{ internal_domains: ['me@example.com'] }, /internal_domains\S* must be a domain without the @/],
    [{ internal_domains: ['example.com', ''] }, /internal_domains\S* must be a domain without the @/],
    [{ stale_days: 0 }, /stale_days must be a whole number from 1 to 3650/],
    [{ stale_days: 'many' }, /stale_days must be a whole number/],
  ])('%j', async (analytics, message) => {
    await expect(settingsOf(analytics)).rejects.toThrow(message);
  });

  it('right ones are taken', async () => {
    expect(await settingsOf({ internal_domains: ['Example.com'], stale_days: 30 })).toEqual({
      ...{ enabled: true, staleDays: 30, internalDomains: ['Example.com'], auditLog: undefined },
    });
  });
});
