/** Canaries: the client secret, the tokens and the database password turn up nowhere. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { type CliResult, envFor, runCli, scratchFolder } from '../support/cli.ts';
import { openTestDatabase } from '../support/database.ts';
import { recordingProxy } from '../support/recording-proxy.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const SECRET = 'canary-secret-5f1e+/=&x';

it('no secret reaches a log, an error, a table, a process title or a file', async () => {
  using folder = scratchFolder();
  await using simulator = await startSimulator({
    organization: { seed: 1, workbooks: 12 },
    clientSecret: SECRET,
    latencyMs: 10,
  });
  await using test = await openTestDatabase({ migrated: false });
  const url = test.url ?? '';
  await using proxy = await recordingProxy(simulator.url);
  const env = { ...envFor(simulator, url), SIGMA_BASE_URL: proxy.url, SIGMA_SYNC_LOG_LEVEL: 'debug' };
  const options = { cwd: folder.path, env };
  const titles: string[] = [];
  const results: CliResult[] = [];

  simulator.faults.inject({ kinds: ['500', 'reset', 'cut', '429'], rate: 0.1 });
  const watching = setInterval(() => titles.push(...processTitles()), 20);
  results.push(await runCli(['sync', '--json'], options));
  clearInterval(watching);
  expect(results[0]?.code, results[0]?.stderr).toBe(0);
  expect(titles.some((title) => title.includes('sigma-sync.js'))).toBe(true);
  results.push(await runCli(['--log-format', 'json', 'sync', '--full'], options));
  results.push(await runCli(['check'], options));
  // Errors of every kind, with a server that repeats its requests.
  simulator.faults.clear();
  simulator.faults.set({ unauthorizedAlways: true });
  results.push(await runCli(['sync'], options));
  simulator.faults.clear();
  const wrong = { ...env, SIGMA_CLIENT_SECRET: `${SECRET}-wrong` };
  results.push(await runCli(['sync'], { ...options, env: wrong }));
  const nowhere = { ...env, DATABASE_URL: `postgres://user:${encodeURIComponent(SECRET)}@127.0.0.1:1/none` };
  results.push(await runCli(['sync'], { ...options, env: nowhere }));
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 1, 1, 1]);

  const canaries = [
    SECRET,
    encodeURIComponent(SECRET),
    Buffer.from(SECRET).toString('base64'),
    ...proxy.tokens,
  ];
  expect(proxy.tokens.size).toBeGreaterThan(2);
  const places: [string, string][] = [
    ...results.map(({ stdout, stderr }, i): [string, string] => [`output of run ${i}`, stdout + stderr]),
    ['process titles', titles.join('\n')],
    ...(await tables(url)),
    ...files(folder.path),
  ];
  // The log at debug level is long; what it must not hold is only worth looking for where there is something.
  expect(results[0]?.stderr.length).toBeGreaterThan(5000);
  for (const [place, text] of places) {
    for (const canary of canaries)
      expect(text.includes(canary), `${canary.slice(0, 8)}… in ${place}`).toBe(false);
  }
});

it('an uncaught error is told without its secrets, however long they are', async () => {
  using folder = scratchFolder();
  const server = await scriptedServer(() => 'hang');
  const secret = `canary-${'0123456789'.repeat(10_000)}`;
  const crash = `setTimeout(() => { throw new Error('it said ' + process.env.SIGMA_CLIENT_SECRET + ' and ' +
    encodeURIComponent(process.env.SIGMA_CLIENT_SECRET).slice(0, 50000), { cause: process.env.SIGMA_CLIENT_SECRET }) }, 4000)`;
  try {
    const { code, stderr, stdout } = await runCli(['check'], {
      cwd: folder.path,
      env: {
        ...{ SIGMA_BASE_URL: server.url, SIGMA_CLIENT_ID: 'id', SIGMA_CLIENT_SECRET: secret },
        NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
      },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('it said [redacted] and [redacted]');
    expect(stderr).toContain('please report it');
    expect(stdout + stderr).not.toContain('0123456789');
  } finally {
    await server.close();
  }
});

it('a token that is long and comes back in an error is not told', async () => {
  using folder = scratchFolder();
  const token = `canary-${'9876543210'.repeat(1000)}`;
  const server = await scriptedServer(({ url }) =>
    url === '/v2/auth/token'
      ? { body: { access_token: token, expires_in: 0 } }
      : { status: 400, body: { message: `${'x'.repeat(200)} ${token}`, code: token, requestId: token } },
  );
  try {
    const { code, stderr, stdout } = await runCli(['sync', '--log-level', 'debug'], {
      cwd: folder.path,
      env: { SIGMA_BASE_URL: server.url, SIGMA_CLIENT_ID: 'id', SIGMA_CLIENT_SECRET: 'canary-secret' },
    });
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('Sigma answered 400');
    expect(stdout + stderr).not.toContain('9876543210');
  } finally {
    await server.close();
  }
});

function processTitles(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}

/** Every row of every table of ours, as text. */
async function tables(url: string): Promise<[string, string][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'sigma%'`,
    );
    const texts: [string, string][] = [];
    for (const { name } of found.rows) {
      const rows = await client.query<{ text: string }>(`select t::text as text from ${name} t`);
      texts.push([name, rows.rows.map((row) => row.text).join('\n')]);
    }
    expect(texts.length).toBeGreaterThan(10);
    return texts;
  } finally {
    await client.end();
  }
}

function files(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, 'latin1')]);
}
