/** Every page with a new, a healthy, a failing and a long database; without one; and with one that is too slow. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../src/core/errors.ts';
import { databaseKind } from '../support/database.ts';
import { openWeb, type TestWeb } from '../support/web.ts';
import { webApp } from '../support/web-data.ts';
import { KINDS, type Kind, type Prepared, prepare, STREAMS } from '../support/web-four.ts';

const PATHS = [
  '/',
  '/runs',
  '/streams',
  '/streams/workbooks',
  '/streams/grants',
  '/exports',
  '/changes',
  '/alerts',
  '/config',
  '/live',
];

interface Case {
  readonly prepared: Prepared;
  readonly page: TestWeb;
}

const cases = new Map<Kind, Case>();
beforeAll(async () => {
  for (const kind of KINDS) {
    const prepared = await prepare(kind);
    cases.set(kind, { prepared, page: await openWeb(prepared.app, prepared.database) });
  }
});
afterAll(async () => {
  for (const { page, prepared } of cases.values()) {
    await page[Symbol.asyncDispose]();
    await prepared[Symbol.asyncDispose]();
  }
});

function of(kind: Kind): Case {
  const found = cases.get(kind);
  if (found === undefined) throw new Error(`no database ${kind}`);
  return found;
}

/** Text as a person sees it. */
const seen = (html: string): string =>
  html
    .replace(/<(head|script)[\s\S]*?<\/\1>/g, ' ')
    .replaceAll('<wbr>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

async function textOf(kind: Kind, path: string): Promise<string> {
  const { status, text } = await of(kind).page.send(path);
  expect([path, status]).toEqual([path, 200]);
  return seen(text);
}

describe.each(KINDS)('%s database', (kind) => {
  it.each(PATHS)('%s answers as a whole page', async (path) => {
    const { status, headers, text } = await of(kind).page.send(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=UTF-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).not.toMatch(/undefined|\[object|NaN|Invalid Date/);
    if (path !== '/live') expect(text.trimEnd().endsWith('</html>')).toBe(true);
    const head = await of(kind).page.send(path, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('shows its run and its export', async () => {
    const { runId } = of(kind).prepared;
    for (const path of [
      ...(runId === undefined ? [] : [`/runs/${runId}`]),
      ...(kind === 'new' || kind === 'long' ? [] : ['/exports/audit_events']),
    ])
      expect(await textOf(kind, path)).not.toMatch(/undefined|\[object|NaN/);
    const none = await of(kind).page.send('/exports/none');
    // Without tables nobody knows whether there was one.
    expect(none.status).toBe(kind === 'new' ? 200 : 404);
  });

  it('says whether it is ready', async () => {
    const { status, text } = await of(kind).page.send('/readyz');
    expect(status).toBe(kind === 'new' ? 503 : 200);
    const reasons = kind === 'new' ? [expect.stringContaining('No sync has run yet')] : [];
    expect(JSON.parse(text)).toEqual({ status: kind === 'new' ? 'not ready' : 'ready', reasons });
    expect((await of(kind).page.send('/healthz')).status).toBe(200);
  });
});

it('a new database says what to do', async () => {
  expect(await textOf('new', '/')).toMatch(/Nothing has run yet.*sigma-sync sync/);
  expect(await textOf('new', '/')).toContain('Run now');
  expect(await textOf('new', '/config')).toContain('nightly');
});

it('the overview speaks of exports only if the settings have some, whatever is stored', async () => {
  expect(await textOf('healthy', '/')).toMatch(/Fresh \d+ of \d+ streams and exports /);
  const app = webApp({ yaml: `sync: { streams: [${STREAMS.join(', ')}] }` });
  await using page = await openWeb(app, of('healthy').prepared.database);
  expect(seen((await page.send('/')).text)).toMatch(/Fresh \d+ of \d+ streams (?!and)/);
});

it('a healthy one says that all is fresh, with true figures', async () => {
  const { prepared } = of('healthy');
  const text = await textOf('healthy', '/');
  expect(text).toContain('Everything is fresh');
  expect(text).not.toContain('Needs attention');
  const { database, schemas } = prepared.test;
  const [members] = await database.session((session) =>
    session.query<{ n: number }>(
      `select count(*)::integer as n from "${schemas.target}".members where _deleted_at is null`,
    ),
  );
  expect(await textOf('healthy', '/streams')).toMatch(new RegExp(`members fresh [^%]*? 36 h ${members?.n} `));
  const run = await textOf('healthy', `/runs/${prepared.runId}`);
  const [row] = await database.session((session) =>
    session.query<{ requests: number }>(`select requests from "${schemas.state}".runs where run_id = $1`, [
      prepared.runId,
    ]),
  );
  expect(run).toContain(`Requests ${row?.requests}`);
  expect(run).toContain('Timeline');
  const [rows] = await database.session((session) =>
    session.query<{ n: number; windows: number }>(
      `select count(*)::integer as n, (select count(*)::integer from "${schemas.state}".export_windows) as windows from sigma_data.audit_events`,
    ),
  );
  const exported = await textOf('healthy', '/exports/audit_events');
  expect(exported).toContain(`Rows ${rows?.n?.toLocaleString('en-US')}`);
  expect(exported).toContain(`${rows?.windows} windows`);
  expect(exported).toContain('event_id');
});

it('a failing one says what failed, why, and under which request id', async () => {
  const { prepared } = of('failing');
  const text = await textOf('failing', '/');
  expect(text).toMatch(/streams? failed/);
  expect(text).toMatch(/Needs attention.*team_members failed/);
  expect(text).toContain('GET /v2/teams answered 403.');
  const [partition] = await prepared.test.database.session((session) =>
    session.query<{ stream: string; partition: string; request_id: string }>(
      `select stream, partition, request_id from "${prepared.test.schemas.state}".partitions
        where status = 'failed' and request_id is not null order by partition limit 1`,
    ),
  );
  expect(partition?.request_id).toMatch(/.+/);
  const stream = await textOf('failing', `/streams/${partition?.stream}`);
  expect(stream).toContain(partition?.partition);
  expect(stream).toContain(partition?.request_id);
  const run = await textOf('failing', `/runs/${prepared.runId}`);
  expect(run).toContain('partition.failed');
  expect(run).toContain(partition?.request_id);
  const alerts = await textOf('failing', '/alerts');
  expect(alerts).toMatch(/Open .*failure.*not notified after 2 attempts.*Resolved.*drift/);
});

it('a long one is paged, filtered and quick', async () => {
  const { page } = of('long');
  let path: string | undefined = '/runs';
  const ids = new Set<string>();
  let pages = 0;
  while (path !== undefined) {
    const { text } = await page.send(path);
    for (const [, id = ''] of text.matchAll(/href="\/runs\/(run-\d+)"/g)) ids.add(id);
    path = /<a rel="next" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    pages++;
  }
  expect([ids.size, pages]).toEqual([1000, 20]);
  const failed = await textOf('long', '/runs?status=failed');
  expect(failed).toContain('answered 503 after 7 attempts (request req-');
  expect(failed).not.toMatch(/[●] ?complete \d{4}/);
  expect(await textOf('long', '/runs?status=interrupted')).toContain('No runs match.');
  // Twice the time that is asked for, as a busy machine and an embedded database take it.
  await page.send('/');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const begun = performance.now();
  await page.send('/');
  expect(performance.now() - begun).toBeLessThan(1000);
});

it('settings are shown as a file would have them, without secrets', async () => {
  const { text } = await of('healthy').page.send('/config');
  const { config } = of('healthy').prepared.app;
  for (const secret of [config.sigma.clientSecret, 'hook-secret', config.database.url].filter(
    (one) => one !== undefined,
  ))
    expect(text).not.toContain(secret);
  expect(text).toContain('client_secret: [redacted]');
  expect(text).toContain('max_attempts: 2');
  expect(text).toContain('hours: 36');
});

it('without a database every page says so, and why', async () => {
  const app = webApp({ env: { DATABASE_URL: 'postgres://someone:very-secret-word@127.0.0.1:1/db' } });
  await using page = await openWeb(app, async () => {
    throw new DatabaseError(
      'The database postgres://someone:very-secret-word@127.0.0.1:1/db refused the connection.',
      {
        advice: 'Check that it runs.',
      },
    );
  });
  for (const path of [...PATHS, '/runs/abc', '/exports/none']) {
    const { status, text } = await page.send(path);
    expect(text).not.toContain('very-secret-word');
    if (path === '/config') {
      expect(status).toBe(200);
      continue;
    }
    expect([path, status]).toEqual([path, 503]);
    expect(seen(text)).toMatch(/The database cannot be reached.*refused the connection/);
  }
  const ready = await page.send('/readyz');
  expect(ready.status).toBe(503);
  expect(ready.text).toMatch(/refused the connection/);
  expect(ready.text).not.toContain('very-secret-word');
  expect((await page.send('/healthz')).text).toBe('{"status":"ok"}');
});

it('a database that does not answer is not waited for', async () => {
  await using page = await openWeb(webApp(), () => new Promise(() => undefined), { patienceMs: 200 });
  const { status, text } = await page.send('/runs');
  expect(status).toBe(503);
  expect(seen(text)).toContain('did not answer within 0.2 s');
});

it('a fault of ours is a 500 with one sentence and no stack', async () => {
  await using page = await openWeb(
    webApp({ env: { SIGMA_CLIENT_SECRET: 'client-secret-word' } }),
    async () => {
      throw new TypeError('cannot read client-secret-word');
    },
  );
  const { status, text } = await page.send('/runs');
  expect(status).toBe(500);
  expect(seen(text)).toContain('Something went wrong');
  expect(text).toContain('[redacted]');
  expect(text).not.toMatch(/client-secret-word|\.ts:\d+|at async/);
});

it('metrics come from the process, where it has any', async () => {
  const { prepared, page } = of('healthy');
  expect((await page.send('/metrics')).status).toBe(404);
  const metrics = async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' });
  await using other = await openWeb(prepared.app, prepared.database, { metrics });
  const { status, headers, text } = await other.send('/metrics');
  expect([status, headers['content-type'], text]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'up 1\n',
  ]);
});

it('every answer is an event with a bounded path', async () => {
  const { prepared, page } = of('healthy');
  const served: { method: string; path: string; status: number }[] = [];
  const stop = prepared.app.events.on('page.served', ({ method, path, status }) =>
    served.push({ method, path, status }),
  );
  await page.send('/streams/workbooks');
  await page.send('/streams/%3Cscript%3E');
  await page.send('/nowhere/at-all');
  stop();
  expect(served).toEqual([
    { method: 'GET', path: '/streams/:name', status: 200 },
    { method: 'GET', path: '/streams/:name', status: 404 },
    { method: 'GET', path: '(none)', status: 404 },
  ]);
});

it('refused settings and the role are told on every page', async () => {
  const { prepared } = of('healthy');
  await using page = await openWeb(prepared.app, prepared.database, {
    role: 'standby',
    refusedConfig: 'sync.streams names wrokbooks <b>',
  });
  const { text } = await page.send('/streams');
  expect(text).toContain('wrokbooks &lt;b&gt;');
  expect(seen(text)).toMatch(/new settings were refused.*is on standby/);
});

it.runIf(databaseKind() === 'postgres')('a stopping process is neither alive nor ready', async () => {
  const { prepared } = of('healthy');
  await using page = await openWeb(prepared.app, prepared.database);
  page.web.stopping();
  expect([(await page.send('/healthz')).status, (await page.send('/readyz')).status]).toEqual([503, 503]);
});

it('what keeps all streams is told once, and young rows are no sign that all is well', async () => {
  const { prepared } = of('healthy');
  const { database, schemas } = prepared.test;
  await database.session(async (session) => {
    for (const [id, minutes] of [
      ['00000000-0000-4000-8000-000000000001', 20],
      ['00000000-0000-4000-8000-000000000002', 5],
    ] as const)
      await session.query(
        `insert into "${schemas.state}".runs (run_id, command, status, resumable, "full", cycle_id, cycle_started_at,
           started_at, finished_at, requests, retries, rate_limited, error, trigger)
         select $1::uuid, 'sync', 'failed', true, false, $1::uuid, t.at, t.at, t.at, 1, 0, 0,
           'Sigma refused the client credentials.', 'schedule'
           from (select max(started_at) + interval '1 hour' - make_interval(mins => $2::integer) as at
                   from "${schemas.state}".runs where command = 'sync' and status = 'complete') t`,
        [id, minutes],
      );
  });
  await using page = await openWeb(prepared.app, prepared.database);
  const text = seen((await page.send('/')).text);
  expect(text).not.toContain('Everything is fresh');
  expect(text).toMatch(
    /Sigma refused the client credentials since (?:[-\d]+ )?[:\d]+ UTC; \d+ streams wait; next try /,
  );
  // The headline, the same as it is read out, and the cause below it; streams and alerts do not tell it again.
  expect(text.split('Sigma refused the client credentials')).toHaveLength(4);
  expect(text.split('Sigma refused the client credentials.')).toHaveLength(2);
  for (const path of ['/streams', '/streams/members'])
    expect(seen((await page.send(path)).text)).toMatch(/One cause holds up all streams\..*Sigma refused/);
  expect(text).toMatch(/as of [-\d]+ [:\d]+ UTC, not now/);
});

it('a first load that is not done is no sign that all is well', async () => {
  const { prepared } = of('healthy');
  const { database, schemas } = prepared.test;
  await database.session(async (session) => {
    await session.query(`delete from "${schemas.state}".runs where status = 'failed'`);
    await session.query(`delete from "${schemas.state}".streams where stream = 'grants'`);
    // As before the first count.
    await session.query(`delete from "${schemas.state}".table_sizes`);
    await session.query('update pg_class set reltuples = -1 where relnamespace = $1::regnamespace', [
      schemas.target,
    ]);
  });
  await using page = await openWeb(prepared.app, prepared.database);
  const text = seen((await page.send('/')).text);
  expect(text).not.toContain('Everything is fresh');
  expect(text).toMatch(/First load: (\d+) of \d+ streams/);
  expect(text).toMatch(/Stored – rows not counted yet, \d+ tables/);
  expect(text).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d UTC in /);
});
