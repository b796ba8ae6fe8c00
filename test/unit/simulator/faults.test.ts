import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FAULT_KINDS, Faults } from '../../../simulator/http/faults.ts';
import { type Client, type Json, open, sorted, start, tokenRequest } from './api.ts';

const organization = { workbooks: 130, members: 70, teams: 60, workspaces: 60, grants: 600 };
const TEAMS = '/v2.1/teams?limit=10';

/** Answers to `n` requests under a rule of one kind that always fires. */
async function repeated(client: Client, kind: string, n: number): ReturnType<typeof replies> {
  client.simulator.faults.inject({ kinds: [kind as 'reset'], maxInARow: n, retryAfterS: 2, slowMs: 80 });
  return replies(client, n);
}

async function replies(client: Client, n: number): Promise<Awaited<ReturnType<Client['get']>>[]> {
  const all = [];
  for (let i = 0; i < n; i++) all.push(await client.get(TEAMS));
  return all;
}

test('429 in its three forms', async () => {
  const plain = await repeated(await open(), '429', 1);
  expect(plain[0]?.status).toBe(429);
  expect(plain[0]?.headers.has('retry-after')).toBe(false);
  expect(plain[0]?.body).toMatchObject({ code: 'too_many_requests', requestId: expect.any(String) });

  const after = (await repeated(await open(), '429-retry-after', 12)).map((r) =>
    r.headers.get('retry-after'),
  );
  const dates = after.filter((value) => value !== '2').map((value) => Date.parse(value ?? '') - Date.now());
  expect(dates.length).toBeGreaterThan(0);
  expect(dates.length).toBeLessThan(12);
  for (const ms of dates) expect(Math.abs(ms - 2000)).toBeLessThan(1500);

  const [html] = await repeated(await open(), '429-html', 1);
  expect([html?.status, html?.headers.get('content-type')]).toEqual([429, 'text/html; charset=UTF-8']);
  expect(html?.text).toContain('1015');
});

test.each(['500', '502', '503', '504'])('%s with a JSON body, an HTML body and none', async (kind) => {
  const all = await repeated(await open(), kind, 20);
  expect(new Set(all.map((r) => r.status))).toEqual(new Set([Number(kind)]));
  const types = all.map((r) => (r.text === '' ? 'empty' : r.headers.get('content-type')?.split(';')[0]));
  expect(new Set(types)).toEqual(new Set(['application/json', 'text/html', 'empty']));
});

test('html-200 and truncated are 200s whose bodies are not JSON', async () => {
  for (const kind of ['html-200', 'truncated']) {
    const [reply] = await repeated(await open({ compression: { encodings: [] } }), kind, 1);
    expect(reply?.status).toBe(200);
    expect(Number(reply?.headers.get('content-length'))).toBe(Buffer.byteLength(reply?.text ?? ''));
    expect(() => JSON.parse(reply?.text ?? '')).toThrow();
  }
});

test('reset breaks the connection before the answer, cut in the middle of it', async () => {
  const reset = await open();
  reset.simulator.faults.inject({ kinds: ['reset'], times: 1 });
  await expect(reset.get(TEAMS)).rejects.toThrow('fetch failed');
  expect((await reset.get(TEAMS)).status).toBe(200);

  const cut = await open();
  cut.simulator.faults.inject({ kinds: ['cut'], times: 1 });
  const headers = { authorization: `Bearer ${cut.token}` };
  const response = await fetch(cut.simulator.url + TEAMS, { headers });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect((await cut.get(TEAMS)).status).toBe(200);
});

test('slow answers late', async () => {
  const client = await open();
  const begin = performance.now();
  const [reply] = await repeated(client, 'slow', 1);
  expect(reply?.status).toBe(200);
  expect(performance.now() - begin).toBeGreaterThan(75);
});

test('expired-token spares a token that is young or hardly used', async () => {
  const client = await open();
  client.simulator.faults.inject({ kinds: ['expired-token'] });
  const unused = await open();
  unused.simulator.faults.inject({ kinds: ['expired-token'] });
  const young = await Promise.all(Array.from({ length: 25 }, () => client.get(TEAMS)));
  expect(young.map((r) => r.status)).toEqual(Array(25).fill(200));
  await sleep(1010);
  // Revoked, not refused once.
  expect((await replies(client, 3)).map((r) => r.status)).toEqual([401, 401, 401]);
  expect((await replies(unused, 21)).map((r) => r.status)).toEqual([...Array(20).fill(200), 401]);
  const again = await tokenRequest(client.simulator);
  const headers = { authorization: `Bearer ${again.body['access_token']}` };
  for (let i = 0; i < 20; i++)
    expect((await fetch(client.simulator.url + TEAMS, { headers })).status).toBe(200);
  expect(client.simulator.counters.faults.get('expired-token')).toBe(1);
});

test('shift moves the rest of every kind of listing and leaves the truth whole', async () => {
  const client = await open({ organization });
  const { organization: o, faults, counters } = client.simulator;
  const team = o.truth('teams')[0]?.['teamId'];
  const most = (filter: string, key: string): string => {
    const ids = o.truth('grants').map((g) => g[key]);
    const often = ids.toSorted((a, b) => count(ids, b) - count(ids, a)).find((id) => id !== null);
    return `/v2/grants?${filter}=${often}`;
  };
  const listings = [
    '/v2.1/members?includeArchived=true&includeInactive=true',
    '/v2/teams?',
    `/v2/teams/${team}/members?`,
    '/v2.1/workspaces?',
    '/v2/files?',
    '/v2/workbooks?skipPermissionCheck=true&excludeExplorations=true',
    '/v2/workbooks?isArchived=true',
    most('inodeId', 'inodeId'),
    most('teamId', 'teamId'),
    most('userId', 'memberId'),
    '/v2/user-attributes?',
    '/v2/templates?',
    '/v2/tags?',
    '/v2/connections?includeArchived=true',
    '/v2/connections/paths?',
    '/v2/dataModels?',
    '/v2/datasets?skipPermissionCheck=true',
  ];
  faults.inject({ kinds: ['shift'] });
  let before = 0;
  for (const path of listings) {
    await client.all(path, 2);
    const shifts = counters.faults.get('shift') ?? 0;
    expect(shifts, path).toBeGreaterThan(before);
    before = shifts;
  }
  expect(counters.statuses.get(501)).toBeUndefined();
  faults.clear();
  expect(sorted(await client.all('/v2.1/teams'))).toEqual(sorted(o.truth('teams')));
  expect(sorted(await client.all('/v2/files'))).toEqual(sorted(o.truth('files')));
});

function count(ids: readonly unknown[], id: unknown): number {
  return ids.filter((one) => one === id).length;
}

test('a shift makes a naive reader repeat or skip entries', async () => {
  const client = await open({ organization });
  const original = (await client.all('/v2.1/teams')).map((t) => t['teamId']);
  client.simulator.faults.inject({ kinds: ['shift'], match: 'teams' });
  const read = (await client.all('/v2.1/teams', 10)).map((t) => t['teamId']);
  expect(read).not.toEqual(original);
  expect(read.length).not.toBe(new Set(read).size);
});

test('empty-page goes on to the same entries', async () => {
  const client = await open({ organization });
  const expected = {
    teams: await client.all('/v2.1/teams', 10),
    files: await client.all('/v2/files', 10),
  };
  client.simulator.faults.inject({ kinds: ['empty-page'] });
  const first = (await client.get(TEAMS)).body;
  expect([first['entries'], typeof first['nextPage']]).toEqual([[], 'string']);
  expect(await client.all('/v2.1/teams', 10)).toEqual(expected.teams);
  expect(await client.all('/v2/files', 10)).toEqual(expected.files);
  expect(client.simulator.counters.faults.get('empty-page')).toBeGreaterThan(10);
});

test('repeat-token gives the token just used', async () => {
  const client = await open({ organization });
  for (const path of [TEAMS, '/v2/files?limit=10']) {
    const { body } = await client.get(path);
    const page = encodeURIComponent(decodeURIComponent(String(body['nextPage'])));
    client.simulator.faults.inject({ kinds: ['repeat-token'], times: 1 });
    const next = (await client.get(`${path}&page=${page}`)).body;
    expect(next['nextPage']).toBe(body['nextPage']);
    expect(next['entries']).toHaveLength(10);
  }
});

test('permission loss hides files and workbooks until it is switched off', async () => {
  const client = await open({ organization });
  const WORKBOOKS = '/v2/workbooks?skipPermissionCheck=true';
  const before = { workbooks: await client.all(WORKBOOKS), files: await client.all('/v2/files') };
  client.simulator.faults.set({ permissionLoss: 0.4 });
  const left = await client.all(WORKBOOKS);
  expect(left.length / before.workbooks.length).toBeGreaterThan(0.4);
  expect(left.length / before.workbooks.length).toBeLessThan(0.8);
  expect((await client.all('/v2/files')).length).toBeLessThan(before.files.length * 0.8);
  const kept = new Set(left.map((w) => w['workbookId']));
  const lost = before.workbooks.filter((w) => !kept.has(w['workbookId'])).map((w) => w['workbookId']);
  for (const path of [`/v2/workbooks/${lost[0]}`, `/v2/workbooks/${lost[0]}/pages`, `/v2/files/${lost[0]}`])
    expect((await client.get(path)).status, path).toBe(403);
  for (const stream of ['dataModel', 'dataset']) {
    const all = client.simulator.organization.truth(stream === 'dataset' ? 'datasets' : 'data_models');
    const seen = new Set(
      (await client.all(`/v2/${stream}s?skipPermissionCheck=true`)).map((e) => e[`${stream}Id`]),
    );
    expect(seen.size).toBeLessThan(all.length);
    for (const { [`${stream}Id`]: id } of all)
      expect((await client.get(`/v2/${stream}s/${id}`)).status).toBe(seen.has(id) ? 200 : 403);
  }
  const recents = await Promise.all(
    client.simulator.organization.members.list
      .toArray()
      .map(({ id }) => client.all(`/v2/members/${id}/files/recents`)),
  );
  const ids = new Set(recents.flat().map((file) => file['id']));
  expect(ids).toContain(undefined);
  for (const id of lost) expect(ids).not.toContain(id);
  client.simulator.organization.renameWorkbook();
  expect(await client.all(WORKBOOKS)).toHaveLength(left.length);
  client.simulator.faults.set({ permissionLoss: 0 });
  expect(await client.all(WORKBOOKS)).toHaveLength(before.workbooks.length);
  expect((await client.get(`/v2/workbooks/${lost[0]}`)).status).toBe(200);
});

test('the other switches', async () => {
  const { simulator, get } = await open({ organization });
  const { faults } = simulator;
  faults.set({ forbid: ['^/v2/files'], missing: ['^/v2\\.1/'] });
  const statuses = async (): Promise<number[]> =>
    Promise.all(['/v2/files', TEAMS, '/v2/teams?limit=1'].map(async (path) => (await get(path)).status));
  expect(await statuses()).toEqual([403, 404, 200]);
  faults.set({ unauthorizedAlways: true });
  expect(await statuses()).toEqual([401, 401, 401]);
  faults.set({ down: true });
  await expect(get(TEAMS)).rejects.toThrow('fetch failed');
  faults.clear();
  expect(await statuses()).toEqual([200, 200, 200]);
});

test('the token endpoint fails too, unless the rule leaves it out', async () => {
  const simulator = await start();
  simulator.faults.inject({ kinds: ['503'], times: 1 });
  expect((await tokenRequest(simulator)).status).toBe(503);
  const spared = await start();
  spared.faults.inject({ kinds: ['503'], match: '^/v2/(?!auth)' });
  expect((await tokenRequest(spared)).status).toBe(200);
});

test('faults follow from the seed and the request, not from the order of arrival', () => {
  const hits = (paths: readonly string[], seed: number): string[] => {
    const faults = new Faults();
    faults.inject({ kinds: ['500', 'cut'], rate: 0.3, seed });
    return paths.flatMap((path) => {
      const fault = faults.due('GET', path, () => true);
      return fault === undefined ? [] : [`${path} ${fault.kind} ${fault.bits}`];
    });
  };
  const paths = Array.from({ length: 2000 }, (_, i) => `/v2/workbooks/${i % 500}`);
  const some = hits(paths, 1);
  expect(some.length / paths.length).toBeCloseTo(0.3, 1);
  expect(hits(paths.toReversed(), 1).sort()).toEqual(some.toSorted());
  expect(hits(paths, 2)).not.toEqual(some);
});

test('no more faults in a row on one request than allowed, and no more than times in all', () => {
  const faults = new Faults();
  faults.inject({ kinds: [...FAULT_KINDS], maxInARow: 2, times: 5 });
  const fires = Array.from({ length: 9 }, () => faults.due('GET', '/a', () => true) !== undefined);
  expect(fires).toEqual([true, true, false, true, true, false, true, false, false]);
});

test('a rule that is not valid is refused', () => {
  const faults = new Faults();
  expect(() => faults.inject({ kinds: [] })).toThrow();
  expect(() => faults.inject({ kinds: ['500'], rate: 1.5 })).toThrow();
  expect(() => faults.inject({ kinds: ['500'], match: '(' })).toThrow('regular expression');
  expect(() => faults.set({ permissionLoss: 2 })).toThrow();
});

test('counters see what went on', async () => {
  const { simulator, get } = await open({ organization });
  const { counters } = simulator;
  counters.reset();
  counters.logging = true;
  simulator.faults.inject({ kinds: ['slow'], slowMs: 30 });
  const ids = (simulator.organization.truth('workbooks') as Json[]).slice(0, 4).map((w) => w['workbookId']);
  await Promise.all(ids.map((id) => get(`/v2/workbooks/${id}?a=1`)));
  await get('/v2/nothing');
  expect(counters.requests).toBe(5);
  expect(counters.of('GET /v2/workbooks/{workbookId}')).toBe(4);
  expect(counters.of('GET (unknown)')).toBe(1);
  expect(counters.paths.get(`GET /v2/workbooks/${ids[0]}`)).toBe(1);
  expect(counters.maxInFlight).toBe(4);
  expect(counters.faults.get('slow')).toBe(5);
  await expect.poll(() => counters.log).toHaveLength(5);
  expect(counters.log).toContainEqual({ method: 'GET', path: `/v2/workbooks/${ids[1]}?a=1`, status: 200 });
  expect(counters.inFlight).toBe(0);
  counters.reset();
  expect([counters.requests, counters.log.length, counters.paths.size]).toEqual([0, 0, 0]);
});

test('endless answers go on until nobody listens', async () => {
  const { simulator, get } = await open({ organization });
  await get('/v2/teams');
  const { token } = (await (
    await fetch(`${simulator.url}/v2/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: simulator.clientId,
        client_secret: simulator.clientSecret,
      }),
    })
  ).json()) as { token?: string };
  simulator.faults.inject({ kinds: ['endless'] });
  const stop = new AbortController();
  const answer = await fetch(`${simulator.url}/v2/teams`, {
    headers: { authorization: `Bearer ${token ?? ''}` },
    signal: stop.signal,
  });
  let bytes = 0;
  await expect(async () => {
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length;
      if (bytes > 1_000_000) stop.abort();
    }
  }).rejects.toThrow('abort');
  expect(bytes).toBeGreaterThan(1_000_000);
});
