/** The additions of 2026, each beside the answer for an organization without it. */
import { expect, test } from 'vitest';
import { API_2025 } from '../../../simulator/http/novelties.ts';
import { type Json, open, statusesOf } from './api.ts';

const organization = { workbooks: 130, members: 70, teams: 60, grants: 300, connections: 6 };

const idOf = (entry: Json): unknown => entry['id'] ?? entry['teamId'];

test('a number is the number of a page, from 1, and no token looks like one', async () => {
  const { get, all } = await open({ organization });
  for (const [path, page, limit] of [
    ['/v2.1/teams?', 'page', 'limit'],
    ['/v2/files?', 'page', 'limit'],
    ['/v2/accountTypes?', 'pageToken', 'pageSize'],
  ] as const) {
    const everything = ((await get(`${path}${limit}=1000`)).body['entries'] as Json[]).map(idOf);
    const counted: unknown[] = [];
    for (let number = 1; ; number++) {
      const { status, body } = await get(`${path}${limit}=4&${page}=${number}`);
      expect(status).toBe(200);
      const entries = body['entries'] as Json[];
      const next = body['nextPage'] ?? body['nextPageToken'];
      if (entries.length > 0 && typeof next === 'string') expect(next).not.toMatch(/^\d+$/);
      if (entries.length === 0) break;
      counted.push(...entries.map(idOf));
    }
    expect(counted).toEqual(everything);
  }
  expect(await all('/v2.1/teams', 7)).toHaveLength(60);
  expect((await get('/v2.1/teams?page=next')).status).toBe(400);
});

test('no list comes without pages', async () => {
  const { get, simulator } = await open({ organization });
  const [schedule] = simulator.organization.truth('workbook_schedules');
  for (const path of ['members', 'teams', 'workspaces', `workbooks/${schedule?.['workbookId']}/schedules`]) {
    const { body } = await get(`/v2/${path}`);
    expect(body, path).toHaveProperty('entries');
    expect(body, path).toHaveProperty('nextPage');
  }
});

test('a token that was encoded once too often is understood', async () => {
  const { get } = await open({ organization });
  const token = String((await get('/v2/files?limit=10')).body['nextPage']);
  expect(token).toContain('%');
  const next = (page: string): Promise<unknown> =>
    get(`/v2/files?limit=10&page=${page}`).then(({ body }) => body['entries']);
  const second = await next(token);
  expect(second).toHaveLength(10);
  expect(await next(encodeURIComponent(token))).toEqual(second);
});

test('an organization of 2025 takes offsets, and sources with parameters', async () => {
  const older = await open({ organization, novelties: API_2025 });
  const newer = await open({ organization });
  expect((await older.get('/v2.1/teams?limit=10')).body['nextPage']).toBe('10');
  expect((await older.get('/v2.1/teams?limit=10&page=50')).body['entries']).toHaveLength(10);
  const [source] = newer.simulator.organization.truth('workbook_sources');
  const path = `/v2/workbooks/${source?.['workbookId']}/sources`;
  const paths = [path, `${path}?limit=10`, `${path}?page=1`];
  expect(await statusesOf(newer, paths)).toEqual([200, 400, 400]);
  expect(await statusesOf(older, paths)).toEqual([200, 200, 200]);
});

test('a grant names its object by the short id, and is found by the long one', async () => {
  const { all, get, simulator } = await open({ organization });
  const { organization: o } = simulator;
  const urlIds = new Map(
    [o.workbooks, o.reports, o.workspaces, o.folders, o.dataModels, o.datasets].flatMap(({ list }) =>
      [...list].map(({ id, urlId }: { id: string; urlId: string }): [string, string] => [id, urlId]),
    ),
  );
  for (const grant of o.truth('grants').slice(0, 40)) {
    const { inodeUrlId, ...sent } = grant;
    const short = { ...sent, inodeId: urlIds.get(String(grant['inodeId'])) };
    expect(inodeUrlId).toBe(short.inodeId);
    expect(short.inodeId).toMatch(/^[A-Za-z0-9]+$/);
    expect((await get(`/v2/grants/${grant['grantId']}`)).body).toEqual(short);
    expect(await all(`/v2/grants?directGrantsOnly=true&inodeId=${grant['inodeId']}`)).toContainEqual(short);
  }
});

test('files hold data models and datasets; tables come only where they are asked for', async () => {
  const { all, get, simulator } = await open({ organization });
  const { organization: o } = simulator;
  const plain = await all('/v2/files', 1000);
  const types = new Set(plain.map((file) => file['type']));
  expect(types).toEqual(new Set(['workspace', 'folder', 'workbook', 'report', 'data-model', 'dataset']));
  const models = await all('/v2/files?typeFilters=data-model');
  const shared = [...o.dataModels.list].filter((model) => !model.hidden).map(({ id }) => id);
  expect(models.map((file) => file['id'])).toEqual(shared);
  expect((await get(`/v2/files/${models[0]?.['id']}`)).body).toEqual(models[0]);
  // Other people's are no files, as with workbooks.
  const seen = [...o.datasets.list].filter((dataset) => !dataset.hidden).map(({ id }) => id);
  expect((await all('/v2/files?typeFilters=dataset')).map((file) => file['id'])).toEqual(seen);
  expect(seen.length).toBeLessThan(o.datasets.size);

  const tables = await all('/v2/files?typeFilters=table', 1000);
  const paths = o.truth('connection_paths').filter(({ path }) => Array.isArray(path) && path.length === 3);
  expect(paths.length).toBeGreaterThan(0);
  const names = paths.map(({ path }) => (Array.isArray(path) ? path.at(-1) : undefined));
  expect(tables.map((table) => table['name'])).toEqual(expect.arrayContaining(names));
  const named = new Set(tables.map((table) => table['id']));
  const sources = o.truth('workbook_sources').filter((source) => source['type'] === 'table');
  expect(sources.length).toBeGreaterThan(0);
  for (const source of sources) expect(named).toContain(source['inodeId']);
  for (const table of tables) expect(String(table['path'])).toMatch(/^[^/]+(\/[^/]+){2}$/);

  const older = await open({ organization, novelties: { dataFiles: false } });
  const before = new Set((await older.all('/v2/files', 1000)).map((file) => file['type']));
  expect(before).toEqual(new Set(['workspace', 'folder', 'workbook', 'report']));
  expect(await older.all('/v2/files?typeFilters=table')).toEqual([]);
  expect((await older.get(`/v2/files/${models[0]?.['id']}`)).status).toBe(404);
  expect(older.simulator.organization.truth('files')).toEqual(await older.all('/v2/files', 1000));
});

test('the filter by permission gives what allows at least as much', async () => {
  const { all } = await open({ organization });
  const plain = await all('/v2/files', 1000);
  const having = (...permissions: readonly unknown[]): Json[] =>
    plain.filter((file) => permissions.includes(file['permission']));
  expect(having('explore').length).toBeGreaterThan(0);
  expect(await all('/v2/files?permissionFilter=view', 1000)).toEqual(plain);
  expect(await all('/v2/files?permissionFilter=explore', 1000)).toEqual(plain);
  expect(await all('/v2/files?permissionFilter=organize', 1000)).toEqual(having('edit'));
  expect(await all('/v2/files?permissionFilter=edit', 1000)).toEqual(having('edit'));
});

test('teams of a member, and the files each may open', async () => {
  const { all, get, simulator } = await open({ organization });
  const { organization: o } = simulator;
  const memberships = o.truth('team_members');
  for (const { memberId } of o.truth('members').slice(0, 20)) {
    const own = memberships.filter(({ userId }) => userId === memberId).map(({ teamId }) => teamId);
    const teams = await all(`/v2/members/${memberId}/teams`);
    expect(new Set(teams.map(({ teamId }) => teamId))).toEqual(new Set(own));
  }
  expect((await get('/v2/members/nobody/teams')).status).toBe(404);
  expect((await get('/v2/members/nobody/files')).status).toBe(404);

  const memberId = o.addMember();
  expect(await all(`/v2/members/${memberId}/files`)).toEqual([]);
  const workspaceId = o.addWorkspace();
  const folderId = o.addFolder(workspaceId);
  o.grant({ inodeId: workspaceId, memberId, permission: 'view' });
  const teamId = o.addTeam();
  o.addTeamMember(teamId, memberId);
  o.grant({ inodeId: folderId, teamId, permission: 'organize' });
  const files = async (query = ''): Promise<unknown[]> =>
    (await all(`/v2/members/${memberId}/files${query}`)).map(({ id, permission }) => [id, permission]);
  expect(await files()).toEqual([
    [workspaceId, 'view'],
    [folderId, 'organize'],
  ]);
  expect(await files('?permissionFilter=explore')).toEqual([[folderId, 'organize']]);
  expect(await files('?typeFilters=workspace')).toEqual([[workspaceId, 'view']]);
});

test('the query of an element is that of the listing', async () => {
  const { get, simulator } = await open({ organization });
  const [query] = simulator.organization.truth('workbook_queries');
  const { workbookId, ...entry } = query ?? {};
  const path = `/v2/workbooks/${workbookId}/elements`;
  expect((await get(`${path}/${entry['elementId']}/query`)).body).toEqual(entry);
  expect((await get(`${path}/nothing/query`)).status).toBe(404);
});

test('what the API does not know it answers without a word, and nothing without a token', async () => {
  const { get, simulator } = await open({ organization });
  const known = await get('/v2/no/such/endpoint');
  expect([known.status, known.text]).toEqual([404, '']);
  const unknown = await fetch(`${simulator.url}/v2/no/such/endpoint`);
  expect(unknown.status).toBe(401);
});
