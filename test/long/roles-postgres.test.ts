/** The two SQL roles on a server: what each may, what it may not, and what the check finds. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { loadFleet } from '../../src/config/load-config.ts';
import { type Database, quoteName } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { refreshViews } from '../../src/fleet/views.ts';
import { checkDatabase } from '../../src/operations/check/run-checks.ts';
import { openQueue, QUEUE } from '../../src/operations/fleet/queue.ts';
import { checkRoles } from '../../src/operations/roles/check-roles.ts';
import { createRoles, roleStatements } from '../../src/operations/roles/create-roles.ts';
import { ownedSchemas, type RoleNames } from '../../src/operations/roles/role-names.ts';
import { applyRetention } from '../../src/operations/upkeep/retention.ts';
import { recordSizes } from '../../src/operations/upkeep/table-sizes.ts';
import { schemasFor } from '../../src/state/schemas.ts';
import { scratchFolder } from '../support/cli.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { definitionOf } from '../support/export-definition.ts';
import { startExportRig } from '../support/export-rig.ts';
import { startRig } from '../support/rig.ts';
import { withAdmin } from '../support/template.ts';

const CREDENTIALS = {
  SIGMA_CLIENT_ID: 'a-client',
  SIGMA_CLIENT_SECRET: 'a-secret-of-the-tests',
  SIGMA_BASE_URL: 'http://127.0.0.1:1',
};
const PASSWORD = 'a password of the tests';
const made: string[] = [];

/** Roles belong to the server, so each test has some of its own, with names that must be quoted. */
function namesFor({ schemas }: TestDatabase): RoleNames {
  const mark = randomBytes(4).toString('hex');
  const names = {
    writer: `Wri"ter ${mark}`,
    reader: `rea'der; ${mark}`,
    schemas,
    exportsSchema: 'sigma_data',
  };
  made.push(names.writer, names.reader);
  return names;
}

afterAll(async () => {
  await withAdmin(inject('postgresUrl'), async (admin) => {
    for (const role of made) await admin.query(`drop role if exists ${quoteName(role)}`);
  });
});

/** The same database as another user, whom the test gives a password. */
async function connectAs(test: TestDatabase, role: string): Promise<Database & AsyncDisposable> {
  await run(test.database, `alter role ${quoteName(role)} login password '${PASSWORD}'`);
  const url = new URL(test.url ?? '');
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(PASSWORD);
  const database = openPostgres({ url: url.href });
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

const run = (database: Database, sql: string): Promise<Record<string, unknown>[]> =>
  database.session((session) => session.query(sql));

const failures = async (database: Database, names: RoleNames) =>
  (await checkRoles(database, names)).filter(({ outcome }) => outcome === 'failed');

const created = async (test: TestDatabase): Promise<RoleNames> => {
  const names = namesFor(test);
  await createRoles(test.database, names, catalogue, new EventBus());
  return names;
};

describe('the writer', () => {
  it('can sync, export, remove old records and migrate, from an empty database on', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const names = await created(test);
    await using database = await connectAs(test, names.writer);
    await using rig = await startRig({
      organization: { seed: 3, workbooks: 10, members: 6 },
      streams: catalogue,
      engine: { database },
    });
    await rig.sync();
    rig.simulator.organization.mutate(10);
    await rig.sync();

    await using exports = await startExportRig({ engine: { database } });
    const place = exports.simulator.organization.addExport({
      columns: [{ label: 'Number', type: 'number' }, 'Note'],
      count: 12,
      rows: (i) => [i, `row ${i}`],
    });
    const report = await exports.load(definitionOf(place));
    expect(report.rows).toBe(12);

    const options = { database, schemas: names.schemas, events: new EventBus(), now: () => new Date() };
    await applyRetention({ ...options, retention: { runDays: 400, detailDays: 90, sizeMonths: 25 } });
    expect(await recordSizes({ ...options, exportsSchema: names.exportsSchema })).toBeGreaterThan(45);
    const lines = [];
    for await (const line of checkDatabase(database, names.schemas, names.exportsSchema)) lines.push(line);
    expect(lines.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
    expect(await failures(database, names)).toEqual([]);
  });

  it('reaches nothing else', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    await run(test.database, 'create schema other; create table other.secrets as select 1 as id');
    await run(test.database, 'create table public.plain as select 1 as id');
    await using database = await connectAs(test, names.writer);
    for (const sql of [
      'select * from other.secrets',
      'create table other.mine (id int)',
      'select * from public.plain',
      'drop table public.plain',
      'create schema mine',
      'create role somebody',
      `alter role ${quoteName(names.writer)} superuser`,
      'select rolpassword from pg_authid',
      "select pg_read_file('postgresql.conf')",
      'checkpoint',
    ]) {
      await expect(run(database, sql), sql).rejects.toThrow(/denied|must be|permission/);
    }
  });
});

describe('the reader', () => {
  it('may select, also what is made later, and ask for an earlier time', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    const { schemas } = names;
    await using writer = await connectAs(test, names.writer);
    await using rig = await startRig({
      organization: { seed: 3, workbooks: 10 },
      engine: { database: writer },
    });
    await rig.sync();
    await run(writer, 'create table sigma_data.orders as select 7 as id');
    await run(writer, `create function ${schemas.target}.later() returns integer language sql as 'select 3'`);
    await using reader = await connectAs(test, names.reader);
    const [found] = await run(
      reader,
      `select (select count(*)::integer from sigma.workbooks) as workbooks, (select id from sigma_data.orders) as id,
              sigma.later() as later,
              (select count(*)::integer from sigma.workbooks_as_of(now())) as as_of,
              (select count(*) > 0 from sigma.effective_access()) as access,
              (select count(*)::integer from sigma_sync.runs where status = 'complete') as runs`,
    );
    expect(found).toMatchObject({ workbooks: 10, id: 7, later: 3, as_of: 10, access: true });
    const [fresh] = await run(
      reader,
      "select last_status from sigma_sync.streams where stream = 'workbooks'",
    );
    expect(fresh).toEqual({ last_status: 'complete' });
  });

  it('may ask every model and function of the answers, which the writer makes and refreshes', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    const { schemas } = names;
    await using writer = await connectAs(test, names.writer);
    await using rig = await startRig({
      organization: { seed: 3, workbooks: 10 },
      streams: catalogue,
      engine: { database: writer },
    });
    await rig.sync();
    const settings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };
    const options = { schemas, settings, events: new EventBus(), now: () => performance.now() };
    const done = await refreshAnalytics({ ...options, database: writer });
    expect(done.error).toBeUndefined();
    expect(done.models.filter(({ status }) => status !== 'refreshed')).toEqual([]);

    await using reader = await connectAs(test, names.reader);
    const [one] = await run(
      reader,
      `select member_id, inode_id, (select node_id from sigma_analytics.lineage_nodes where type = 'table' limit 1) as node
         from sigma_analytics.access_matrix where can_edit limit 1`,
    );
    const arguments_: Record<string, string> = {
      why_access: `'${one?.['member_id']}', '${one?.['inode_id']}'`,
      impact_of: `'${one?.['node']}'`,
      upstream_of: `'${one?.['inode_id']}'`,
      impact_steps: `'${one?.['node']}'`,
      upstream_steps: `'${one?.['inode_id']}'`,
      openings: '',
      cron_field: `'*/5', 0, 59`,
      cron_runs: `'0 6 * * 1', 'Europe/Berlin'`,
    };
    for (const { name, kind } of models) {
      const call = kind === 'function' ? `${name}(${arguments_[name]})` : name;
      const rows = await run(reader, `select * from sigma_analytics.${call} limit 5`);
      if (['workbook_inventory', 'why_access', 'impact_of', 'cron_runs'].includes(name))
        expect(rows.length, name).toBeGreaterThan(0);
    }
    expect(
      await run(reader, `select * from sigma_analytics.why_access(${arguments_['why_access']}, now())`),
    ).not.toEqual([]);
    for (const sql of [
      'refresh materialized view sigma_analytics.growth',
      'drop view sigma_analytics.licence_use',
      'create view sigma_analytics.mine as select 1 as n',
      'select signature from sigma_sync.analytics',
    ]) {
      await expect(run(reader, sql), sql).rejects.toThrow(/denied|must be owner/);
    }
    expect(await failures(test.database, names)).toEqual([]);

    // Recreated, they are open, too.
    await run(writer, `update sigma_sync.analytics set definition = 'older'`);
    expect((await refreshAnalytics({ ...options, database: writer })).built).toHaveLength(models.length);
    for (const { name, kind } of models)
      await run(
        reader,
        `select * from sigma_analytics.${kind === 'function' ? `${name}(${arguments_[name]})` : name} limit 1`,
      );

    // Sizes are written down for those that are stored, and answers that others made change hands.
    const sizes = { database: writer, schemas, exportsSchema: names.exportsSchema, now: () => new Date() };
    await recordSizes(sizes);
    expect(
      await run(
        writer,
        `select rows::integer from sigma_sync.table_sizes where schema_name = 'sigma_analytics' and table_name = 'workbook_inventory'`,
      ),
    ).toEqual(await run(writer, 'select count(*)::integer as rows from sigma_analytics.workbook_inventory'));
    await run(test.database, 'alter view sigma_analytics.licence_use owner to postgres');
    expect((await failures(test.database, names)).map(({ subject }) => subject)).toContain('writer schemas');
    await createRoles(test.database, names, catalogue, new EventBus());
    expect(await failures(test.database, names)).toEqual([]);
  });

  it('may write nothing, and does not see errors and secrets', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    await using reader = await connectAs(test, names.reader);
    for (const sql of [
      "update sigma.workbooks set name = 'x'",
      'delete from sigma.workbooks',
      'truncate sigma.workbooks',
      "insert into sigma_sync.streams (stream) values ('x')",
      'create table sigma.mine (id int)',
      'create table sigma_data.mine (id int)',
      'drop function sigma.workbooks_as_of(timestamptz)',
      'select error from sigma_sync.runs',
      'select * from sigma_sync.runs',
      'select error from sigma_sync.streams',
      'select rejections from sigma_sync.export_runs',
      ...['partitions', 'absences', 'privacy', 'run_events', 'alerts', 'alert_messages', 'leases'].map(
        (table) => `select 1 from sigma_sync.${table}`,
      ),
    ]) {
      await expect(run(reader, sql), sql).rejects.toThrow(/denied|must be owner/);
    }
  });
});

describe('roles create', () => {
  it('can be run again, takes over what others made, and sets no password', async () => {
    await using test = await openTestDatabase();
    const { database } = test;
    await run(
      database,
      'create schema sigma_data; create table sigma_data.old (id serial, n int generated always as identity)',
    );
    const names = await created(test);
    const statements = await createRoles(database, names, catalogue, new EventBus());
    expect(statements.filter((sql) => /^(create|alter (schema|table|function|role))/.test(sql))).toEqual([]);
    expect(await failures(database, names)).toEqual([]);
    const rows = await run(
      database,
      `select rolname from pg_authid where rolname like '%${names.writer.slice(-8)}' and rolpassword is not null`,
    );
    expect(rows).toEqual([]);
  });

  it('prints statements that do the same', async () => {
    await using test = await openTestDatabase();
    const names = namesFor(test);
    const { before, grants, after } = await roleStatements(test.database, names);
    await run(test.database, [...before, ...grants, ...after].join(';\n'));
    expect(await failures(test.database, names)).toEqual([]);
  });

  it('can be run by one who is no superuser', async () => {
    await using test = await openTestDatabase({ migrated: false });
    const admin = `admin ${randomBytes(4).toString('hex')}`;
    made.push(admin);
    await run(test.database, `create role ${quoteName(admin)} login createrole`);
    const name = new URL(test.url ?? '').pathname.slice(1);
    await run(test.database, `alter database ${quoteName(name)} owner to ${quoteName(admin)}`);
    const names = namesFor(test);
    await using database = await connectAs(test, admin);
    await createRoles(database, names, catalogue, new EventBus());
    await createRoles(database, names, catalogue, new EventBus());
    expect(await failures(test.database, names)).toEqual([]);
    await expect(run(database, `select * from sigma.workbooks`)).rejects.toThrow(/denied/);
    // The server has it only for this test.
    await run(test.database, `alter database ${quoteName(name)} owner to postgres`);
  });

  it.each(['', 'pg_writer', 'public', 'x'.repeat(64), 'a\0b'])('refuses the name %j', async (writer) => {
    await using test = await openTestDatabase();
    const { schemas } = test;
    const names = { writer, reader: 'r', schemas, exportsSchema: 'sigma_data' };
    await expect(roleStatements(test.database, names)).rejects.toThrow(ConfigError);
  });
});

describe('roles check', () => {
  it('says what is missing before there is anything', async () => {
    await using test = await openTestDatabase();
    const lines = await failures(test.database, namesFor(test));
    expect(lines.map(({ detail }) => detail)).toEqual(['there is no such role', 'there is no such role']);
  });

  it('finds each right that is missing, and its fix mends it', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    const { database } = test;
    const reader = quoteName(names.reader);
    const writer = quoteName(names.writer);
    const broken: [string, string][] = [
      [`revoke select on sigma.grants from ${reader}`, 'reader tables'],
      [`revoke usage on schema sigma_data from ${reader}`, 'reader tables'],
      [
        `alter default privileges for role ${writer} in schema sigma_data revoke select on tables from ${reader}`,
        'reader later tables',
      ],
    ];
    for (const [sql, subject] of broken) {
      await run(database, sql);
      const [line, ...others] = await failures(database, names);
      expect(line?.subject, sql).toBe(subject);
      expect(others).toEqual([]);
      await run(database, line?.fix ?? '');
      expect(await failures(database, names)).toEqual([]);
    }
    await run(database, `revoke select on sigma_sync.changes from ${reader}`);
    await run(database, 'alter table sigma.teams owner to postgres');
    expect((await failures(database, names)).map(({ subject }) => subject)).toEqual([
      'writer schemas',
      'reader state',
    ]);
    await createRoles(database, names, catalogue, new EventBus());
    expect(await failures(database, names)).toEqual([]);
  });

  it('finds each right too many, and its fix takes it away', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    const { database } = test;
    const [reader, writer] = [quoteName(names.reader), quoteName(names.writer)];
    await run(database, 'create schema other; create table other.secrets (id int)');
    const name = quoteName(new URL(test.url ?? '').pathname.slice(1));
    const excess: [string, string][] = [
      [`grant insert on sigma.grants to ${reader}`, 'reader limits'],
      [`grant create on schema sigma to ${reader}`, 'reader limits'],
      [
        `alter default privileges for role ${writer} in schema sigma grant delete on tables to ${reader}`,
        'reader limits',
      ],
      [`grant pg_read_server_files to ${reader}`, 'reader memberships'],
      [`alter role ${writer} createdb`, 'writer attributes'],
      [`grant create on database ${name} to ${writer}`, 'writer database'],
      [
        `grant usage on schema other to ${writer}; grant select on other.secrets to ${writer}`,
        'writer elsewhere',
      ],
    ];
    for (const [sql, subject] of excess) {
      await run(database, sql);
      const found = await failures(database, names);
      const line = found.find((candidate) => candidate.subject === subject);
      expect(line, sql).toBeDefined();
      expect(found).toHaveLength(1);
      await run(database, line?.fix ?? '');
      expect(await failures(database, names), sql).toEqual([]);
    }
    await run(database, `grant select on sigma_sync.run_events to ${reader}`);
    const [line] = await failures(database, names);
    expect(line).toMatchObject({ subject: 'reader limits', detail: expect.stringContaining('run_events') });
    await run(database, line?.fix?.split('; then')[0] ?? '');
    expect(await failures(database, names)).toEqual([]);
  });

  it('says of the connected user what it is', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    const userOf = async (database: Database) => (await checkRoles(database, names))[0];
    expect(await userOf(test.database)).toMatchObject({
      outcome: 'warning',
      detail: expect.stringContaining('superuser'),
    });
    await using writer = await connectAs(test, names.writer);
    expect(await userOf(writer)).toMatchObject({ outcome: 'ok' });
    await using reader = await connectAs(test, names.reader);
    expect(await userOf(reader)).toMatchObject({
      outcome: 'warning',
      detail: expect.stringContaining('may only read'),
    });
  });
});

describe('check', () => {
  it('tells one who may only read to connect as the writer, and never to become the owner', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    await using database = await connectAs(test, names.reader);
    const lines = [];
    for await (const line of checkDatabase(database, names.schemas, names.exportsSchema)) lines.push(line);
    const [, rights, migrations] = lines;
    expect(rights).toMatchObject({ subject: 'database rights', outcome: 'failed' });
    expect(rights?.detail).toContain('may only read sigma, sigma_sync and sigma_data');
    expect(rights?.fix).toContain(names.writer);
    expect(rights?.fix).not.toMatch(/create schema|owner to|grant create/i);
    expect(migrations).toMatchObject({ subject: 'migrations', outcome: 'skipped' });
    expect(JSON.stringify(lines)).not.toContain('grant this one CREATE');
  });

  it('names the schema of answers where the user can neither use nor make it', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    await run(test.database, 'drop schema sigma_analytics');
    await using database = await connectAs(test, names.writer);
    const rights = async (answers?: string) => {
      for await (const line of checkDatabase(database, names.schemas, names.exportsSchema, answers))
        if (line.subject === 'database rights') return line;
      return undefined;
    };
    expect(await rights()).toMatchObject({ outcome: 'ok' });
    const line = await rights('sigma_analytics');
    expect(line).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('sigma_analytics') });
    await run(test.database, line?.fix?.replace(/^.*?: /, '') ?? '');
    expect(await rights('sigma_analytics')).toMatchObject({ outcome: 'ok' });
  });

  it('tells one who may make tables beside those of another whose they are', async () => {
    await using test = await openTestDatabase();
    const names = await created(test);
    await run(test.database, 'alter table sigma.teams owner to postgres');
    await using database = await connectAs(test, names.writer);
    const lines = [];
    for await (const line of checkDatabase(database, names.schemas, names.exportsSchema)) lines.push(line);
    expect(lines[1]).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('sigma.teams') });
    expect(lines[1]?.fix).toContain('roles create');
  });
});

it('readers see the views over all organizations, and one organization finds nothing odd in another', async () => {
  await using test = await openTestDatabase({ migrated: false });
  const { writer, reader } = namesFor(test);
  const places = ['acme', 'beta'].map((name) => ({ name, schemas: schemasFor(`sigma_${name}`) }));
  const [acme, beta] = places.map(({ name, schemas }) => ({
    ...{ writer, reader, schemas, exportsSchema: `sigma_data_${name}` },
    ...{ together: 'sigma_all', queue: 'sigma_jobs' },
  }));
  if (acme === undefined || beta === undefined) throw new Error('there are two');
  const others = [...ownedSchemas(acme), ...ownedSchemas(beta)];
  for (const names of [acme, beta]) await createRoles(test.database, names, catalogue, new EventBus());
  await using asWriter = await connectAs(test, writer);
  expect((await refreshViews(async () => asWriter, 'sigma_all', places)).failed).toEqual([]);
  for (const names of [acme, beta]) expect(await failures(test.database, { ...names, others })).toEqual([]);
  await using asReader = await connectAs(test, reader);
  expect(await run(asReader, 'select organization from sigma_all.members')).toEqual([]);
  // A grant by hand is kept if a view must be recreated.
  await run(
    test.database,
    'alter default privileges for role ' +
      quoteName(writer) +
      ' in schema sigma_all revoke select on tables from ' +
      quoteName(reader),
  );
  await run(test.database, 'alter table sigma_acme.members add column newer integer');
  await refreshViews(async () => asWriter, 'sigma_all', places);
  await run(test.database, 'drop view sigma_all.members');
  await refreshViews(async () => asWriter, 'sigma_all', [...places].reverse());
  await expect(run(asReader, 'select organization from sigma_all.members')).rejects.toThrow(
    'permission denied',
  );
  await run(test.database, `grant select on sigma_all.members to ${quoteName(reader)}`);
  await refreshViews(
    async () => asWriter,
    'sigma_all',
    [places[1] ?? places[0]].flatMap((place) => place ?? []),
  );
  expect(await run(asReader, 'select organization from sigma_all.members')).toEqual([]);
});

it('the writer runs the queue of many organizations, which the reader does not see', async () => {
  await using test = await openTestDatabase({ migrated: false });
  const names = { ...namesFor(test), together: 'sigma_all', queue: 'sigma_jobs' };
  const url = new URL(test.url ?? '');
  using folder = scratchFolder();
  const config = (user?: string): FleetConfig => {
    if (user !== undefined)
      [url.username, url.password] = [encodeURIComponent(user), encodeURIComponent(PASSWORD)];
    return loadFleet({ cwd: folder.path, env: { ...CREDENTIALS, DATABASE_URL: url.href } });
  };
  const options = { name: 'a test', plans: false, concurrency: 1, onError: () => undefined };
  // An admin has made the queue's tables already: they change hands.
  await (await openQueue(config(), options)).stop();
  await createRoles(test.database, names, catalogue, new EventBus());
  expect(await failures(test.database, names)).toEqual([]);

  await using writer = await connectAs(test, names.writer);
  await using reader = await connectAs(test, names.reader);
  const boss = await openQueue(config(names.writer), options);
  try {
    await boss.send(QUEUE, { organization: 'acme', job: 'nightly' });
    const [job] = await boss.fetch<{ organization: string }>(QUEUE);
    expect(job?.data.organization).toBe('acme');
  } finally {
    await boss.stop();
  }
  await expect(run(reader, 'select * from sigma_jobs.job')).rejects.toThrow('denied');
  const rights = async (database: Database) => {
    for await (const line of checkDatabase(database, names.schemas, undefined, undefined, [
      'sigma_all',
      'sigma_jobs',
    ]))
      if (line.subject === 'database rights') return line;
    return undefined;
  };
  expect(await rights(writer)).toMatchObject({
    outcome: 'ok',
    detail: expect.stringContaining('sigma_jobs'),
  });
  expect(await rights(reader)).toMatchObject({ outcome: 'failed' });

  await run(test.database, `grant usage on schema sigma_jobs to ${quoteName(names.reader)}`);
  await run(test.database, `grant select on sigma_jobs.job to ${quoteName(names.reader)}`);
  await run(test.database, `alter type sigma_jobs.job_state owner to postgres`);
  const found = await failures(test.database, names);
  expect(found.map(({ detail }) => detail)).toEqual([
    'type sigma_jobs.job_state belongs to postgres',
    'it may select on "sigma_jobs"."job"',
  ]);
  for (const { fix = '' } of found) if (fix.startsWith('revoke')) await run(test.database, fix);
  await createRoles(test.database, names, catalogue, new EventBus());
  expect(await failures(test.database, names)).toEqual([]);
});

it('the writer makes the queue in the schema that is there for it, and may make none', async () => {
  await using test = await openTestDatabase({ migrated: false });
  const names = { ...namesFor(test), together: 'sigma_all', queue: 'sigma_jobs' };
  await createRoles(test.database, names, catalogue, new EventBus());
  await using writer = await connectAs(test, names.writer);
  await expect(run(writer, 'create schema another')).rejects.toThrow('denied');
  const url = new URL(test.url ?? '');
  [url.username, url.password] = [encodeURIComponent(names.writer), encodeURIComponent(PASSWORD)];
  using folder = scratchFolder();
  const config = loadFleet({ cwd: folder.path, env: { ...CREDENTIALS, DATABASE_URL: url.href } });
  const options = { name: 'a test', plans: true, concurrency: 1, onError: () => undefined };
  const opened = await Promise.all([openQueue(config, options), openQueue(config, options)]);
  for (const boss of opened) await boss.stop();
  expect(await failures(test.database, names)).toEqual([]);
});
