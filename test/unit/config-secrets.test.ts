// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in the settings file look like that.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secrets } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { compileAlerts } from '../../src/config/receivers.ts';
import type { Config } from '../../src/config/schema.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { redact } from '../../src/core/logging/redact.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
  mkdirSync(join(cwd, 'config'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string | undefined, env: NodeJS.ProcessEnv = {}): Config {
  if (yaml !== undefined) writeFileSync(join(cwd, 'config/sigma-sync.yaml'), yaml);
  return loadConfig({ cwd, env });
}

function failure(yaml: string | undefined, env: NodeJS.ProcessEnv = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('variables in the file', () => {
  const env = { N: '4', WORD: 'west', SECRET: '0123', EMPTY: '' };
  it('replaces them, reads whole values as YAML and leaves text settings text', () => {
    const { sigma, sync } = load(
      [
        'sigma:',
        '  concurrency: ${N}',
        '  region: aws-us-${WORD}',
        '  client_secret: ${SECRET}',
        '  client_id: "$${N}-${N}"',
        'sync: {streams: ["${WORD}"]}',
      ].join('\n'),
      env,
    );
    expect(sigma).toMatchObject({
      concurrency: 4,
      region: 'aws-us-west',
      clientSecret: '0123',
      clientId: '${N}-4',
    });
    expect(sync.streams).toEqual(['west']);
  });

  it('names an unset variable and the key that uses it', () => {
    expect(failure('sigma:\n  client_id: x${NOPE}\n', env)).toBe(
      'The environment variable NOPE is not set, but sigma.client_id (config/sigma-sync.yaml line 2) uses it.',
    );
  });

  it('never repeats what came out of a variable', () => {
    expect(failure('sigma: {page_size: "${SECRET}x"}\n', env)).toBe(
      'sigma.page_size must be a whole number from 1 to 1000, not this text (config/sigma-sync.yaml line 1).',
    );
    expect(failure('sigma: {client_secret: "${EMPTY}"}\n', env)).toBe(
      'sigma.client_secret must be text, not empty (config/sigma-sync.yaml line 1).',
    );
  });

  it('does not expand what a variable contains', () => {
    expect(load('sigma: {client_id: "${A}"}', { A: '${B}' }).sigma.clientId).toBe('${B}');
  });
});

describe('secrets', () => {
  it('reads them from files, without the white space around them', () => {
    writeFileSync(join(cwd, 'secret'), '\n hunter22 \n');
    writeFileSync(join(cwd, 'url'), 'postgres://u:p%40ss@h/d\n');
    writeFileSync(join(cwd, 'id'), 'client-7\n');
    const files = { SIGMA_CLIENT_SECRET_FILE: 'secret', SIGMA_CLIENT_ID_FILE: 'id' };
    const config = load('database: {url_file: url}', files);
    expect(config.sigma.clientId).toBe('client-7');
    expect(config.sigma.clientSecret).toBe('hunter22');
    expect(config.database.url).toBe('postgres://u:p%40ss@h/d');
    expect(new Set(secrets(config))).toEqual(
      new Set(['hunter22', 'postgres://u:p%40ss@h/d', 'p%40ss', 'p@ss']),
    );
    expect(Object.keys({ ...config.sigma, ...config.database }).filter((key) => /file/i.test(key))).toEqual(
      [],
    );
  });

  it('refuses a secret together with its file, but lets a later source replace an earlier one', () => {
    writeFileSync(join(cwd, 'secret'), 'from-file');
    expect(failure(undefined, { SIGMA_CLIENT_SECRET: 'x', SIGMA_CLIENT_SECRET_FILE: 'secret' })).toBe(
      'SIGMA_CLIENT_SECRET and SIGMA_CLIENT_SECRET_FILE are both set.',
    );
    expect(failure('database:\n  url: postgres://h/d\n  url_file: x\n')).toBe(
      'database.url and database.url_file are both set (config/sigma-sync.yaml line 3).',
    );
    const yaml = 'sigma: {client_secret: from-yaml}';
    expect(load(yaml, { SIGMA_CLIENT_SECRET_FILE: 'secret' }).sigma.clientSecret).toBe('from-file');
  });

  it('says where the credentials come from', () => {
    writeFileSync(join(cwd, 'secret'), 'from-file');
    const yaml = 'sigma:\n  client_id: a\n  client_secret_file: secret\n';
    expect(load(yaml).credentialsFrom).toBe(
      'sigma.client_id (config/sigma-sync.yaml line 2) and sigma.client_secret_file (config/sigma-sync.yaml line 3)',
    );
    expect(load(yaml, { SIGMA_CLIENT_ID: 'b', SIGMA_CLIENT_SECRET: 'c' }).credentialsFrom).toBe(
      'SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET',
    );
  });

  it('says why a file cannot be used', () => {
    writeFileSync(join(cwd, 'blank'), ' \n');
    expect(failure(undefined, { DATABASE_URL_FILE: 'nope' })).toBe(
      `DATABASE_URL_FILE names the file ${join(cwd, 'nope')}, which could not be read: no such file or directory.`,
    );
    expect(failure('sigma: {client_secret_file: config}')).toMatch(
      /^sigma\.client_secret_file names the file \/.*\/config, .*directory\.$/,
    );
    rmSync(join(cwd, 'config/sigma-sync.yaml'));
    expect(failure(undefined, { DATABASE_URL_FILE: 'blank' })).toBe(
      `DATABASE_URL_FILE names the file ${join(cwd, 'blank')}, which is empty.`,
    );
    expect(failure(undefined, { DATABASE_URL: '' })).toBe('DATABASE_URL must be text, not empty.');
  });

  it.each([
    ['slack', 'https://hooks.example/services/T0123/B0123/canaryTOKENcanary', 'no_service canaryTOKENcanary'],
    ['webhook', 'https://h.example/x/canary%2Bshort/in', 'Cannot POST /x/canary%2Bshort/in'],
    ['webhook', 'https://h.example/x/canary%2Bshort/in', 'no route /x/canary+short/in'],
    ['webhook', 'https://h.example/in?key=canary123&x=1', 'Cannot POST /in?key=canary123&x=1'],
    ['webhook', 'https://h.example/in?key=canary123', '{"unknown key":"canary123"}'],
    ['webhook', 'https://canary-token@h.example/in', 'canary-token may not'],
    ['webhook', 'https://u:canary%40pw@h.example/in', 'u, canary@pw may not'],
    [
      'email',
      'smtp://alerts:canary%40pw@h.example',
      `535 AUTH PLAIN ${Buffer.from('\0alerts\0canary@pw').toString('base64')}`,
    ],
  ])('are not repeated by a %s receiver that refuses: %s', (kind, url, answer) => {
    const more = kind === 'email' ? ', from: a@b.example, to: [c@d.example]' : '';
    const config = load(`alerts: [{name: a, kind: ${kind}, url: '${url}'${more}}]`);
    const said = redact(answer, secrets(config));
    expect(said).not.toMatch(/canary|Y2FuYXJ5|bmFyeUBwdw/);
    expect(redact('POST /in and /services: too many alerts of members', secrets(config))).toBe(
      'POST /in and /services: too many alerts of members',
    );
  });

  const MAIL = 'kind: email, from: a@b.example, to: [c@d.example]';
  it.each([
    { DATABASE_URL: 'mysql://u:hunter22@h/d' },
    { DATABASE_URL: 'postgres://u:hunter22#x@h/d' },
    { DATABASE_URL: 'postgres://u:hunter22%zz@h/d' },
    { DATABASE_URL: 'postgres://u:hunter22@one/two#three@h/d' },
    { DATABASE_URL: 'postgres://hunter22/x@h/d' },
    { DATABASE_URL: 'postgres://u:22/hunter@h/d' },
    { DATABASE_URL: 'postgres://u:22?hunter@h/d' },
    { DATABASE_URL: 'postgres://u:hunter@22@h/d' },
    { SIGMA_BASE_URL: 'https://u:hunter22@api.example' },
    { SIGMA_BASE_URL: 'https://u:22/hunter@api.example' },
    { SIGMA_BASE_URL: 'https://hunter22/x@api.example/v2' },
    { HTTPS_PROXY: 'http://u:22/hunter@proxy:3128' },
    { https_proxy: 'u:22/hunter@proxy:3128' },
    { http_proxy: 'http://u:hunter@22@proxy:3128' },
    { ALL_PROXY: 'http://u:hunter22%@proxy' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://u:hunter22@collector:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://u:22/hunter@collector:4318' },
    { SIGMA_SYNC_SCHEMA: 'postgres://u:hunter22@h/d' },
    { SIGMA_REGION: 'https://u:hunter22@h' },
    { SIGMA_SYNC_LOG_LEVEL: 'u:hunter22@h' },
    `alerts: [{name: a, kind: webhook, url: 'https://u:22/hunter@h.example/in'}]`,
    `alerts: [{name: a, kind: webhook, url: 'https://u:hunter@22/x@h.example/in'}]`,
    `alerts: [{name: a, kind: webhook, url: 'https://hunter22/x:y@h.example/in'}]`,
    `alerts: [{name: a, kind: slack, url: 'https://u:22\\hunter@h.example/in'}]`,
    `alerts: [{name: a, kind: slack, url: 'https://tok.en#hunter22@h.example/in'}]`,
    `alerts: [{name: a, ${MAIL}, url: 'smtp://u:22/hunter@h.example'}]`,
    `alerts: [{name: a, ${MAIL}, url: 'smtps://mail.example/hunter@h.example'}]`,
    `alerts: [{name: a, ${MAIL}, url: 'smtp://u:hunter22%@h.example'}]`,
    'service: {public_url: "https://u:hunter22@h.example"}',
    'database: {schema: "postgres://u:hunter22@h/d"}',
    'sigma: {client_secret: [hunter22]}',
    'sigma: {client_secret: {hunter22: 1}}',
    'sigma: {client_secret:hunter22}',
    'sigma: {"client_secret=hunter22"}',
    'database: {postgres://u:hunter22@h/d}',
    'sigma: {client_secret: "x${hunter22 }y"}',
  ])('are in no error: %j', (given) => {
    const said = typeof given === 'string' ? failure(given) : failure(undefined, given);
    expect(said).not.toMatch(/hunter|22/);
  });

  it('are not taken for settings that were mixed up', () => {
    const { alerts } = load(
      `alerts: [{name: a, kind: email, url: 'smtp://h.example', from: 'smtp://u:hunter22@h.example', to: [c@d.example]}]`,
    );
    expect(() => compileAlerts(alerts)).toThrow(/^alerts\.0 \(a\): from is no e-mail address\.$/);
    expect(failure('sigma: {client_secret: 4711}')).toBe(
      'sigma.client_secret must be text, not a number (config/sigma-sync.yaml line 1).',
    );
  });

  it('leave addresses alone that can be read in one way only', () => {
    const hooks = [
      'https://h.example/@team/in',
      'https://h.example/in?chat=@team',
      'https://token@h.example/in',
      'https://u:p%40%2F%23@h.example:8443/in',
    ];
    for (const url of hooks)
      expect(load(`alerts: [{name: a, kind: webhook, url: '${url}'}]`).alerts[0]?.url).toBe(url);
    expect(() => load(undefined, { HTTPS_PROXY: 'u:p%40%2F@proxy:3128', https_proxy: '' })).not.toThrow();
  });
});

describe('the password of viewers', () => {
  it('is long, another one than that of operators, read from a file, and a secret', () => {
    expect(failure('service: { viewer_password: short }')).toContain('at least 12 characters');
    const both = 'service: { password: correct horse battery, viewer_password: correct horse battery }';
    expect(failure(both)).toContain('must differ from service.password');
    writeFileSync(join(cwd, 'viewer'), 'only to look at it\n');
    const config = load('service: { host: 0.0.0.0, viewer_password_file: viewer }');
    expect(config.service.viewerPassword).toBe('only to look at it');
    expect(secrets(config)).toContain('only to look at it');
  });
});
