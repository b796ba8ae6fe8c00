/** `simulate` as a user starts it: what it prints is enough to find and export the audit log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from '../support/cli.ts';

const BIN = resolve(import.meta.dirname, '../../bin/sigma-sync.js');
const DAY = 86_400_000;

type Json = Record<string, unknown>;

/** Starts the simulator, gives what it prints to `use`, and ends it with a signal. */
async function simulated(args: readonly string[], use: (printed: string) => Promise<void>): Promise<void> {
  using folder = scratchFolder();
  const child = spawn(process.execPath, [BIN, 'simulate', '--port', '0', '--workbooks', '5', ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += String(text);
      if (printed.includes('Ctrl-C')) break;
    }
    await use(printed);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
}

it('the audit log can be found by what is printed, and exported', async () => {
  await simulated(['--audit-log'], async (printed) => {
    const url = /at (http:\/\/127\.0\.0\.1:\d+);/.exec(printed)?.[1] ?? '';
    const [, elementId = '', workbookId = ''] = /element (\w+) of workbook (\S+),/.exec(printed) ?? [];
    const form = {
      ...{ grant_type: 'client_credentials', client_id: 'simulator-client' },
      client_secret: 'simulator-secret',
    };
    const init = { method: 'POST', body: new URLSearchParams(form) };
    const { access_token } = (await (await fetch(`${url}/v2/auth/token`, init)).json()) as Record<
      string,
      string
    >;
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    const get = (path: string): Promise<Response> => fetch(url + path, { headers });

    const workbook = (await (await get(`/v2/workbooks/${workbookId}`)).json()) as Record<string, string>;
    expect(printed).toContain(`  ${workbook['url']}?:nodeId=${elementId}\n`);
    expect(workbook['url']).toMatch(/\/workbook\/Sigma-Audit-Log-\w{16,22}$/);

    const body = JSON.stringify({ elementId, format: { type: 'jsonl' } });
    const started = await fetch(`${url}/v2/workbooks/${workbookId}/export`, {
      method: 'POST',
      headers,
      body,
    });
    const { queryId } = (await started.json()) as Record<string, string>;
    const file = `/v2/query/${queryId}/download`;
    expect((await get(file)).status).toBe(204);
    const events = (await (await get(file)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.length).toBeGreaterThan(2500);
    // It is of today, as a user's windows are.
    const newest = Math.max(...events.map((event) => Date.parse(String(event['Created At']))));
    expect(Math.abs(Date.now() - newest)).toBeLessThan(DAY);
  });
});

it('without the option there is none', async () => {
  await simulated([], async (printed) => expect(printed).not.toContain('audit log'));
});

it.each([
  [[], [404, 200]],
  [
    ['--api', '2025'],
    [404, 404],
  ],
  [
    ['--without', 'columns', 'dataFiles'],
    [404, 404],
  ],
  [
    ['--api', '2025', '--with', 'columns'],
    [404, 200],
  ],
])('with %j it serves another API', async (args, statuses) => {
  await simulated(args, async (printed) => {
    const url = /at (http:\/\/127\.0\.0\.1:\d+);/.exec(printed)?.[1] ?? '';
    const form = { client_id: 'simulator-client', client_secret: 'simulator-secret' };
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form });
    const token = (await (await fetch(`${url}/v2/auth/token`, { method: 'POST', body })).json()) as Json;
    const get = (path: string): Promise<Response> =>
      fetch(url + path, { headers: { authorization: `Bearer ${token['access_token']}` } });
    const { entries } = (await (await get('/v2/workbooks?limit=1')).json()) as { entries: Json[] };
    const [workbook] = entries;
    const paths = ['/v2/nothing', `/v2/workbooks/${workbook?.['workbookId']}/columns`];
    expect(await Promise.all(paths.map(async (path) => (await get(path)).status))).toEqual(statuses);
  });
});

it.each([
  [[], 'zstd'],
  [['--compress', 'gzip'], 'gzip'],
  [['--compress', 'none'], null],
])('answers are compressed as it is told: %j', async (args, coding) => {
  await simulated(args, async (printed) => {
    const url = /at (http:\/\/127\.0\.0\.1:\d+);/.exec(printed)?.[1] ?? '';
    const headers = { 'accept-encoding': 'zstd, br, gzip' };
    const answer = await fetch(`${url}/v2/whoami`, { headers });
    // A 401 is never compressed.
    expect([answer.status, answer.headers.get('content-encoding')]).toEqual([401, null]);
    const form = { grant_type: 'client_credentials', client_id: 'simulator-client' };
    const body = new URLSearchParams({ ...form, client_secret: 'simulator-secret' });
    const token = await fetch(`${url}/v2/auth/token`, { method: 'POST', headers, body });
    expect(token.headers.get('content-encoding')).toBe(coding);
    expect(await token.json()).toMatchObject({ token_type: 'bearer' });
  });
});
