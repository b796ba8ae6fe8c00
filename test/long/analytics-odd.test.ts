/** Answers where what is stored is odd: values that nobody expects, refreshes that were cut off, values hidden since. */
import { describe, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import type { AnalyticsRequest } from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { applyPrivacy } from '../../src/loaders/privacy/apply.ts';
import { compilePrivacy } from '../../src/loaders/privacy/compile-privacy.ts';
import { failuresOf, query, refresh as refreshAnswers, SETTINGS, synced } from '../support/analytics.ts';
import type { Rig } from '../support/rig.ts';

/** The models that failed, and those that were refreshed. */
async function refresh(
  rig: Rig,
  more: Partial<AnalyticsRequest> = {},
): Promise<{ failed: string[]; refreshed: string[] }> {
  const result = await refreshAnswers(rig, more);
  const refreshed = result.models.filter(({ status }) => status === 'refreshed').map(({ model }) => model);
  return { failed: failuresOf(result), refreshed };
}

/** Every model that is no function, whole. */
async function readAll(rig: Rig): Promise<void> {
  for (const { kind, name } of models)
    if (kind !== 'function') await query(rig, `select * from sigma_analytics.${name}`);
}

describe('a refresh', () => {
  it('of what is made of a model is done by the next one, where it failed', async () => {
    await using rig = await synced();
    expect((await refresh(rig)).failed).toEqual([]);
    await query(
      rig,
      `insert into sigma.dataset_sources (dataset_id, source_key, inode_id, type, _first_synced_at, _synced_at, _raw)
       select dataset_id, 'new', 'a-new-source', 'table', now(), now(), '{}' from sigma.datasets limit 1`,
    );
    // An index that fails for this row alone.
    await query(
      rig,
      `create index in_the_way on sigma_analytics.lineage_nodes ((1 / (case node_id when 'a-new-source' then 0 else 1 end)))`,
    );
    const cut = await refresh(rig);
    // The inventories count the sources that the lineage has.
    expect(cut.refreshed).toEqual([
      ...['lineage', 'workbook_inventory', 'report_inventory'],
      ...['duplicate_workbooks', 'duplicate_reports'],
    ]);
    expect(cut.failed).toEqual([
      expect.stringMatching(/^lineage_nodes: .*division by zero/),
      'object_names: It is built from lineage_nodes, which failed.',
    ]);
    await query(rig, 'drop index sigma_analytics.in_the_way');
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: ['lineage_nodes', 'object_names'] });
    expect(
      await query(rig, `select type from sigma_analytics.lineage_nodes where node_id = 'a-new-source'`),
    ).toEqual([{ type: 'table' }]);
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: [] });
  });
});

describe('a value that privacy settings hide', () => {
  it('is in no answer after the next refresh', async () => {
    await using rig = await synced();
    await refresh(rig);
    const { database, schemas } = rig.test;
    const privacy = compilePrivacy({ columns: { 'members.email': 'drop' } }, catalogue);
    const plain = `select count(email)::integer as n from sigma_analytics.member_activity`;
    expect(await query(rig, plain)).not.toEqual([{ n: 0 }]);
    await applyPrivacy(
      { database, schemas, streams: catalogue, privacy },
      rig.events,
      new AbortController().signal,
    );
    expect((await refresh(rig)).refreshed).toEqual(
      expect.arrayContaining(['workbook_inventory', 'report_inventory', 'member_activity']),
    );
    expect(await query(rig, plain)).toEqual([{ n: 0 }]);
    expect(await refresh(rig)).toEqual({ failed: [], refreshed: [] });
  });
});

describe('odd values', () => {
  const odd = ['null', `'null'`, `'"text"'`, `'5'`, `'[]'`, `'{}'`, `'[null, 1, "a", [2], {"name": null}]'`];
  it('of JSON, or none at all, fail no model', async () => {
    await using rig = await synced();
    const columns = await query(
      rig,
      `select c.table_name, c.column_name, c.data_type from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'sigma' and t.table_type = 'BASE TABLE' and c.is_nullable = 'YES'
          and c.column_name not like '\\_%'`,
    );
    for (const value of odd) {
      for (const { table_name: table, column_name: column, data_type: type } of columns)
        if (value === 'null' || type === 'jsonb')
          await query(rig, `update sigma."${table}" set "${column}" = ${value}`);
      expect((await refresh(rig, { all: true })).failed, value).toEqual([]);
      await readAll(rig);
    }
  });

  it('of text, however long, fail no model', async () => {
    await using rig = await synced();
    const long = `(select string_agg(md5(i::text), '') from generate_series(1, 400) i)`;
    for (const set of [
      `workbooks set name = ${long}, path = ${long}`,
      `members set first_name = ${long}, email = ${long} || '@' || ${long}`,
      `files set name = ${long}, path = ${long}`,
      `workbook_elements set name = ${long}, error = ${long}`,
      `teams set name = ${long}`,
      `datasets set name = ${long}`,
    ])
      await query(rig, `update sigma.${set}`);
    expect((await refresh(rig, { all: true })).failed).toEqual([]);
    await readAll(rig);
  });

  it('in the id of an element: a colon', async () => {
    await using rig = await synced();
    await query(
      rig,
      `insert into sigma.workbook_elements (workbook_id, element_id, name, _first_synced_at, _synced_at, _raw)
       select workbook_id, 'a:b:c', 'Colons', now(), now(), '{}' from sigma.workbooks where is_archived is not true limit 1`,
    );
    expect((await refresh(rig)).failed).toEqual([]);
    expect(
      await query(
        rig,
        `select name, document_type = 'workbook' as has_workbook, owner_id is not null as has_owner
           from sigma_analytics.lineage_nodes where node_id like '%:a:b:c'`,
      ),
    ).toEqual([{ name: 'Colons', has_workbook: true, has_owner: true }]);
  });

  it('in cron expressions: what is not understood runs never, whatever else it says', async () => {
    await using rig = await synced();
    await refresh(rig);
    const runs = async (spec: string): Promise<unknown> =>
      (
        await query(
          rig,
          `select coalesce(sum(runs), 0)::float8 as n from sigma_analytics.cron_runs('${spec}')`,
        )
      )[0]?.['n'];
    expect(await runs('0 9 * * MON-FRI')).toBe(5);
    expect(await runs('0 9 L * mon')).toBe(0);
    expect(await runs('0 9 15W * mon')).toBe(0);
    expect(await runs('0 9 * * sat-tue/2')).toBe(2);
    expect(await runs('0 9 * * 6-2')).toBe(4);
    expect(await runs('0 9 * * 5#2')).toBe(0);
  });
});

describe('a change of access', () => {
  it('names what is in no listing of files', async () => {
    await using rig = await synced();
    await refresh(rig);
    await query(
      rig,
      `with book as (select workbook_id, name from sigma.workbooks where name is not null order by workbook_id limit 1),
            gone as (delete from sigma.files f using book b where f.id = b.workbook_id),
            given as (
              insert into sigma.grants (grant_id, inode_id, inode_type, permission, _first_synced_at, _synced_at, _raw)
              select 'g-new', workbook_id, 'workbook', 'view', now(), now(), '{}' from book)
       insert into sigma_sync.changes (stream, key, operation, changed_at, run_id, after)
       select 'grants', array['g-new'], 'insert', now(), (select run_id from sigma_sync.runs limit 1), '{"permission": "view"}'`,
    );
    expect(
      await query(
        rig,
        `select a.inode_name = w.name as named from sigma_analytics.access_changes a
           join sigma.workbooks w on w.workbook_id = a.inode_id where a.grant_id = 'g-new'`,
      ),
    ).toEqual([{ named: true }]);
  });
});

describe('the audit log', () => {
  const auditLog = {
    ...{ schema: 'sigma_data', table: 'audit_events', time: 'at', member: 'actor' },
    ...{ object: 'object', event: 'kind', opens: ['view'] },
  };
  const settings = { ...SETTINGS, auditLog };

  it.each(['jsonb', 'boolean', 'bigint', 'numeric', 'date', 'timestamp', 'text'])(
    'with times of type %s fails no model',
    async (type) => {
      await using rig = await synced();
      await query(rig, 'create schema if not exists sigma_data');
      await query(
        rig,
        `create table sigma_data.audit_events (at ${type}, actor bigint, object jsonb, kind varchar(9))`,
      );
      const value = { jsonb: '"2026-10-01T10:00:00Z"', boolean: 'true', bigint: '5', numeric: '1e3' }[type];
      await query(
        rig,
        `insert into sigma_data.audit_events values ('${value ?? '2026-10-01'}', 1, '"x"', 'VIEW')`,
      );
      expect((await refresh(rig, { settings })).failed).toEqual([]);
      await query(rig, `insert into sigma_data.audit_events select * from sigma_data.audit_events`);
      expect(await refresh(rig, { settings })).toEqual({
        failed: [],
        refreshed: [
          'workbook_inventory',
          'report_inventory',
          'duplicate_workbooks',
          'duplicate_reports',
          'member_activity',
          'object_names',
        ],
      });
    },
  );

  it('with texts that only look like times counts those that are', async () => {
    await using rig = await synced();
    await query(rig, 'create schema if not exists sigma_data');
    await query(rig, 'create table sigma_data.audit_events (at text, actor text, object text, kind text)');
    const times = [
      ...[
        '2026-02-28 10:00',
        '2028-02-29T10:00:00Z',
        '2026-10-01T10:00:00.123456+02:00',
        '2026-10-01 10:00:00+00',
      ],
      ...[
        '2026-02-30 10:00',
        '2026-02-29T10:00Z',
        '2026-04-31T10:00:00Z',
        '0000-01-01 10:00',
        '2026-10-01 10:00 nonsense',
      ],
      ...[
        '2026-10-01T10:00:99Z',
        '2026-10-01T10:00:00+99:00',
        '2026-10-01T10:00:00 Mars/Base',
        '1900-02-29 10:00',
      ],
    ];
    for (const at of times)
      await query(
        rig,
        `insert into sigma_data.audit_events values ('${at}', 'somebody', 'something', 'view')`,
      );
    expect((await refresh(rig, { settings })).failed).toEqual([]);
    expect(
      await query(
        rig,
        `select count(*)::integer as n from sigma_analytics.openings() where member_id = 'somebody'`,
      ),
    ).toEqual([{ n: 4 }]);
  });
});

describe('a licence', () => {
  it('to view makes nothing, whatever the account type permits, and neither does a schedule of exports', async () => {
    await using rig = await synced();
    await query(rig, `update sigma.account_types set license_type = 'build'`);
    await query(
      rig,
      `update sigma.account_types set license_type = 'View' where lower(account_type_name) = (select min(lower(member_type)) from sigma.members)`,
    );
    await query(
      rig,
      `update sigma.account_type_permissions p set permission = 'schedule-export'
         from (select min(permission) as permission, account_type_id from sigma.account_type_permissions group by 2) f
        where p.account_type_id = f.account_type_id and p.permission = f.permission
          and not exists (select from sigma.account_type_permissions o where o.account_type_id = p.account_type_id
                             and o.permission = 'schedule-export')`,
    );
    await query(
      rig,
      `update sigma.account_type_permissions set _deleted_at = now() where permission <> 'schedule-export'`,
    );
    await refresh(rig);
    expect(await query(rig, 'select distinct can_make from sigma_analytics.member_activity')).toEqual([
      { can_make: false },
    ]);
    // Other permissions make something, but not with a licence to view.
    await query(rig, 'update sigma.account_type_permissions set _deleted_at = null, _synced_at = now()');
    await query(
      rig,
      `insert into sigma.account_type_permissions (account_type_id, permission, _first_synced_at, _synced_at, _raw)
       select account_type_id, 'create-more', now(), now(), '{}' from sigma.account_types`,
    );
    await refresh(rig);
    expect(
      await query(
        rig,
        `select bool_and(can_make = (lower(member_type) <> (select min(lower(member_type)) from sigma.members))) as right
           from sigma_analytics.member_activity where can_make is not null`,
      ),
    ).toEqual([{ right: true }]);
  });

  it('of an inactive member is neither in use nor idle', async () => {
    await using rig = await synced();
    await query(
      rig,
      `update sigma.members set is_inactive = true, is_archived = false, _synced_at = now()
        where member_id in (select member_id from sigma.members order by 1 limit 3)`,
    );
    await refresh(rig);
    expect(
      await query(
        rig,
        `select verdict, count(*)::integer as n from sigma_analytics.licence_use where is_inactive group by 1`,
      ),
    ).toEqual([{ verdict: 'inactive', n: 3 }]);
  });
});

it('a deleted workbook among the recent files of a member is none of those opened, though the member was seen', async () => {
  await using rig = await synced();
  await refresh(rig);
  const [member] = await query(
    rig,
    `select a.member_id, a.opened, a.last_opened_at, r.file_id from sigma_analytics.member_activity a
       join sigma.member_recent_files r on r.member_id = a.member_id and r.last_interaction_at = a.last_opened_at
       join sigma.workbooks w on w.workbook_id = r.file_id
      where a.opened > 1 order by 1 limit 1`,
  );
  const seen = (): Promise<unknown> =>
    query(
      rig,
      `select member_id, opened, last_opened_at from sigma_analytics.member_activity where member_id = $1`,
      [member?.['member_id']],
    );
  await query(rig, `update sigma.workbooks set _deleted_at = now() where workbook_id = $1`, [
    member?.['file_id'],
  ]);
  const { member_id, opened, last_opened_at } = member ?? {};
  await refresh(rig);
  // Another listing still has it: credentials may have lost one of the two.
  expect(await seen()).toEqual([{ member_id, opened, last_opened_at }]);
  await query(rig, `update sigma.files set _deleted_at = now() where id = $1`, [member?.['file_id']]);
  await refresh(rig);
  expect(await seen()).toEqual([{ member_id, opened: Number(opened) - 1, last_opened_at }]);
});

it('runs of schedules have no zeros at their end', async () => {
  await using rig = await synced();
  await refresh(rig);
  expect(
    await query(
      rig,
      `select runs::text from sigma_analytics.cron_runs('0 7 * * mon') union all
      select runs::text from sigma_analytics.cron_runs('0 7 1 1 *') where day_of_week = 1`,
    ),
  ).toEqual([{ runs: '1' }, { runs: expect.stringMatching(/^0\.00[23]$/) }]);
  expect(
    await query(
      rig,
      `select runs from sigma_analytics.schedule_load where runs::text !~ '^\\d+(\\.\\d?[1-9])?$'`,
    ),
  ).toEqual([]);
});
