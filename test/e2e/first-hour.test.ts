/** A newcomer's first hour: the commands as they are printed, in a folder of its own. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { hookServer } from '../support/alert-receivers.ts';
import { envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { startCli } from '../support/start-cli.ts';

/** An address where nothing answers: it was free a moment ago. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

it.each([
  [['sync', '--nope'], 'sync'],
  [['exports', 'run', '--nope'], 'exports run'],
  [['analytics', 'nope'], 'analytics'],
  [['query', '--nope'], 'query'],
])('a mistake in %j points to the help of its command', async (args, path) => {
  using folder = scratchFolder();
  const { code, stderr } = await runCli(args, { cwd: folder.path });
  expect(code).toBe(2);
  expect(stderr).toContain(`Run "sigma-sync ${path} --help"`);
});

it('the demonstration ends with a page and three queries, which work as printed, and shows names', async () => {
  using folder = scratchFolder();
  const options = { cwd: folder.path, env: { DATABASE_URL: `postgres://${await nowhere()}/none` } };
  const demo = await runCli(['demo', '--workbooks', '12', '--directory', "it's new"], options);
  expect(demo.code, demo.stderr).toBe(0);
  expect(readdirSync(folder.path).filter((name) => !name.startsWith('.'))).toEqual(["it's new"]);
  const [, changed = ''] = demo.stdout.split('The second sync wrote (a few rows of each stream)\n');
  const [table = '', end = ''] = changed.split('The database stays in');
  expect(table.split('\n').length).toBeGreaterThan(5);
  expect(table).not.toMatch(UUID);
  expect(end).toContain('http://127.0.0.1:8080');

  const there = `--directory 'it'\\''s new'`;
  const queries = [...end.matchAll(/^ {2}sigma-sync query (.*) "(.*)"$/gm)];
  expect(queries).toHaveLength(3);
  for (const [line, words, sql = ''] of queries) {
    expect(words).toBe(there);
    expect(line.length).toBeLessThanOrEqual(120);
    const { code, stdout, stderr } = await runCli(['query', '--directory', "it's new", sql], options);
    expect([code, stderr], sql).toEqual([0, '']);
    expect(stdout).toMatch(/\(\d+ rows?\)\n$/);
  }
  expect(end).toContain(`  sigma-sync serve ${there}\n`);
  const page = startCli(['serve', '--directory', "it's new"], {
    ...options,
    env: { ...options.env, SIGMA_SYNC_PORT: '0' },
  });
  await using _ = page;
  const { url } = await page.event('service.started');
  expect(await (await fetch(String(url))).text()).toContain('workbooks');
  page.signal('SIGTERM');
  await page.ended;

  // Every command finds it, whatever DATABASE_URL names.
  const runs = await runCli(['runs', '--directory', "it's new"], options);
  expect([runs.code, runs.stderr]).toEqual([0, '']);
  expect(runs.stdout).toMatch(/^run +command +status +started +duration +/);
  expect(runs.stdout.match(/ complete +\d{4}-\S+Z +[\d.]+ (s|ms|min)/g)).toHaveLength(2);

  const again = await runCli(['demo', '--directory', "it's new"], options);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('has a database already')]);

  // The log of the first streams is complete once the first sync is over.
  const [{ finished_at: from } = { finished_at: '' }] = JSON.parse(
    (
      await runCli(
        [
          'query',
          '--directory',
          "it's new",
          'select finished_at from runs order by started_at limit 1',
          '--json',
        ],
        options,
      )
    ).stdout,
  ) as { finished_at: string }[];
  const diff = await runCli(['diff', '--directory', "it's new", '--from', from], options);
  expect([diff.code, diff.stderr]).toEqual([0, '']);
  expect(diff.stdout).not.toMatch(/ 0 +0 +0\b/);
  expect(diff.stdout).toMatch(/^\d+ more streams did not change\.$/m);
});

it('check names the owner, warns of one that is no admin, and keeps within 100 columns', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({ organization: { seed: 1, workbooks: 5, members: 4 } });
  const options = { cwd: folder.path, env: envFor(simulator) };
  const admin = await runCli(['check'], options);
  expect(admin.code, admin.stderr).toBe(0);
  expect(admin.stdout).toMatch(/^credentials +ok +\S+ \S.* <\S+@example\.com>, an admin$/m);
  expect(admin.stdout).not.toContain('visibility');
  const [table = ''] = admin.stdout.split(/^\d+ streams readable/m);
  for (const line of table.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  // Words that were broken into lines are all there.
  expect(table.replace(/\n +/g, ' ')).toContain('kept in plain: members (first_name, last_name, email,');

  const refused = await runCli(['check'], {
    ...options,
    env: { ...options.env, SIGMA_BASE_URL: `http://${await nowhere()}` },
  });
  expect(refused.code).toBe(1);
  expect(refused.stdout).toMatch(
    /^api +FAIL +No usable answer from 127\.0\.0\.1:\d+: the connection was refused/m,
  );
});

it('colours are for a terminal, NO_COLOR and FORCE_COLOR are heeded', async () => {
  using folder = scratchFolder();
  await using test = await openTestDatabase();
  await test.database.session((session) =>
    session.query(`insert into sigma_sync.runs (run_id, cycle_id, cycle_started_at, command, status, started_at)
      values (gen_random_uuid(), gen_random_uuid(), now(), 'sync', 'failed', now())`),
  );
  const runs = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
    const { stdout, stderr } = await runCli(['runs', ...args], {
      cwd: folder.path,
      env: { DATABASE_URL: test.url ?? '', ...env },
    });
    expect(stderr).toBe('');
    return stdout;
  };
  const piped = await runs({});
  expect(piped).toContain(' failed ');
  expect(piped).not.toContain('\u001b');
  expect(await runs({ NO_COLOR: '1' })).toBe(piped);
  const forced = await runs({ FORCE_COLOR: '1' });
  expect(forced).toContain('\u001b[31mfailed\u001b[39m');
  expect(stripVTControlCharacters(forced)).toBe(piped);
  expect(await runs({ FORCE_COLOR: '1' }, '--json')).not.toContain('\u001b');
});

it('serve creates nothing in an empty database, and shows what comes later', async () => {
  using folder = scratchFolder();
  await using test = await openTestDatabase({ migrated: false });
  await using simulator = await startSimulator({ organization: { workbooks: 3 } });
  const env = { ...envFor(simulator, test.url), SIGMA_SYNC_PORT: '0' };
  await using page = startCli(['serve'], { cwd: folder.path, env });
  const { url } = await page.event('service.started');
  const get = async (path: string): Promise<[status: number, text: string]> => {
    const answer = await fetch(`${url}${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await get('/')).toEqual([200, expect.stringContaining('Nothing has run yet')]);
  for (const path of ['/schedules', '/runs', '/streams']) await get(path);
  expect((await get('/readyz'))[1]).toContain('"not ready"');
  expect((await get('/metrics'))[0]).toBe(200);
  const schemas = () =>
    test.database.session((session) =>
      session.query(`select nspname as name from pg_namespace where nspname like 'sigma%'`),
    );
  expect(await schemas()).toEqual([]);

  const sync = await runCli(['sync', 'workbooks'], { cwd: folder.path, env });
  expect(sync.code, sync.stderr).toBe(0);
  await expect.poll(async () => (await get('/readyz'))[1], { timeout: 20_000 }).toContain('"ready"');
  expect((await get('/streams'))[1]).toContain('workbooks');
  expect(page.all('service.unreachable')).toEqual([]);
});

it('an alert and its test come from the same instance', async () => {
  using folder = scratchFolder();
  await using hook = await hookServer();
  await using test = await openTestDatabase({ migrated: false });
  await using simulator = await startSimulator({ organization: { workbooks: 3 } });
  writeFileSync(
    join(folder.path, 's.yaml'),
    [
      'schedules: [{name: all, cron: "0 2 * * *"}]',
      `alerts: [{name: hook, kind: webhook, url: '${hook.url}'}]`,
    ].join('\n'),
  );
  const env = { ...envFor(simulator, test.url), SIGMA_SYNC_PORT: '0' };
  const options = { cwd: folder.path, env };
  const sent = await runCli(['--config', 's.yaml', 'alert', 'test'], options);
  expect(sent.code, sent.stderr + sent.stdout).toBe(0);
  expect((await runCli(['sync', 'tags'], options)).code).toBe(0);
  await test.database.session((session) =>
    session.query(`update sigma_sync.streams set last_success_at = now() - interval '30 days'`),
  );
  await using service = startCli(['--config', 's.yaml', 'start'], {
    ...options,
    env: { ...env, SIGMA_CLIENT_SECRET: 'wrong' },
  });
  await service.event('alert.raised');
  await expect.poll(() => hook.bodies.length, { timeout: 30_000 }).toBeGreaterThan(1);
  const instances = hook.bodies.map((body) => (JSON.parse(body) as { instance: string }).instance);
  expect(new Set(instances)).toEqual(new Set([hostname()]));
  expect(existsSync(join(folder.path, '.sigma-sync'))).toBe(false);
});
