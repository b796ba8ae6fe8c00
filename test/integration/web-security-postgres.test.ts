/** Rights of visitors: addresses, passwords, tokens, forms, names of the host, and addresses that are attacks. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { basic, OWN_FORM, openWeb, sendTo, type TestWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';

const PASSWORD = 'correct horse battery';
const TOKEN = 'token-of-sixteen-chars';
const PATHS = [
  '/',
  '/live',
  '/runs',
  '/runs/x',
  '/streams',
  '/streams/members',
  '/exports',
  '/exports/x',
  '/changes',
  '/alerts',
  '/config',
  '/metrics',
  '/assets/page.css',
  '/assets/live.js',
  '/assets/favicon.svg',
  '/nowhere',
];
const SCHEDULES = 'schedules: [{ name: nightly, cron: "15 2 * * *" }]\n';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

async function open(env: Record<string, string> = {}, yaml = SCHEDULES): Promise<TestWeb> {
  const metrics = async () => ({ contentType: 'text/plain', body: 'up 1\n' });
  return openWeb(webApp({ env, yaml }), async () => test.database, { metrics });
}

const portOf = (page: TestWeb): number => Number(new URL(page.web.url).port);

describe('on loopback without a secret', () => {
  it('everything answers, with headers that let nothing else in', async () => {
    await using page = await open();
    for (const path of [...PATHS, '/healthz', '/readyz']) {
      const { status, headers } = await page.send(path);
      expect([path, [200, 404].includes(status)]).toEqual([path, true]);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('no page has a script or style in it, or asks for anything foreign', async () => {
    await using page = await open();
    for (const path of PATHS.filter((one) => !one.startsWith('/assets') && one !== '/metrics')) {
      const { text } = await page.send(path);
      expect(text).not.toMatch(
        / style=|<style|javascript:|\son[a-z]+=|<script(?! src="\/assets\/(find|live)\.js\?v=[\w-]+" defer><\/script>)/,
      );
      for (const [, address = ''] of text.matchAll(/(?:src|href|action)="([^"]*)"/g))
        expect([path, address]).toEqual([path, expect.stringMatching(/^(\/(?!\/)|#main$)/)]);
    }
  });

  it('a host that is not ours is refused, whatever leads there', async () => {
    await using page = await open();
    const port = portOf(page);
    for (const host of [
      '127.0.0.1',
      'localhost',
      `localhost:${port}`,
      '[::1]',
      `127.0.0.1:${port}`,
      'LOCALHOST',
    ])
      expect([host, (await page.send('/', { headers: { host } })).status]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '10.0.0.1',
      '0.0.0.0',
      'a@localhost',
      'localhost/',
      '127.0.0.1.nip.io',
    ]) {
      const { status, text } = await page.send('/config', { headers: { host } });
      expect([host, status]).toEqual([host, expect.toSatisfy((one: number) => one === 421 || one === 400)]);
      expect(text).not.toContain('evil');
    }
    // A stranger gets only the status of the addresses that answer everybody.
    const ready = await page.send('/readyz', { headers: { host: 'evil.example' } });
    expect(JSON.parse(ready.text)).toEqual({ status: 'ready' });
  });

  it('the host of public_url is ours, too', async () => {
    await using page = await open({}, `${SCHEDULES}service: { public_url: "https://sync.example.com/x" }\n`);
    expect((await page.send('/', { headers: { host: 'sync.example.com' } })).status).toBe(200);
    expect((await page.send('/', { headers: { host: 'example.com' } })).status).toBe(421);
  });
});

describe.each([
  ['beyond loopback', { SIGMA_SYNC_HOST: '0.0.0.0' }],
  ['on loopback', {}],
])('with password and token %s', (_, where) => {
  let page: TestWeb;
  beforeAll(async () => {
    page = await open({ ...where, SIGMA_SYNC_PASSWORD: PASSWORD, SIGMA_SYNC_TOKEN: TOKEN });
  });
  afterAll(() => page[Symbol.asyncDispose]());

  it('nothing answers without one of them but health and readiness, with the status alone', async () => {
    for (const path of PATHS) {
      const { status, headers, text } = await page.send(path);
      expect([path, status]).toEqual([path, 401]);
      expect(headers['www-authenticate']).toBe(
        'Basic realm="sigma-sync", charset="UTF-8", Bearer realm="sigma-sync"',
      );
      expect(text).not.toMatch(/<|nightly|members/);
    }
    expect(
      (await page.send('/actions/run', { method: 'POST', body: 'subject=nightly', headers: OWN_FORM }))
        .status,
    ).toBe(401);
    expect((await page.send('/healthz')).text).toBe('{"status":"ok"}');
    expect((await page.send('/readyz')).text).toBe('{"status":"ready"}');
  });

  it('the password opens all, the token all that reads', async () => {
    for (const authorization of [basic(PASSWORD), `Bearer ${TOKEN}`, `bearer ${TOKEN}`]) {
      for (const path of PATHS) {
        const { status } = await page.send(path, { headers: { authorization } });
        expect([path, [200, 404].includes(status)]).toEqual([path, true]);
      }
      expect((await page.send('/readyz', { headers: { authorization } })).text).toBe(
        '{"status":"ready","reasons":[]}',
      );
    }
    const { text } = await page.send('/', { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(text).not.toContain('Run now');
    const refused = await page.send('/actions/run', {
      ...{ method: 'POST', body: 'subject=nightly&token=x' },
      headers: { ...OWN_FORM, origin: page.web.url, authorization: `Bearer ${TOKEN}` },
    });
    expect([refused.status, page.control.running().length]).toEqual([403, 0]);
  });

  it('who has the token may come by any name, as from another container', async () => {
    const headers = { host: 'sigma-sync:8080' };
    expect(
      (await page.send('/metrics', { headers: { ...headers, authorization: `Bearer ${TOKEN}` } })).status,
    ).toBe(200);
    expect(
      (await page.send('/metrics', { headers: { ...headers, authorization: basic(PASSWORD) } })).status,
    ).toBe(421);
  });

  it('the address of the machine is ours where it listens on all of them', async () => {
    const { status } = await page.send('/', {
      headers: { host: '10.1.2.3:8080', authorization: basic(PASSWORD) },
    });
    expect(status).toBe('SIGMA_SYNC_HOST' in where ? 200 : 421);
  });
});

it.each([
  ['another password', basic('wrong horse battery')],
  ['the password of another user', basic(PASSWORD, 'admin')],
  ['no user', `Basic ${Buffer.from(PASSWORD).toString('base64')}`],
  ['the token as a password', basic(TOKEN)],
  ['the password as a token', `Bearer ${PASSWORD.replaceAll(' ', '')}`],
  ['part of the token', `Bearer ${TOKEN.slice(0, -1)}`],
  ['more than the token', `Bearer ${TOKEN}x`],
  ['another scheme', `Digest ${TOKEN}`],
  ['nothing behind the scheme', 'Basic '],
  ['what is no base64', 'Basic ::::'],
  ['two at once', `Bearer ${TOKEN}, ${basic(PASSWORD)}`],
])('%s is refused', async (_, authorization) => {
  await using page = await open({ SIGMA_SYNC_PASSWORD: PASSWORD, SIGMA_SYNC_TOKEN: TOKEN });
  expect((await page.send('/', { headers: { authorization } })).status).toBe(401);
});

it('wrong passwords slow guessing down, and shut out neither the right one nor the token', async () => {
  await using page = await open({ SIGMA_SYNC_PASSWORD: PASSWORD, SIGMA_SYNC_TOKEN: TOKEN });
  const ask = async (authorization: string, path = '/') =>
    (await page.send(path, { headers: { authorization } })).status;
  // The next one waits for four seconds, which is time enough on a busy machine.
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) statuses.push(await ask(basic('wrong')));
  expect(statuses.slice(0, 6)).toEqual([401, 401, 401, 401, 401, 401]);
  expect(await ask(`Bearer ${TOKEN}`, '/metrics')).toBe(200);
  // A guess that comes too soon is kept waiting, and a second one beside it is not looked at.
  const since = performance.now();
  const guesses = await Promise.all([
    ask(basic('wrong again')),
    ask(basic('and again')),
    ask('Bearer wrong'),
    ask(basic('x', 'admin')),
  ]);
  expect(guesses).toEqual([429, 429, 401, 401]);
  expect(performance.now() - since).toBeGreaterThan(500);
  // Kept waiting, too, and let in.
  const { status, headers } = await page.send('/', { headers: { authorization: basic(PASSWORD) } });
  expect([status, headers['retry-after']]).toEqual([200, undefined]);
  expect(await ask(basic('wrong'))).toBe(401);
});

it('wrong tokens and other users slow down themselves alone', async () => {
  await using page = await open({ SIGMA_SYNC_PASSWORD: PASSWORD, SIGMA_SYNC_TOKEN: TOKEN });
  const send = (authorization: string) => page.send('/', { headers: { authorization } });
  for (let i = 0; i < 8; i++) {
    const both = await Promise.all([send('Bearer wrong'), send(basic(PASSWORD, `user${i}`))]);
    for (const { status } of both) expect([401, 429]).toContain(status);
  }
  const since = performance.now();
  expect((await send(basic(PASSWORD))).status).toBe(200);
  expect((await page.send('/healthz', { headers: { authorization: 'Bearer wrong' } })).status).toBe(200);
  const [first, second] = await Promise.all([send('Bearer wrong'), send('Bearer wrong')]);
  expect([first.status, second.status]).toEqual([429, 429]);
  expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
  expect(performance.now() - since).toBeGreaterThan(500);
  expect((await send(`Bearer ${TOKEN}`)).status).toBe(200);
});

it('a password that is set later counts at once', async () => {
  const before = webApp({ yaml: SCHEDULES });
  const after = webApp({ yaml: SCHEDULES, env: { SIGMA_SYNC_PASSWORD: PASSWORD } });
  let app = before;
  await using page = await openWeb(before, async () => test.database, { appNow: () => app });
  expect((await page.send('/')).status).toBe(200);
  app = after;
  expect((await page.send('/')).status).toBe(401);
});

it('a page that would stand open to others does not start', async () => {
  const app = webApp({ env: { SIGMA_SYNC_HOST: '0.0.0.0', SIGMA_SYNC_PASSWORD: PASSWORD } });
  const open = { ...app, config: { ...app.config, service: { ...app.config.service, password: undefined } } };
  await expect(openWeb(open, async () => test.database)).rejects.toThrow('would stand open to others');
});

it('a port that is taken is told in a sentence', async () => {
  await using page = await open();
  await expect(open({ SIGMA_SYNC_PORT: String(portOf(page)) })).rejects.toThrow(
    /can't listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/,
  );
});

describe('forms', () => {
  it.each<[string, Record<string, string | undefined>, number]>([
    ['from our own page', {}, 303],
    ['from a browser that sends no Sec-Fetch-Site', { 'sec-fetch-site': undefined }, 303],
    ['from a browser that sends no Origin', { origin: undefined }, 303],
    ['from another page', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    [
      'from another port of this machine',
      { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' },
      403,
    ],
    [
      'from another page, by a browser that says only where from',
      { origin: 'http://evil.example', 'sec-fetch-site': undefined },
      403,
    ],
    ['from nowhere', { origin: 'null', 'sec-fetch-site': undefined }, 403],
    ['from a user that typed it', { 'sec-fetch-site': 'none' }, 403],
    ['from who says nothing', { origin: undefined, 'sec-fetch-site': undefined }, 403],
    [
      'from a name that only looks like ours',
      { origin: 'http://127.0.0.1.evil.example', 'sec-fetch-site': undefined },
      403,
    ],
  ])('%s', async (_, changes, expected) => {
    await using page = await open();
    const token = await page.formToken('run', 'nightly');
    const headers = Object.fromEntries(
      Object.entries({ ...OWN_FORM, origin: page.web.url, ...changes }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as Record<string, string>;
    const body = new URLSearchParams({ subject: 'nightly', token }).toString();
    const { status } = await page.send('/actions/run', { method: 'POST', body, headers });
    expect(status).toBe(expected);
    await page.control.idle();
    const [schedule] = await page.control.schedules();
    // Without credentials a run fails, but it was begun.
    expect(schedule?.lastStatus).toBe(expected === 303 ? 'failed' : null);
  });

  it('need the token of this process, this action and this schedule', async () => {
    await using page = await open();
    await using other = await open();
    const right = await page.formToken('run', 'nightly');
    const headers = { ...OWN_FORM, origin: page.web.url };
    for (const token of ['', 'x', `${right}x`, right.slice(1), await other.formToken('run', 'nightly')]) {
      const body = new URLSearchParams({ subject: 'nightly', token }).toString();
      expect((await page.send('/actions/run', { method: 'POST', body, headers })).status).toBe(403);
    }
    for (const [action, schedule] of [
      ['cancel', 'nightly'],
      ['run', 'other'],
    ]) {
      const body = new URLSearchParams({ schedule: schedule ?? '', token: right }).toString();
      expect((await page.send(`/actions/${action}`, { method: 'POST', body, headers })).status).toBe(403);
    }
    expect(page.control.running()).toEqual([]);
  });

  it('behind a proxy come from public_url', async () => {
    await using page = await open({}, `${SCHEDULES}service: { public_url: "https://sync.example.com" }\n`);
    expect(
      (await page.post('run', 'nightly', { headers: { origin: 'https://sync.example.com' } })).status,
    ).toBe(303);
  });

  it('are neither shown nor taken where the page is read-only', async () => {
    await using writable = await open();
    const token = await writable.formToken('run', 'nightly');
    await using page = await open({}, `${SCHEDULES}service: { read_only: true }\n`);
    expect((await page.send('/')).text).not.toContain('Run now');
    const body = new URLSearchParams({ subject: 'nightly', token }).toString();
    const { status, text } = await page.send('/actions/run', {
      method: 'POST',
      body,
      headers: { ...OWN_FORM, origin: page.web.url },
    });
    expect([status, text]).toEqual([403, expect.stringContaining('read-only')]);
  });

  it('are small', async () => {
    await using page = await open();
    const headers = { ...OWN_FORM, origin: page.web.url };
    expect(
      (await page.send('/actions/run', { method: 'POST', body: 'x'.repeat(20_000), headers })).status,
    ).toBe(413);
  });
});

describe('addresses that are attacks', () => {
  let page: TestWeb;
  beforeAll(async () => {
    page = await open();
  });
  afterAll(() => page[Symbol.asyncDispose]());

  it.each([
    '/assets/../package.json',
    '/assets/..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/etc/passwd',
    '/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/assets/..%5c..%5cetc%5cpasswd',
    '/assets/....//....//etc/passwd',
    '/assets/page.css%00.png',
    '/assets//etc/passwd',
    '/assets/',
    '/assets/constructor',
    '/../../etc/passwd',
    '/%00',
    '/runs/%00',
    '/runs/..%2f..%2fetc%2fpasswd',
    '/runs/%27%3B%20drop%20table%20runs%3B--',
    '/streams/__proto__',
    '/streams/constructor',
    '/exports/%00',
    `/exports/${'x'.repeat(3000)}`,
    '/exports/%f0%28%8c%28',
    '/runs/%E0%A4%A',
  ])('%s is not found', async (path) => {
    const { status, text } = await page.send(path);
    expect([400, 404]).toContain(status);
    expect(text).not.toMatch(/root:|"dependencies"|:root \{/);
  });

  it.each([
    '/changes?text=%00&key=%00&stream=%00&from=%00&after=%00',
    "/changes?text='%3B%20drop%20table%20changes%3B--&key='&stream='",
    '/changes?after=2026-13-45T99:99:99.999999Z~1&from=0000-00-00&to=99999-01-01',
    '/changes?after=2026-01-01T00:00:00.000000Z~99999999999999999999999',
    `/changes?text=${'%25'.repeat(900)}`,
    '/changes?text=%ED%A0%80&key=%ff',
    `/changes?${'key=a&'.repeat(300)}`,
    '/runs?command=__proto__&status=constructor&before=x',
    '/runs?before=2026-02-30T00:00:00.000000Z~abc',
    '/?done=%3Cscript%3Ealert(1)%3C/script%3E',
  ])('%s is answered without harm', async (path) => {
    const { status, text } = await page.send(path);
    expect(status).toBe(200);
    expect(text).not.toContain('<script>alert');
    expect((await page.send('/changes')).status).toBe(200);
  });

  it('no header can be smuggled in', async () => {
    for (const path of [
      '/runs?command=a%0d%0aX-Injected:%20yes',
      '/%0d%0aX-Injected:%20yes',
      '/exports/a%0d%0aSet-Cookie:%20a=b',
      '/?done=run%0d%0aX-Injected:%20yes',
    ]) {
      const { headers } = await page.send(path);
      expect(headers).not.toHaveProperty('x-injected');
      expect(headers).not.toHaveProperty('set-cookie');
    }
    const headers = { ...OWN_FORM, origin: page.web.url };
    const token = await page.formToken('run', 'nightly');
    const answer = await page.send('/actions/run', {
      method: 'POST',
      headers,
      body: `subject=nightly%0d%0aX-Injected:yes&token=${token}`,
    });
    expect([answer.status, answer.headers['x-injected']]).toEqual([403, undefined]);
  });

  it('only known methods, and only where they belong', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])
      expect([method, (await page.send('/', { method })).status]).toEqual([method, 405]);
    const headers = { ...OWN_FORM, origin: page.web.url };
    const posted = await page.send('/runs', { method: 'POST', body: '', headers });
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD']);
    const got = await page.send('/actions/run');
    expect([got.status, got.headers['allow']]).toEqual([405, 'POST']);
  });

  it('a whole address, a missing host and a head without end are refused', async () => {
    const port = portOf(page);
    expect(await raw(port, 'GET http://evil.example/config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await raw(port, 'GET //evil.example/config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await raw(port, 'GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).not.toMatch(
      /200/,
    );
    expect(await raw(port, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(await raw(port, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n')).not.toMatch(
      /evil/,
    );
    expect((await sendTo(port, `/${'x'.repeat(5000)}`)).status).toBe(414);
  });
});

/** Sends bytes and gives what comes back until the other side is done. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(3000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      // Keep-alive would keep us waiting.
      if (answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
