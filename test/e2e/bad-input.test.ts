/** Wrong input of any kind: one clear sentence with the fix, the right exit code, no stack trace, nothing half-loaded. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';

const ACCOUNT = { SIGMA_REGION: 'aws-us-west', SIGMA_CLIENT_ID: 'id', SIGMA_CLIENT_SECRET: 'secret' };

/** The last line says it; nothing looks like a stack trace. */
function expectSentence(result: CliResult, code: number, ...parts: (string | RegExp)[]): void {
  expect(result.code, result.stderr).toBe(code);
  const line = result.stderr.trim().split('\n').at(-1) ?? '';
  expect(line).toMatch(/^(sigma-sync: |error: )/);
  for (const part of parts) expect(line).toMatch(part);
  expect(result.stderr).not.toMatch(/\n\s+at .*[:(]\d+/);
  expect(result.stderr).not.toContain('node_modules');
  expect(result.stdout + result.stderr).not.toMatch(/canary/);
}

describe('settings', () => {
  const cases: [
    string,
    { env?: Record<string, string>; yaml?: string; args?: string[] },
    (string | RegExp)[],
  ][] = [
    ['no credentials', {}, ['SIGMA_REGION', 'SIGMA_CLIENT_ID', 'SIGMA_CLIENT_SECRET', 'Developer Access']],
    ['a wrong region', { env: { ...ACCOUNT, SIGMA_REGION: 'aws-us-wets' } }, ['SIGMA_REGION', 'aws-us-west']],
    [
      'a malformed URL',
      { env: { ...ACCOUNT, SIGMA_REGION: '', SIGMA_BASE_URL: 'api.sigmacomputing' } },
      ['SIGMA_BASE_URL', 'https://'],
    ],
    [
      'http to another host',
      { env: { ...ACCOUNT, SIGMA_REGION: '', SIGMA_BASE_URL: 'http://api.example.com' } },
      ['http', 'allow_http'],
    ],
    [
      'a malformed database URL',
      { env: { ...ACCOUNT, DATABASE_URL: 'mysql://x' } },
      ['DATABASE_URL', 'postgres://'],
    ],
    [
      'a password with unencoded characters',
      { env: { ...ACCOUNT, DATABASE_URL: 'postgres://app:canary@one/two#three@host/db' } },
      ['DATABASE_URL', 'not shown', '%23'],
    ],
    [
      'the same in a proxy',
      { env: { ...ACCOUNT, HTTPS_PROXY: 'http://app:12/canary@proxy:3128' } },
      ['HTTPS_PROXY', 'not shown', '%2F'],
    ],
    ['a device for settings', { env: ACCOUNT, args: ['--config', '/dev/zero', 'sync'] }, ['larger than']],
    [
      'a device for a secret',
      { env: { ...ACCOUNT, DATABASE_URL_FILE: '/dev/zero' } },
      ['DATABASE_URL_FILE', 'larger than'],
    ],
    ['a folder for settings', { env: ACCOUNT, args: ['--config', '/', 'sync'] }, ['directory']],
    [
      'an alias of itself',
      { env: ACCOUNT, yaml: 'sigma: &a\n  region: *a\n' },
      ['an alias in it refers to itself'],
    ],
    [
      'very many unknown keys',
      { env: ACCOUNT, yaml: Array.from({ length: 100_000 }, (_, i) => `k${i}: 1\n`).join('') },
      ['k0 is not a setting', 'There are 99990 more problems'],
    ],
    [
      'an unreadable secret file',
      { env: { ...ACCOUNT, SIGMA_CLIENT_SECRET: '', SIGMA_CLIENT_SECRET_FILE: '/nowhere/secret' } },
      ['SIGMA_CLIENT_SECRET'],
    ],
    [
      'an unknown key',
      { env: ACCOUNT, yaml: 'sigma:\n  page_szie: 5\n' },
      ['page_szie', 'page_size', 'line 2'],
    ],
    [
      'a value of the wrong type',
      { env: ACCOUNT, yaml: 'sigma:\n  page_size: many\n' },
      ['sigma.page_size', 'whole number', 'line 2'],
    ],
    ['an unset variable', { env: ACCOUNT, yaml: `sigma:\n  client_id: \${NOT_SET}\n` }, ['NOT_SET']],
    ['broken YAML', { env: ACCOUNT, yaml: 'sigma: [\n' }, ['config/sigma-sync.yaml']],
    [
      'a missing settings file',
      { env: ACCOUNT, args: ['--config', 'nowhere.yaml', 'sync'] },
      ['nowhere.yaml'],
    ],
    ['an unknown stream', { env: ACCOUNT, args: ['sync', 'workbook'] }, ['workbook', 'Did you mean']],
    [
      'an unknown stream in the settings',
      { env: ACCOUNT, yaml: 'sync:\n  streams: [grant]\n' },
      ['grant', 'Did you mean grants'],
    ],
    [
      'an unknown log level',
      { env: ACCOUNT, args: ['--log-level', 'loud', 'sync'] },
      ['--log-level', 'debug'],
    ],
    ['a bad number', { env: ACCOUNT, args: ['runs', '--limit', 'few'] }, ['--limit', 'whole number']],
  ];
  it.each(cases)('%s', async (_, { env = {}, yaml, args = ['sync'] }, parts) => {
    using folder = scratchFolder();
    if (yaml !== undefined) {
      mkdirSync(join(folder.path, 'config'));
      writeFileSync(join(folder.path, 'config/sigma-sync.yaml'), yaml);
    }
    expectSentence(await runCli(args, { cwd: folder.path, env }), 2, ...parts);
  });

  it.each([
    ['an unknown command', ['snyc']],
    ['an unknown option', ['sync', '--fulll']],
    ['a missing argument', ['reset']],
  ])('%s', async (_, args) => {
    using folder = scratchFolder();
    const result = await runCli(args, { cwd: folder.path, env: ACCOUNT });
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/error: /);
    expect(result.stderr).toContain('--help');
  });
});

describe('the account', () => {
  it('with a wrong secret', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    const env = { ...envFor(simulator), SIGMA_CLIENT_SECRET: 'wrong' };
    const result = await runCli(['sync'], { cwd: folder.path, env });
    expectSentence(result, 1, 'refused the client credentials', 'SIGMA_CLIENT_SECRET', 'SIGMA_REGION');
    const check = await runCli(['check'], { cwd: folder.path, env });
    expect(check.code).toBe(1);
    expect(check.stdout).toMatch(/credentials +FAIL/);
  });

  it('at a host that does not answer', async () => {
    using folder = scratchFolder();
    const yaml = 'sigma:\n  max_attempts: 2\n';
    mkdirSync(join(folder.path, 'config'));
    writeFileSync(join(folder.path, 'config/sigma-sync.yaml'), yaml);
    const env = { ...ACCOUNT, SIGMA_REGION: '', SIGMA_BASE_URL: 'http://127.0.0.1:1' };
    expectSentence(
      await runCli(['sync'], { cwd: folder.path, env }),
      1,
      '127.0.0.1:1',
      'refused',
      'base URL',
    );
  });
});

describe('the database', () => {
  it('that does not answer, refuses the password, or is not there', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    await using test = await openTestDatabase({ migrated: false });
    const run = (url: string) => runCli(['sync'], { cwd: folder.path, env: envFor(simulator, url) });
    expectSentence(await run('postgres://127.0.0.1:1/x'), 1, 'No database server answers', 'DATABASE_URL');
    const missing = new URL(test.url ?? '');
    missing.pathname = '/no_such_database';
    expectSentence(await run(missing.href), 1, 'does not exist', 'createdb');
    expect(simulator.counters.requests).toBe(0);
  });

  it('in which the user may do nothing', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    await using test = await openTestDatabase({ migrated: false });
    const admin = new pg.Client({ connectionString: test.url });
    await admin.connect();
    const name = `poor_${Date.now()}`;
    const database = new URL(test.url ?? '').pathname.slice(1);
    try {
      await admin.query(`create role ${name} login password 'poor'`);
      await admin.query(`revoke create on database "${database}" from public`);
      const url = new URL(test.url ?? '');
      url.username = name;
      url.password = 'poor';
      const options = { cwd: folder.path, env: envFor(simulator, url.href) };
      expectSentence(await runCli(['sync'], options), 1, 'lacks a right', 'grant this one CREATE');
      const check = await runCli(['check'], options);
      expect(check.code).toBe(1);
      expect(check.stdout).toMatch(/^database rights +FAIL /m);
      expect(check.stdout).toMatch(/^database rights: .*create schema "sigma" authorization/m);
      const tables = await admin.query(`select 1 from pg_namespace where nspname like 'sigma%'`);
      expect(tables.rows).toEqual([]);
    } finally {
      await admin.query(`drop role if exists ${name}`).catch(() => undefined);
      await admin.end();
    }
  });

  it('that can not be opened is one failure, and what the API said is told as well', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    writeFileSync(join(folder.path, 'file'), '');
    const env = { ...envFor(simulator), SIGMA_SYNC_DIRECTORY: 'file/inside' };
    const { code, stdout, stderr } = await runCli(['check', '--json'], { cwd: folder.path, env });
    expect([code, stderr]).toEqual([1, '']);
    const { ok, checks } = JSON.parse(stdout) as {
      ok: boolean;
      checks: readonly { subject: string; outcome: string; fix?: string }[];
    };
    expect(ok).toBe(false);
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { subject: 'database', fix: expect.stringMatching(/./) as unknown },
    ]);
    expect(checks).toContainEqual(expect.objectContaining({ subject: 'credentials', outcome: 'ok' }));
  });

  it('that is killed in the middle of a run', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({
      organization: { seed: 5, workbooks: 60 },
      latencyMs: 25,
    });
    await using test = await openTestDatabase({ migrated: false });
    const admin = new pg.Client({ connectionString: test.url });
    await admin.connect();
    const options = { cwd: folder.path, env: envFor(simulator, test.url) };
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    const run = runCli(['sync'], {
      ...options,
      onStderr: (text) => text.includes('run.started') && resolve(),
    });
    await begun;
    await new Promise((done) => setTimeout(done, 700));
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
    );
    await admin.end();
    expectSentence(await run, 1, /connection/, /rolled back|run the same command again/);
    const next = await runCli(['sync', '--json'], options);
    expect(next.code, next.stderr).toBe(0);
  });

  it('in a folder that may not be written', async () => {
    using folder = scratchFolder();
    await using simulator = await startSimulator({ organization: { workbooks: 5 } });
    const locked = join(folder.path, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    // Root may write anywhere; a file in the place of the folder stops everybody.
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const target = process.getuid?.() === 0 ? join(file, 'db') : join(locked, 'db');
    const result = await runCli(['sync'], {
      cwd: folder.path,
      env: { ...envFor(simulator), SIGMA_SYNC_DIRECTORY: target },
    });
    expectSentence(result, 1, target.slice(folder.path.length + 1), 'SIGMA_SYNC_DIRECTORY');
  });
});
