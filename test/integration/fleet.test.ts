/** Several organizations in one database: tables of their own, one view over all, and nobody in another's way. */
import { describe, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Fleet } from '../../src/fleet/open-fleet.ts';
import { organizationStates } from '../../src/fleet/organization-states.ts';
import { placesOf } from '../../src/fleet/places.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import { type FleetRig, startFleetRig } from '../support/fleet-rig.ts';

const STREAMS = { sync: { streams: ['members', 'workbooks', 'team_members'] } };
const NO_ANSWERS = { ...STREAMS, analytics: { enabled: false } };

/** Syncs all, then looks at the views. */
async function syncAll(fleet: Fleet): Promise<readonly string[]> {
  for (const { sync } of fleet.members) {
    const { status, error } = await sync.run();
    if (error !== undefined) throw error;
    expect(status).toBe('complete');
  }
  const { made, failed, busy } = await fleet.refreshViews();
  expect({ failed, busy }).toEqual({ failed: [], busy: false });
  return made;
}

const counts = async (rig: FleetRig, view: string) =>
  Object.fromEntries(
    (
      await rig.rows(
        `select organization, count(*)::integer as n from sigma_all.${view} group by 1 order by 1`,
      )
    ).map(({ organization, n }) => [organization, n]),
  );

it('one query sees all organizations; one that goes takes its rows along, and leaves its tables', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const both = rig.settings([rig.entry('acme'), rig.entry('beta')], STREAMS);
  const made = await rig.open(both, syncAll);
  expect(made).toEqual(
    expect.arrayContaining(['members', 'workbooks', 'workbook_inventory', 'object_names']),
  );
  expect(await counts(rig, 'members')).toEqual({ acme: 6, beta: 7 });
  expect(await counts(rig, 'workbook_inventory')).toEqual({ acme: 4, beta: 5 });
  const told = await rig.rows(`select obj_description('sigma_all.members'::regclass) as view,
            obj_description('sigma_acme.members'::regclass) as "table",
            col_description('sigma_all.members'::regclass, 1) as first,
            (select attname::text from pg_attribute where attrelid = 'sigma_all.members'::regclass and attnum = 1) as name`);
  expect(told).toEqual([
    {
      view: expect.stringMatching(/Over all organizations\.$/),
      table: expect.any(String),
      first: 'Organization of the row, as the settings call it',
      name: 'organization',
    },
  ]);
  expect(told[0]?.['view']).toContain(String(told[0]?.['table']));

  expect(Object.keys(await counts(rig, 'changes'))).toEqual(['acme', 'beta']);
  expect(await rig.rows('select organization, command, status from sigma_all.runs order by 1')).toEqual([
    { organization: 'acme', command: 'sync', status: 'complete' },
    { organization: 'beta', command: 'sync', status: 'complete' },
  ]);
  // Errors quote Sigma's answers.
  await expect(rig.rows('select error from sigma_all.runs')).rejects.toThrow('error');

  // Nothing changed: nothing is created. A view that somebody made over this one is not dropped.
  expect(await rig.open(both, (fleet) => fleet.refreshViews())).toEqual({
    made: [],
    busy: false,
    failed: [],
  });
  await rig.rows('create view public.mine as select organization, member_id from sigma_all.members');

  const one = rig.settings([rig.entry('acme')], STREAMS);
  expect((await rig.open(one, (fleet) => fleet.refreshViews())).failed).toEqual([]);
  expect(await counts(rig, 'members')).toEqual({ acme: 6 });
  expect(await counts(rig, 'workbook_inventory')).toEqual({ acme: 4 });
  expect(await rig.rows('select count(*)::integer as n from sigma_beta.members')).toEqual([{ n: 7 }]);
  expect(await rig.rows('select distinct organization from public.mine')).toEqual([{ organization: 'acme' }]);

  // It comes back without being read again.
  expect((await rig.open(both, (fleet) => fleet.refreshViews())).failed).toEqual([]);
  expect(await counts(rig, 'members')).toEqual({ acme: 6, beta: 7 });
});

it('a look at the views waits for another one, which may have begun before the tables were there', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const both = rig.settings([rig.entry('acme'), rig.entry('beta')], NO_ANSWERS);
  await rig.open(both, async (fleet) => {
    for (const { sync } of fleet.members) await sync.run();
    const lock = await (await rig.database()).tryLock('sigma_all: views', () => undefined);
    const looks = [fleet.refreshViews(), fleet.refreshViews()];
    setTimeout(() => void lock?.release(), 500);
    const results = await Promise.all(looks);
    expect(results.map(({ busy, failed }) => ({ busy, failed }))).toEqual([
      { busy: false, failed: [] },
      { busy: false, failed: [] },
    ]);
    // One of them made the views, and the other found them.
    expect(results.map(({ made }) => made.includes('members')).sort()).toEqual([false, true]);
  });
  expect(await counts(rig, 'members')).toEqual({ acme: 6, beta: 7 });
});

it('answers of one are made anew although views over all are made of them', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const before = rig.settings([rig.entry('acme'), rig.entry('beta')], STREAMS);
  await rig.open(before, syncAll);
  await rig.rows('create view public.mine as select * from sigma_all.stale_workbooks');
  const after = rig.settings(
    [rig.entry('acme', { analytics: { stale_days: 7 } }), rig.entry('beta')],
    STREAMS,
  );
  await rig.open(after, async (fleet) => {
    const { built, error } = (await fleet.members[0]?.sync.analytics()) ?? {};
    expect(error).toBeUndefined();
    expect(built).toContain('stale_workbooks');
  });
  // Meanwhile the other one's rows are there all the same.
  expect(Object.keys(await counts(rig, 'member_activity'))).toContain('beta');
  await rig.open(after, async (fleet) => expect((await fleet.refreshViews()).failed).toEqual([]));
  expect(await counts(rig, 'workbook_inventory')).toEqual({ acme: 4, beta: 5 });
  expect(await rig.rows('select 1 from public.mine where false')).toEqual([]);
});

it('an organization on an older schema gives null for what it lacks', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')], NO_ANSWERS);
  await rig.open(config, syncAll);
  await rig.rows('drop schema sigma_all cascade');
  await rig.rows('alter table sigma_beta.members drop column email');
  await rig.open(config, async (fleet) => expect((await fleet.refreshViews()).failed).toEqual([]));
  const rows = await rig.rows(
    'select organization, count(email)::integer as emails, count(*)::integer as n from sigma_all.members group by 1 order by 1',
  );
  expect(rows).toEqual([
    { organization: 'acme', emails: 6, n: 6 },
    { organization: 'beta', emails: 0, n: 7 },
  ]);
  // Missing columns come at the end of a view that is there, and nobody's view of it goes.
  await rig.rows('create view public.mine as select organization from sigma_all.members');
  await rig.rows('alter table sigma_acme.members add column newer integer');
  await rig.open(config, async (fleet) => expect((await fleet.refreshViews()).made).toContain('members'));
  expect(await rig.rows('select distinct newer from sigma_all.members')).toEqual([{ newer: null }]);
  // Its organization goes: the column stays for those who use the view, and is null.
  const other = rig.settings([rig.entry('beta')], NO_ANSWERS);
  await rig.open(other, async (fleet) => expect((await fleet.refreshViews()).failed).toEqual([]));
  expect(await rig.rows('select organization, newer from sigma_all.members limit 1')).toEqual([
    { organization: 'beta', newer: null },
  ]);
  // A column of another type can't be kept: that one view stays as it was, until nobody needs it.
  await rig.rows('alter table sigma_beta.members add column newer text');
  const { failed } = await rig.open(other, (fleet) => fleet.refreshViews());
  expect(failed).toEqual([
    { view: 'members', error: expect.stringMatching(/depends on it.*sigma-sync migrate/) },
  ]);
  await rig.rows('drop view public.mine');
  await rig.open(other, async (fleet) => expect((await fleet.refreshViews()).failed).toEqual([]));
});

it('makes only the views that changed, and once all of those that an older version made', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')], NO_ANSWERS);
  const look = () => rig.open(config, async (fleet) => (await fleet.refreshViews()).made);
  const areInViews = () => rig.open(config, (fleet) => fleet.areInViews());
  await rig.open(config, async (fleet) => {
    for (const { sync } of fleet.members) await sync.run();
    expect(await fleet.areInViews()).toBe(false);
  });
  const all = await look();
  expect(all.length).toBeGreaterThan(50);
  expect(await areInViews()).toBe(true);
  expect(await look()).toEqual([]);
  // A new column, and another name of it.
  for (const change of [
    'alter table sigma_beta.members add column newer integer',
    'alter table sigma_beta.members rename column newer to newest',
  ]) {
    await rig.rows(change);
    expect(await look(), change).toEqual(['members']);
    expect(await areInViews(), change).toBe(true);
  }
  await rig.rows('alter table sigma_beta.members add column last integer');
  expect(await areInViews()).toBe(false);
  await rig.rows(`do $$ begin execute (
    select string_agg(format('comment on rule "_RETURN" on sigma_all.%I is null', relname), ';')
      from pg_class where relnamespace = 'sigma_all'::regnamespace); end $$`);
  expect([...(await look())].sort()).toEqual([...all].sort());
  expect(await areInViews()).toBe(true);
});

it('does not touch what others have in the schema', async () => {
  await using rig = await startFleetRig(['acme']);
  const config = rig.settings([rig.entry('acme')], NO_ANSWERS);
  await rig.open(config, async (fleet) => {
    const database = await fleet.database();
    await database.session((session) => session.query('create schema sigma_all'));
    await database.session((session) => session.query('create table sigma_all.members (mine integer)'));
    await fleet.members[0]?.sync.run();
    const { made, failed } = await fleet.refreshViews();
    expect(made).toContain('workbooks');
    expect(failed).toEqual([
      {
        view: 'members',
        error: expect.stringContaining('sigma_all.members already exists, and sigma-sync did not create it'),
      },
    ]);
    // The next look tries again.
    await database.session((session) => session.query('drop table sigma_all.members'));
    expect(await fleet.refreshViews()).toMatchObject({
      failed: [],
      made: expect.arrayContaining(['members']),
    });
  });
});

it('one with refused credentials keeps nobody from working, and says so in a line', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const { sigma } = rig.entry('beta');
  const broken = { name: 'beta', sigma: { ...(sigma as object), client_secret: 'revoked-0123456789' } };
  const config = rig.settings([broken, rig.entry('acme')], NO_ANSWERS);
  await rig.open(config, async (fleet) => {
    for (const { name, sync } of fleet.members) {
      const { report, error } = await sync
        .run()
        .catch((thrown: unknown) => ({ report: undefined, error: thrown }));
      if (name === 'acme') expect([report?.status, error]).toEqual(['complete', undefined]);
      else expect(String(error)).toContain('credentials');
    }
    const states = await organizationStates(await fleet.database(), placesOf(config));
    expect(states).toMatchObject([
      { organization: 'acme', failing: [], lastRun: { status: 'complete' }, error: null },
      { organization: 'beta', freshAt: null, lastRun: { status: 'failed' } },
    ]);
    expect(JSON.stringify(states)).not.toContain('revoked-0');
    // Each token was asked of its own organization alone.
    expect(rig.simulators['acme']?.counters.endpoints.get('POST /v2/auth/token')).toBe(1);
  });
});

describe('a single installation', () => {
  it('becomes one of many in place, and back', async () => {
    await using rig = await startFleetRig(['main', 'beta']);
    const { sigma } = rig.entry('main');
    const single = rig.settings([], { ...STREAMS, sigma });
    const syncAlone = async (): Promise<number> => {
      await using sync = createSync({ config: single.base, database: rig.database });
      const { report, status } = await sync.run();
      expect(status).toBe('complete');
      return report.streams.reduce(
        (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
        0,
      );
    };
    expect(await syncAlone()).toBeGreaterThan(0);
    const first = () => rig.rows('select member_id, _first_synced_at from sigma.members order by 1');
    const database = { schema: 'sigma', exports_schema: 'sigma_data' };
    const many = rig.settings([rig.entry('main', { database }), rig.entry('beta')], STREAMS);
    const members = await first();
    await rig.open(many, async (fleet) => {
      for (const { name, sync } of fleet.members) {
        const { report } = await sync.run();
        const inserted = report.streams.reduce((sum, one) => sum + one.inserted, 0);
        expect(name === 'main' ? inserted === 0 : inserted > 0, name).toBe(true);
      }
      expect((await fleet.refreshViews()).failed).toEqual([]);
    });
    expect(await counts(rig, 'members')).toEqual({ beta: 7, main: 6 });
    expect(await first()).toEqual(members);
    // Back out: the file is as it was, and the views over all go.
    await rig.rows('drop schema sigma_all cascade');
    expect(await syncAlone()).toBe(0);
    expect(await first()).toEqual(members);
  });
});

it('no stream and no answer has a name or a column that a view over all needs', () => {
  const tables = models.filter(({ kind }) => kind !== 'function');
  const names = ['runs', 'changes', ...catalogue.map(({ name }) => name), ...tables.map(({ name }) => name)];
  expect(new Set(names).size).toBe(names.length);
  const columns = [
    ...catalogue.flatMap((stream) => stream.columns.map(({ name }) => name)),
    ...tables.flatMap((model) => Object.keys(model.columns)),
  ];
  expect(columns).not.toContain('organization');
});
