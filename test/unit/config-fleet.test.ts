/** One configuration, many organizations: where their settings come from, and which are refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { variable } from '../../src/config/about.ts';
import { secrets } from '../../src/config/credentials.ts';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { loadConfig, loadFleet } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/core/errors.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'fleet-'));
  mkdirSync(join(cwd, 'config'));
  mkdirSync(join(cwd, 'organizations'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string, env: NodeJS.ProcessEnv = {}): FleetConfig {
  writeFileSync(join(cwd, 'config/sigma-sync.yaml'), yaml);
  return loadFleet({ cwd, env });
}

function failure(yaml: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message} ${error.advice ?? ''}`;
    throw error;
  }
  throw new Error('it was accepted');
}

function of(fleet: FleetConfig, name: string): Config {
  const found = fleet.organizations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found.config;
}

const file = (name: string, yaml: string): void => writeFileSync(join(cwd, 'organizations', name), yaml);

const quoted = (name: string): string => JSON.stringify(variable(name));

const TWO = `
sigma: { region: aws-us-west, concurrency: 4 }
sync:
  refresh_days: 3
  deletion_guard: { percent: 10, rows: 50 }
  refresh_days_by_stream: { grants: 1 }
organizations:
  - name: beta
    sigma: { client_id: b, client_secret: beta-secret }
  - name: acme
    sigma:
      base_url: https://aws-api.sigmacomputing.com
      client_id: a
      client_secret: acme-secret
    sync:
      deletion_guard: { rows: 7 }
      refresh_days_by_stream: { members: 2 }
`;

it('without organizations everything is as it was', () => {
  for (const yaml of ['', 'organizations:\n', 'sigma: { client_id: a }\n']) {
    const { base, organizations } = load(yaml);
    expect(organizations).toEqual([]);
    expect(loadConfig({ cwd, env: {} })).toEqual(base);
    expect(base.database.schema).toBe('sigma');
    expect(Object.keys(base)).not.toContain('organizations');
  }
});

describe('what an organization has', () => {
  it('is its own over what stands at the top, group by group and at every depth', () => {
    const fleet = load(TWO);
    expect(fleet.organizations.map(({ name }) => name)).toEqual(['acme', 'beta']);
    expect(of(fleet, 'acme').sync).toMatchObject({
      refreshDays: 3,
      deletionGuard: { percent: 10, rows: 7 },
      refreshDaysByStream: { grants: 1, members: 2 },
    });
    expect(of(fleet, 'beta').sync.deletionGuard).toEqual({ percent: 10, rows: 50 });
    expect(of(fleet, 'beta').sigma).toMatchObject({ clientId: 'b', concurrency: 4 });
    // A URL in the place of a region, as with any two settings of which one replaces the other.
    expect(of(fleet, 'acme').sigma.region).toBeUndefined();
    expect(of(fleet, 'acme').sigma.baseUrl).toBe('https://aws-api.sigmacomputing.com');
    expect(fleet.base.sync.deletionGuard).toEqual({ percent: 10, rows: 50 });
  });

  it('is schemas of its own, by its name or as it says', () => {
    const fleet = load(`
database: { schema: bi, exports_schema: bi_data }
organizations:
  - { name: acme, sigma: { client_id: a } }
  - { name: old, sigma: { client_id: b }, database: { schema: sigma } }
`);
    expect(of(fleet, 'acme').database).toMatchObject({ schema: 'bi_acme', exportsSchema: 'bi_data_acme' });
    expect(of(fleet, 'old').database).toMatchObject({ schema: 'sigma', exportsSchema: 'bi_data_old' });
    expect(fleet.together).toBe('bi_all');
  });

  it('wins over the environment, which wins over the top of the file', () => {
    const yaml = `
sigma: { client_id: top, client_secret: top-secret }
organizations:
  - { name: acme, sigma: { client_id: own, client_secret_file: own.txt } }
  - { name: main }
`;
    writeFileSync(join(cwd, 'own.txt'), 'from-a-file\n');
    const env = { SIGMA_CLIENT_ID: 'env', SIGMA_CLIENT_SECRET: 'env-secret' };
    const fleet = load(yaml, env);
    expect(of(fleet, 'acme').sigma).toMatchObject({ clientId: 'own', clientSecret: 'from-a-file' });
    expect(of(fleet, 'acme').secretFiles).toEqual({ clientSecret: join(cwd, 'own.txt') });
    expect(of(fleet, 'main').sigma).toMatchObject({ clientId: 'env', clientSecret: 'env-secret' });
    expect(of(fleet, 'main').secretFiles).toEqual({});
    expect(secrets(of(fleet, 'acme'))).toEqual(['from-a-file']);
  });

  it('keeps a secret of digits as text, and lists instead of those at the top', () => {
    const fleet = load(
      `
exports: [{ name: top, workbook: w, element: e }]
organizations:
  - name: acme
    sigma: { client_id: a, client_secret: ${quoted('ACME')}, concurrency: ${quoted('N')} }
    exports: [{ name: own, workbook: w, element: e }]
  - { name: beta, sigma: { client_id: b } }
`,
      { ACME: '0123', N: '3' },
    );
    expect(of(fleet, 'acme').sigma).toMatchObject({ clientSecret: '0123', concurrency: 3 });
    expect(of(fleet, 'acme').exports.map(({ name }) => name)).toEqual(['own']);
    expect(of(fleet, 'beta').exports.map(({ name }) => name)).toEqual(['top']);
  });

  it('may stand in a file of its own', () => {
    file('acme.yaml', 'sigma: { client_id: a }\nsync:\n');
    file('beta.yml', `sigma: { client_id: ${quoted('BETA')} }\n`);
    file('README.md', 'no settings');
    file('.hidden.yaml', 'no: settings');
    file('gamma.yaml.bak', 'no: settings');
    const fleet = load('organizations_folder: organizations\n', { BETA: '77' });
    expect(fleet.organizations.map(({ name }) => name)).toEqual(['acme', 'beta']);
    expect(of(fleet, 'beta').sigma.clientId).toBe('77');
  });
});

describe('one of them', () => {
  it('is chosen by its name, or is the only one', () => {
    load(TWO);
    const load1 = (organization?: string): Config => loadConfig({ cwd, env: {}, organization });
    expect(load1('beta').database.schema).toBe('sigma_beta');
    expect(() => load1('acmee')).toThrow(
      'There is no organization "acmee" in the settings. Did you mean acme?',
    );
    expect(() => load1()).toThrow('have several organizations');
    load('organizations: [{ name: acme }]');
    expect(load1().database.schema).toBe('sigma_acme');
    load('');
    expect(() => load1('acme')).toThrow('There is no organization "acme"');
  });
});

describe('refuses, with the organization, the file and the line', () => {
  const entry = (lines: string): string => `organizations:\n  - name: acme\n${lines}`;
  it.each([
    [
      entry('    sync: { exports_concurrency: 99 }'),
      'sync.exports_concurrency of organization acme must be a whole number from 1 to 16, not the number 99 (config/sigma-sync.yaml line 3)',
    ],
    [
      entry('    sync:\n      refresh_dys: 3'),
      'sync.refresh_dys of organization acme is not a setting (config/sigma-sync.yaml line 4); did you mean sync.refresh_days?',
    ],
    [
      entry('    service: { port: 1 }'),
      'organizations.0.service is not a setting (config/sigma-sync.yaml line 3)',
    ],
    [
      entry('    database: { url: postgres://u:secret@h/d }'),
      'organizations.0.database.url is not a setting (config/sigma-sync.yaml line 3)',
    ],
    [
      entry('    database: { schema: Acme }'),
      'database.schema of organization acme must be a name of at most 40',
    ],
    [
      entry('    sigma: { client_id: a, client_id_file: b }'),
      'sigma.client_id of organization acme and sigma.client_id_file of organization acme are both set (config/sigma-sync.yaml line 3)',
    ],
    [entry('    sigma: { client_secret_file: none.txt }'), 'none.txt, which could not be read'],
    [
      entry('    sigma: { base_url: http://sigma.example.com }'),
      'sigma.base_url of organization acme would send the credentials unencrypted',
    ],
    [
      entry('    exports: [{ workbook: w }]'),
      'exports.0.name of organization acme is missing (config/sigma-sync.yaml line 3)',
    ],
    [
      entry('    sigma: postgres'),
      'organizations.0.sigma must be a group of settings, not this text (config/sigma-sync.yaml line 3)',
    ],
    ['organizations: []', 'organizations must be a list of organizations, at least one, not an empty list'],
    ['organizations: [{ name: Acme }]', 'organizations.0.name must be a name of at most 29'],
    [`organizations: [{ name: ${'a'.repeat(30)} }]`, 'organizations.0.name must be a name of at most 29'],
    ['organizations: [{ sigma: { client_id: a } }]', 'organizations.0.name is missing'],
    [
      'organizations: [{ name: acme }, { name: acme, sigma: { client_id: b } }]',
      'Two organizations have the name acme (config/sigma-sync.yaml line 1)',
    ],
    [
      'organizations: [{ name: acme }, { name: acme_sync }]',
      'The schema sigma_acme_sync would be that of organization acme_sync and of organization acme. Give acme_sync another name',
    ],
    [
      'organizations: [{ name: all }]',
      'The schema sigma_all would be that of organization all and of the views over all organizations.',
    ],
    [
      'organizations: [{ name: jobs }]',
      'The schema sigma_jobs would be that of organization jobs and of the queue of the workers.',
    ],
    [
      'organizations: [{ name: data }, { name: x, database: { schema: sigma_data_data } }]',
      'The schema sigma_data_data would be that of organization x and of organization data.',
    ],
    [
      'organizations: [{ name: a, database: { exports_schema: d } }, { name: b, database: { exports_schema: d } }]',
      'The schema d would be that',
    ],
    [
      'sigma: { region: aws-eu, client_id: top }\norganizations: [{ name: a }, { name: b }]',
      'Organizations a and b have the same credentials. Give each entry',
    ],
    [
      'sigma: { client_secret: top }\norganizations: [{ name: a, sigma: { client_id: own } }]',
      'Organization a has a client id of its own, but sigma.client_secret is that of all (config/sigma-sync.yaml line 2). Set sigma.client_secret or sigma.client_secret_file in its entry, too.',
    ],
    [
      'sigma: { client_id: top }\norganizations: [{ name: a, sigma: { client_secret: own } }]',
      'Organization a has a client secret of its own, but sigma.client_id is that of all',
    ],
    [
      'sigma: { region: aws-eu, client_id: top, client_secret: top }\norganizations: [{ name: a, sigma: { region: aws-uk } }]',
      'Organization a has an API of its own, but the client secret that goes there would be that of api.eu.aws.sigmacomputing.com',
    ],
    [
      'organizations_folder: none',
      'organizations_folder names none, which could not be read: ENOENT (config/sigma-sync.yaml line 1)',
    ],
    [
      'organizations_folder: config\norganizations: [{ name: a }]',
      'organizations and organizations_folder are both set (config/sigma-sync.yaml line 1)',
    ],
  ])('%j', (yaml, expected) => {
    const said = failure(yaml);
    expect(said).toContain(expected);
    expect(said).not.toContain('secret@');
  });

  it('in files of their own', () => {
    file('acme.yaml', '\nsync:\n  refresh_days: many\n');
    const yaml = 'organizations_folder: organizations';
    expect(failure(yaml)).toContain(
      'sync.refresh_days of organization acme must be a number from 0 to 366, not the text "many" (organizations/acme.yaml line 3)',
    );
    file('acme.yaml', 'service: { port: 1 }\n');
    expect(failure(yaml)).toContain('service is not a setting (organizations/acme.yaml line 1)');
    file('acme.yaml', 'sigma: [\n');
    expect(failure(yaml)).toContain('organizations/acme.yaml line');
    file('acme.yaml', `sigma: { client_secret: ${quoted('NONE')} }\n`);
    expect(failure(yaml)).toContain(
      'The environment variable NONE is not set, but sigma.client_secret (organizations/acme.yaml line 1)',
    );
    file('acme.yaml', '');
    file('Beta.yaml', '');
    expect(failure(yaml)).toContain('An organization has the name "Beta", but it must be');
    rmSync(join(cwd, 'organizations/Beta.yaml'));
    file('acme.yml', '');
    expect(failure(yaml)).toContain('Two organizations have the name acme (organizations/acme.yml)');
  });

  it('never with a secret', () => {
    const said = failure(entry('    sigma: { client_secret: [hush-hush] }'));
    expect(said).toContain('sigma.client_secret of organization acme must be');
    expect(said).not.toContain('hush');
    expect(
      failure(entry(`    sigma: { concurrency: ${quoted('HUSH')} }`), { HUSH: 'hush-hush' }),
    ).not.toContain('hush-');
  });
});
