import { expect, test } from 'vitest';
import { type Json, open } from './api.ts';

/** Tokens that a reader could understand, and does not need to; lists without pages. */
const novelties = { opaquePages: false, alwaysPaged: false };
const sizes = { workbooks: 130, members: 70, teams: 60, workspaces: 55, grants: 300 };

test('a page has 50 entries unless asked otherwise, 1,000 at most', async () => {
  const { get } = await open({ organization: sizes, novelties });
  const { body } = await get('/v2.1/teams');
  expect(body['entries']).toHaveLength(50);
  expect([body['nextPage'], body['total'], body['hasMore']]).toEqual(['50', 60, true]);
  const last = (await get('/v2.1/teams?page=50')).body;
  expect([(last['entries'] as Json[]).length, last['nextPage'], last['hasMore']]).toEqual([10, null, false]);
  expect((await get('/v2.1/teams?limit=1000')).body['entries']).toHaveLength(60);
  for (const limit of ['1001', '0', '-1', '1.5', 'many', ''])
    expect((await get(`/v2.1/teams?limit=${limit}`)).status, limit).toBe(400);
  expect((await get('/v2.1/teams?page=next')).status).toBe(400);
});

test('three listings are bare arrays where neither page nor limit is sent', async () => {
  const { get } = await open({ organization: sizes, novelties });
  for (const [path, count] of [
    ['/v2/members?includeArchived=true&includeInactive=true', 70],
    ['/v2/teams', 60],
    ['/v2/workspaces', 55],
  ] as const) {
    const all = JSON.parse((await get(path)).text) as unknown;
    expect(all).toHaveLength(count);
    const { body } = await get(`${path}${path.includes('?') ? '&' : '?'}limit=50`);
    expect(body).toMatchObject({ nextPage: '50' });
    expect(body).not.toHaveProperty('total');
  }
});

test('an escaped token must be decoded once before it is encoded', async () => {
  const { get } = await open({ organization: sizes, novelties });
  const token = String((await get('/v2/files?limit=10')).body['nextPage']);
  expect(token).toContain('%');
  const next = (page: string): Promise<{ status: number }> => get(`/v2/files?limit=10&page=${page}`);
  expect((await next(encodeURIComponent(decodeURIComponent(token)))).status).toBe(200);
  expect((await next(encodeURIComponent(token))).status).toBe(400);
  // A plus sign that is not encoded is read as a space.
  expect((await next(decodeURIComponent(token))).status).toBe(400);
});

test('an opaque token leads on as well', async () => {
  const { all, get, simulator } = await open({ organization: { ...sizes, elementsPerPage: 9 } });
  const id = simulator.organization.truth('workbook_pages')[0]?.['workbookId'];
  const path = `/v2/workbooks/${id}/elements`;
  expect((await get(`${path}?limit=4`)).body['nextPage']).toMatch(/^[\w-]{8,}$/);
  expect(await all(path, 4)).toEqual((await get(path)).body['entries']);
});

test('a listing by pageToken names the next page only where there is one', async () => {
  const { get, allByToken } = await open({ organization: sizes, novelties });
  const { body } = await get('/v2/accountTypes?pageSize=3');
  expect(body['entries']).toHaveLength(3);
  expect(Object.keys(body)).toEqual(['entries', 'nextPageToken']);
  expect(Object.keys((await get('/v2/accountTypes')).body)).toEqual(['entries']);
  // A client that looks for nextPage, or sends it, reads the first page only.
  expect((await get('/v2/accountTypes?pageSize=3&page=3')).body).toEqual(body);
  expect(await allByToken('/v2/accountTypes', 1)).toHaveLength(5);
});

test('a listing by pageToken gives empty pages and repeats its token as well', async () => {
  const client = await open({ organization: sizes, novelties });
  const path = '/v2/accountTypes';
  const expected = await client.allByToken(path, 2);
  const { nextPageToken } = (await client.get(`${path}?pageSize=2`)).body;
  client.simulator.faults.inject({ kinds: ['repeat-token'], times: 1 });
  const repeated = (await client.get(`${path}?pageSize=2&pageToken=${nextPageToken}`)).body;
  expect(repeated).toMatchObject({ nextPageToken, entries: expected.slice(2, 4) });
  client.simulator.faults.inject({ kinds: ['empty-page'] });
  const first = (await client.get(`${path}?pageSize=2`)).body;
  expect(first).toEqual({ entries: [], nextPageToken: expect.any(String) });
  expect(await client.allByToken(path, 2)).toEqual(expected);
  // A listing without pages is spared.
  const id = expected[0]?.['accountTypeId'];
  expect(await client.array(`/v2/accountTypes/${id}/permissions?page=1`)).not.toEqual([]);
});

test('a page larger than documented is refused, and so is a token of another listing', async () => {
  const { get, simulator } = await open({ organization: sizes, novelties });
  const [model] = simulator.organization.truth('data_model_sources');
  const sources = `/v2/dataModels/${model?.['dataModelId']}/sources`;
  for (const [path, status] of [
    ['/v2/accountTypes?pageSize=1000', 200],
    ['/v2/accountTypes?pageSize=1001', 400],
    ['/v2/tenants?pageSize=1001', 400],
    [`${sources}?pageSize=500`, 200],
    [`${sources}?pageSize=501`, 400],
    [`${sources}?pageToken=50`, 400],
    ['/v2/dataModels?limit=1001', 400],
  ] as const)
    expect((await get(path)).status, path).toBe(status);
});

test('the older schedules come all at once where no page is asked for', async () => {
  const { get, array, simulator } = await open({ organization: sizes, novelties });
  const { organization } = simulator;
  const id = organization.changeSchedules();
  for (let i = 0; i < 30; i++) organization.changeSchedules(id);
  organization.changeMaterializationSchedules(id);
  const count = organization.truth('workbook_schedules').filter((s) => s['workbookId'] === id).length;
  expect(count).toBeGreaterThan(1);
  expect(await array(`/v2/workbooks/${id}/schedules`)).toHaveLength(count);
  const page = (await get(`/v2/workbooks/${id}/schedules?limit=1`)).body;
  expect([(page['entries'] as Json[]).length, page['nextPage']]).toEqual([1, '1']);
  expect(Object.keys((await get(`/v2/workbooks/${id}/materialization-schedules`)).body)).toEqual(['entries']);
});

test('a change between two pages shifts the rest', async () => {
  const { get, simulator } = await open({ organization: sizes, novelties });
  const ids = async (page: string): Promise<unknown[]> =>
    ((await get(`/v2.1/teams?limit=10${page}`)).body['entries'] as Json[]).map((team) => team['teamId']);
  const first = await ids('');
  simulator.organization.addTeam('New', { front: true });
  expect((await ids('&page=10'))[0]).toBe(first[9]);
});

test('every answer has a request id of its own', async () => {
  const { get } = await open();
  const seen = new Set<string | null>();
  for (let i = 0; i < 5; i++) seen.add((await get('/v2/whoami')).headers.get('x-request-id'));
  expect(seen.size).toBe(5);
  expect(seen).not.toContain(null);
});
