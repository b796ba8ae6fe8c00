// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in the settings file look like that.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secrets } from '../../src/config/credentials.ts';
import { loadConfig } from '../../src/config/load-config.ts';
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

  it('says why a file cannot be used', () => {
    writeFileSync(join(cwd, 'blank'), ' \n');
    expect(failure(undefined, { DATABASE_URL_FILE: 'nope' })).toBe(
      'DATABASE_URL_FILE names the file nope, which could not be read: no such file or directory.',
    );
    expect(failure('sigma: {client_secret_file: config}')).toMatch(
      /^sigma\.client_secret_file names the file config, .*directory\.$/,
    );
    rmSync(join(cwd, 'config/sigma-sync.yaml'));
    expect(failure(undefined, { DATABASE_URL_FILE: 'blank' })).toBe(
      'DATABASE_URL_FILE names the file blank, which is empty.',
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

  it('never shows them in an error', () => {
    const bad = [
      { DATABASE_URL: 'mysql://u:hunter22@h/d' },
      { DATABASE_URL: 'postgres://u:hunter22#x@h/d' },
      { DATABASE_URL: 'postgres://u:hunter22%zz@h/d' },
      { SIGMA_BASE_URL: 'https://u:hunter22@api.example' },
    ];
    for (const env of bad) expect(failure(undefined, env)).not.toContain('hunter22');
    for (const yaml of ['sigma: {client_secret: [hunter22]}', 'sigma: {client_secret: {hunter22: 1}}']) {
      expect(failure(yaml)).not.toContain('hunter22');
    }
    expect(failure('sigma: {client_secret: 4711}')).toBe(
      'sigma.client_secret must be text, not a number (config/sigma-sync.yaml line 1).',
    );
  });
});
