/**
 * The dbt package, run by dbt itself: each mart has the rows of the model of the same name in sigma_analytics.
 * `scripts/install-python.sh dbt` installs dbt; without it these are skipped.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { AnalyticsSettings } from '../../src/analytics/compile-analytics.ts';
import { models } from '../../src/analytics/model-catalogue.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { scratchFolder } from '../support/cli.ts';
import { startFleetRig } from '../support/fleet-rig.ts';
import { type Rig, startRig } from '../support/rig.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DBT = join(ROOT, '.tmp/dbt/bin/dbt');
const PACKAGE = join(ROOT, 'integrations/dbt');
const DAY = 86_400_000;

const ORGANIZATION = { seed: 11, workbooks: 30, reports: 12, members: 20, teams: 4, grants: 120 };
const PLAIN: AnalyticsSettings = { enabled: true, staleDays: 90, internalDomains: [], auditLog: undefined };

/** Runs dbt over the database of a rig and gives what it said. */
function dbtOver(
  rig: { readonly test: Pick<Rig['test'], 'url'> },
  folder: string,
  project = PACKAGE,
): (...words: string[]) => Promise<string> {
  const url = new URL(rig.test.url ?? '');
  const output = {
    ...{ type: 'postgres', host: url.hostname, port: Number(url.port), dbname: url.pathname.slice(1) },
    ...{ user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    ...{ schema: 'sigma_dbt', threads: 2 },
  };
  writeFileSync(
    join(folder, 'profiles.yml'),
    stringify({ sigma_sync: { target: 'test', outputs: { test: output } } }),
  );
  return async (...words) => {
    try {
      const { stdout } = await promisify(execFile)(
        DBT,
        ['--no-use-colors', '--no-version-check', ...words, '--project-dir', project],
        {
          env: {
            ...process.env,
            DBT_PROFILES_DIR: folder,
            DBT_TARGET_PATH: join(folder, 'target'),
            DBT_LOG_PATH: join(folder, 'logs'),
            DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
          },
        },
      );
      return stdout;
    } catch (error) {
      const { stdout } = error as { stdout?: string };
      throw new Error(`dbt ${words[0]} failed: ${stdout || String(error)}`);
    }
  };
}

async function answer(rig: Rig, settings: AnalyticsSettings): Promise<void> {
  const { error, models: refreshed } = await refreshAnalytics({
    ...{ database: rig.test.database, schemas: rig.test.schemas, settings, events: rig.events },
    now: () => performance.now(),
  });
  expect(error).toBeUndefined();
  expect(refreshed.filter((model) => 'error' in model && model.error !== undefined)).toEqual([]);
}

/** Columns in order and rows that only one of the two has, by model; and how many rows there are. */
async function compare(rig: Rig): Promise<{ differing: unknown[]; rows: Record<string, number> }> {
  const differing: unknown[] = [];
  const rows: Record<string, number> = {};
  for (const { name, kind } of models) {
    if (kind === 'function') continue;
    const columns = (schema: string): string =>
      `(select array_agg(attname::text order by attnum) from pg_attribute
         where attrelid = '${schema}.${name}'::regclass and attnum > 0 and not attisdropped)`;
    const only = (one: string, other: string): string =>
      `(select count(*)::integer from (select to_jsonb(t) from ${one}.${name} t
         except all select to_jsonb(t) from ${other}.${name} t) x)`;
    // One statement, so that both mean the same by now().
    const [row] = await rig.test.database.session((session) =>
      session.query<{ n: number; same: boolean; missing: number; extra: number }>(
        `select (select count(*)::integer from sigma_analytics.${name}) as n,
                ${columns('sigma_analytics')} = ${columns('sigma_dbt')} as same,
                ${only('sigma_analytics', 'sigma_dbt')} as missing, ${only('sigma_dbt', 'sigma_analytics')} as extra`,
      ),
    );
    rows[name] = row?.n ?? 0;
    if (row?.same !== true || row.missing > 0 || row.extra > 0) differing.push({ name, ...row });
  }
  return { differing, rows };
}

it.skipIf(!existsSync(DBT))(
  'dbt builds the package, its tests pass, and its marts are the answers, whatever the settings',
  { timeout: 600_000 },
  async () => {
    await using rig = await startRig({ organization: ORGANIZATION, streams: catalogue });
    await rig.sync();
    rig.simulator.organization.mutate(40);
    await rig.sync();
    for (const document of ['workbook', 'report'])
      await rig.test.database.session((session) =>
        session.query(
          `insert into sigma.${document}s (${document}_id, name, _raw, _first_synced_at, _synced_at)
           select '${document}-copy-' || i, 'A copy', '{}', now(), now() from generate_series(1, 2) i`,
        ),
      );
    using folder = scratchFolder();
    const dbt = dbtOver(rig, folder.path);

    await answer(rig, PLAIN);
    const said = await dbt('build');
    expect(said).toMatch(/PASS=\d{3} WARN=0 ERROR=0 SKIP=0/);
    const plain = await compare(rig);
    expect(plain.differing).toEqual([]);
    expect(Object.entries(plain.rows).filter(([, n]) => n === 0)).toEqual([]);

    // Functions: one that a hook made, and one that is a macro.
    const [walked] = await rig.test.database.session((session) =>
      session.query<{ nodes: number; differing: number }>(
        `select count(*)::integer as nodes, (count(*) filter (where ours is distinct from theirs))::integer as differing
           from (select (select array_agg(to_jsonb(x)) from sigma_analytics.impact_of(n.node_id) x) as ours,
                        (select array_agg(to_jsonb(x)) from sigma_dbt.impact_of(n.node_id) x) as theirs
                   from sigma_analytics.lineage_nodes n) t where ours is not null`,
      ),
    );
    expect(walked?.nodes).toBeGreaterThan(0);
    expect(walked?.differing).toBe(0);
    const [seen] = await rig.test.database.session((session) =>
      session.query<{ member: string; inode: string; paths: number }>(
        `select member_id as member, inode_id as inode, jsonb_array_length(paths) as paths
           from sigma_analytics.access_matrix order by 3 desc, 1, 2 limit 1`,
      ),
    );
    const shown = await dbt(
      '--quiet',
      'show',
      '--inline',
      `select permission, via from {{ why_access("'${seen?.member}'", "'${seen?.inode}'") }} w`,
      ...['--output', 'json', '--limit', '100'],
    );
    expect((JSON.parse(shown) as { show: unknown[] }).show).toHaveLength(seen?.paths ?? -1);

    // Every variable otherwise.
    await rig.test.database.session((session) =>
      session.query(
        `create schema if not exists sigma_data; create table sigma_data.audit_events ("At" timestamptz, who text, what text, kind text, "Ended" text)`,
      ),
    );
    const latest = new Date(Date.now() + DAY).toISOString();
    await rig.test.database.session((session) =>
      session.query(
        `insert into sigma_data.audit_events
         select $1::timestamptz, (select min(member_id) from sigma.members), workbook_id, 'VIEW', 'OK' from sigma.workbooks
         union all select $1::timestamptz, min(member_id), 'elsewhere', 'Export', 'OK' from sigma.members
         union all select $1::timestamptz, max(member_id), min(file_id), 'VIEW', 'FAILED' from sigma.member_recent_files`,
        [latest],
      ),
    );
    await answer(rig, {
      ...{ enabled: true, staleDays: 3, internalDomains: ["Elsewhere.example'; --"] },
      auditLog: {
        ...{ schema: 'sigma_data', table: 'audit_events', time: 'At', member: 'who', object: 'what' },
        ...{ event: 'kind', opens: ['View', 'Open it'], status: 'Ended', succeeded: ['Ok'] },
      },
    });
    const variables = {
      ...{ stale_days: 3, internal_domains: ["Elsewhere.example'; --"], audit_log_table: 'audit_events' },
      ...{ audit_log_time: 'At', audit_log_member: 'who', audit_log_object: 'what', audit_log_event: 'kind' },
      ...{ audit_log_opens: ['View', 'Open it'], audit_log_status: 'Ended', audit_log_succeeded: ['Ok'] },
    };
    await dbt('run', '--select', 'marts', '--vars', JSON.stringify(variables));
    const otherwise = await compare(rig);
    expect(otherwise.differing).toEqual([]);
    expect(otherwise.rows['external_members']).toBeGreaterThan(plain.rows['external_members'] ?? 0);
    const [opened] = await rig.test.database.session((session) =>
      session.query<{ n: number }>(
        'select count(*)::integer as n from sigma_dbt.workbook_inventory where last_opened_at > now()',
      ),
    );
    expect(opened?.n).toBe(otherwise.rows['workbook_inventory']);
  },
);

it.skipIf(!existsSync(DBT))(
  'dbt builds the package on one of two organizations, and on both at once, though ids are the same in both',
  { timeout: 600_000 },
  async () => {
    await using rig = await startFleetRig(['acme', 'beta']);
    const config = rig.settings([rig.entry('acme'), rig.entry('beta')]);
    await rig.open(config, async ({ members, refreshViews }) => {
      for (const { sync } of members) expect((await sync.run()).error).toBeUndefined();
      expect((await refreshViews()).failed).toEqual([]);
    });
    // Ids that both have.
    await rig.rows('insert into sigma_beta.members select * from sigma_acme.members');
    using folder = scratchFolder();
    const dbt = dbtOver({ test: { url: rig.env['DATABASE_URL'] } }, folder.path);
    const one = { sigma_schema: 'sigma_acme', sigma_sync_schema: 'sigma_acme_sync' };
    expect(await dbt('build', '--vars', JSON.stringify(one))).toMatch(/PASS=\d{3} WARN=0 ERROR=0 SKIP=0/);
    const counts = (schema: string) =>
      rig.rows(`select (select count(*) from ${schema}.stg_sigma__members)::integer as members,
                       (select count(*) from ${schema}.workbook_inventory)::integer as workbooks`);
    expect(await counts('sigma_dbt')).toEqual([{ members: 6, workbooks: 4 }]);
    await rig.rows('drop schema sigma_dbt cascade');
    const all = { sigma_schema: 'sigma_all', all_organizations: true };
    expect(await dbt('build', '--vars', JSON.stringify(all))).toMatch(/PASS=\d{3} WARN=0 ERROR=0 SKIP=0/);
    expect(await counts('sigma_dbt')).toEqual([{ members: 6 + 13, workbooks: 4 + 5 }]);
    const each = await rig.rows(
      'select organization, count(*)::integer as n from sigma_dbt.workbook_inventory group by 1 order by 1',
    );
    expect(each).toEqual([
      { organization: 'acme', n: 4 },
      { organization: 'beta', n: 5 },
    ]);
  },
);

it.skipIf(!existsSync(DBT))(
  'macros in models of another project read the schemas that the package is given',
  { timeout: 300_000 },
  async () => {
    await using rig = await startRig({ organization: { workbooks: 1 }, streams: catalogue });
    using folder = scratchFolder();
    const project = join(folder.path, 'project');
    mkdirSync(join(project, 'models'), { recursive: true });
    const file = (name: string, content: unknown): void =>
      writeFileSync(join(project, name), typeof content === 'string' ? content : stringify(content));
    file('packages.yml', { packages: [{ local: PACKAGE }] });
    file('dbt_project.yml', {
      ...{ name: 'mine', version: '1.0.0', profile: 'sigma_sync' },
      vars: { sigma_sync: { sigma_schema: 'sigma_acme', sigma_sync_schema: 'sigma_acme_sync' } },
    });
    file('models/why.sql', `select * from {{ sigma_sync.why_access("'m'", "'i'", "'2026-03-03Z'") }} w`);
    const dbt = dbtOver(rig, folder.path, project);
    await dbt('deps');
    await dbt('compile', '--select', 'why');
    const compiled = readFileSync(join(folder.path, 'target/compiled/mine/models/why.sql'), 'utf8');
    const read = [...compiled.matchAll(/"(sigma|sigma_sync|sigma_acme\w*)"\."?(\w+)/g)].map(
      ([, schema, name]) => `${schema}.${name}`,
    );
    expect(new Set(read.map((name) => name.split('.')[0]))).toEqual(
      new Set(['sigma_acme', 'sigma_acme_sync']),
    );
    expect(read).toEqual(expect.arrayContaining(['sigma_acme.effective_access', 'sigma_acme_sync.changes']));
  },
);
