import { expect, test } from 'vitest';
import { open, sorted, statusesOf } from './api.ts';

const sizes = { workbooks: 200, members: 80, grants: 400 };

test('archived and inactive members are shown only when asked for', async () => {
  const { all, simulator } = await open({ organization: sizes });
  const truth = simulator.organization.truth('members');
  for (const [query, archived, inactive] of [
    ['', false, false],
    ['?includeArchived=true', true, false],
    ['?includeInactive=true', false, true],
    ['?includeArchived=true&includeInactive=true', true, true],
  ] as const) {
    const expected = truth.filter(
      (m) => (archived || m['isArchived'] === false) && (inactive || m['isInactive'] === false),
    );
    for (const version of ['v2', 'v2.1'])
      expect(sorted(await all(`/${version}/members${query}`)), query).toEqual(sorted(expected));
  }
  expect((await all('/v2.1/members?includeInactive=true')).length).toBeLessThan(80);
});

test('a deactivated member leaves the plain listing at once', async () => {
  const { all, get, simulator } = await open({ organization: sizes });
  const before = await all('/v2.1/members');
  const id = simulator.organization.deactivateMember(String(before[5]?.['memberId']));
  expect((await all('/v2.1/members')).map((m) => m['memberId'])).not.toContain(id);
  expect((await get(`/v2/members/${id}`)).body).toMatchObject({ memberId: id, isInactive: true });
});

test('the filters of workbooks', async () => {
  const { all, simulator } = await open({ organization: sizes });
  const { organization } = simulator;
  const truth = [...organization.workbooks.list];
  const count = (keep: (w: (typeof truth)[number]) => boolean): number => truth.filter(keep).length;
  const size = async (query: string): Promise<number> => (await all(`/v2/workbooks${query}`)).length;
  const seen = await size('');
  expect(seen).toBe(count((w) => !w.archived && !w.hidden && !w.exploration));
  expect(await size('?excludeExplorations=true')).toBe(seen);
  expect(await size('?skipPermissionCheck=true')).toBe(count((w) => !w.archived));
  expect(await size('?skipPermissionCheck=true&excludeExplorations=true')).toBe(
    count((w) => !w.archived && !w.exploration),
  );
  expect(await size('?excludeTags=true')).toBe(
    count((w) => !w.archived && !w.hidden && !w.exploration && w.taggedFrom === undefined),
  );
  expect(await size('?isArchived=true')).toBe(count((w) => w.archived && !w.hidden));
  expect(count((w) => w.hidden)).toBeGreaterThan(0);
  expect(count((w) => w.taggedFrom !== undefined)).toBeGreaterThan(0);
  await expect(size('?isArchived=yes')).rejects.toThrow('400');
});

test('the filters of teams, workspaces and files', async () => {
  const { all, simulator } = await open({ organization: sizes });
  const { organization } = simulator;
  const [team] = organization.truth('teams');
  const [workspace] = organization.truth('workspaces');
  expect(await all(`/v2.1/teams?name=${encodeURIComponent(String(team?.['name']))}`)).toEqual([team]);
  const isPublic = organization.truth('teams').filter((one) => one['visibility'] === 'public');
  expect(await all('/v2/teams?visibility=public')).toEqual(isPublic);
  expect(await all(`/v2.1/workspaces?name=${encodeURIComponent(String(workspace?.['name']))}`)).toEqual([
    workspace,
  ]);
  const files = organization.truth('files');
  expect(await all('/v2/files?typeFilters=folder&typeFilters=workspace')).toEqual(
    files.filter((file) => ['folder', 'workspace'].includes(String(file['type']))),
  );
  const parentId = String(workspace?.['workspaceId']);
  const direct = await all(`/v2/files?parentId=${parentId}&directChildFilter=true`);
  expect(direct).toEqual(files.filter((file) => file['parentId'] === parentId));
  expect((await all(`/v2/files?parentId=${parentId}`)).length).toBeGreaterThan(direct.length);
});

test('single objects are found by their id or answer 404', async () => {
  const client = await open({ organization: sizes });
  const { organization } = client.simulator;
  for (const [path, stream, key] of [
    ['/v2/members', 'members', 'memberId'],
    ['/v2/teams', 'teams', 'teamId'],
    ['/v2/workspaces', 'workspaces', 'workspaceId'],
    ['/v2/files', 'files', 'id'],
    ['/v2/workbooks', 'workbooks', 'workbookId'],
    ['/v2/grants', 'grants', 'grantId'],
    ['/v2/connections', 'connections', 'connectionId'],
    ['/v2/dataModels', 'data_models', 'dataModelId'],
    ['/v2/datasets', 'datasets', 'datasetId'],
    ['/v2/templates', 'templates', 'templateId'],
    ['/v2/user-attributes', 'user_attributes', 'userAttributeId'],
    ['/v2/tenants', 'tenants', 'tenantOrganizationId'],
  ] as const) {
    // Two fields are not in what the API sends.
    const { inodeUrlId, datasetUrlId, ...truth } = organization.truth(stream)[2] ?? {};
    const entry = inodeUrlId === undefined ? truth : { ...truth, inodeId: inodeUrlId };
    expect(entry[key]).toBeDefined();
    expect((await client.get(`${path}/${entry[key]}`)).body).toMatchObject(entry);
    expect((await client.get(`${path}/nobody`)).status).toBe(404);
  }
  const [team] = organization.truth('teams');
  const { body } = await client.get(`/v2/teams/${team?.['teamId']}`);
  expect(body['members']).toEqual(
    organization
      .truth('team_members')
      .filter((m) => m['teamId'] === team?.['teamId'])
      .map((m) => m['userId']),
  );
});

test('datasets of others are listed with skipPermissionCheck, archived connections when asked for', async () => {
  const { all, simulator } = await open({ organization: { ...sizes, connections: 5 } });
  const { organization } = simulator;
  const hidden = organization.datasets.list.toArray().filter((dataset) => dataset.hidden).length;
  expect(hidden).toBeGreaterThan(0);
  expect(await all('/v2/datasets')).toHaveLength(organization.datasets.size - hidden);
  expect(await all('/v2/datasets?skipPermissionCheck=true')).toHaveLength(organization.datasets.size);
  expect(await all('/v2/connections')).toHaveLength(4);
  expect(await all('/v2/connections?includeArchived=true')).toHaveLength(5);
});

test('what is newer than the specification can be absent, piece by piece', async () => {
  const older = await open({
    novelties: {
      ...{ elements: false, columns: false, dataModelElements: false },
      ...{ dataModelColumns: false, dataModelTags: false, documentLineage: false },
    },
  });
  const { organization } = older.simulator;
  const id = organization.truth('workbook_columns')[0]?.['workbookId'];
  const model = organization.truth('data_model_elements')[0]?.['dataModelId'];
  const report = organization.truth('report_elements')[0]?.['reportId'];
  const paths = [
    ...[`/v2/workbooks/${id}/elements`, `/v2/workbooks/${id}/columns`, `/v2/dataModels/${model}/elements`],
    ...[`/v2/dataModels/${model}/columns`, `/v2/dataModels/${model}/tags`],
    ...[`/v2/workbooks/${id}/lineage`, `/v2/dataModels/${model}/lineage`],
    `/v2/reports/${report}/lineage`,
  ];
  expect(await statusesOf(older, paths)).toEqual(paths.map(() => 404));
  expect(await statusesOf(await open(), paths)).toEqual(paths.map(() => 200));
  const unnamed = await open({ novelties: { elementId: false, columnTypes: false } });
  const [column] = await unnamed.all(`/v2/workbooks/${id}/columns`);
  expect(Object.keys(column ?? {}).sort()).toEqual(['columnId', 'formula', 'name']);
});

test('the endpoint of 2026 can be absent, and its entries name their page only where they are told to', async () => {
  const without = await open({ novelties: { elements: false } });
  const id = without.simulator.organization.truth('workbook_pages')[0]?.['workbookId'];
  expect((await without.get(`/v2/workbooks/${id}/elements`)).status).toBe(404);
  const unnamed = await open();
  const [element] = await unnamed.all(`/v2/workbooks/${id}/elements`);
  expect(element).toHaveProperty('elementId');
  expect(element).not.toHaveProperty('pageId');
  const named = await open({ novelties: { pageId: true } });
  expect((await named.all(`/v2/workbooks/${id}/elements`))[0]).toHaveProperty('pageId');
});

test('data models of others are listed with skipPermissionCheck, which an older API refuses', async () => {
  const client = await open({ organization: sizes });
  const { organization } = client.simulator;
  const hidden = organization.dataModels.list.toArray().filter((model) => model.hidden);
  expect(hidden.length).toBeGreaterThan(0);
  expect(hidden.every(({ ownerId }) => ownerId !== organization.ownerId)).toBe(true);
  const everyone = '/v2/dataModels?skipPermissionCheck=true';
  expect(await client.all(everyone)).toHaveLength(organization.dataModels.size);
  expect(await client.all('/v2/dataModels')).toHaveLength(organization.dataModels.size - hidden.length);
  const older = await open({ organization: sizes, novelties: { dataModelsPermissionCheck: false } });
  expect(await statusesOf(older, [everyone, '/v2/dataModels'])).toEqual([400, 200]);
});

test('reports are listed like workbooks, and files and grants know them', async () => {
  const client = await open({ organization: { ...sizes, workbooks: 300 } });
  const { organization } = client.simulator;
  const all = organization.reports.list.toArray();
  const count = async (query: string): Promise<number> => (await client.all(`/v2/reports${query}`)).length;
  const live = all.filter((one) => !one.archived);
  const tagged = live.filter((one) => one.taggedFrom !== undefined);
  expect(tagged.length).toBeGreaterThan(0);
  expect(await count('?skipPermissionCheck=true')).toBe(live.length);
  expect(await count('?skipPermissionCheck=true&excludeTags=true')).toBe(live.length - tagged.length);
  expect(await count('?skipPermissionCheck=true&isArchived=true')).toBe(all.length - live.length);
  expect(await count('')).toBe(live.filter((one) => !one.hidden).length);
  const files = await client.all('/v2/files?typeFilters=report');
  expect(files.length).toBeGreaterThan(0);
  expect(files.every(({ type }) => type === 'report')).toBe(true);
  const [granted] = organization.truth('grants').filter((grant) => grant['inodeType'] === 'report');
  const { inodeUrlId, ...sent } = granted ?? {};
  expect(await client.all(`/v2/grants?inodeId=${granted?.['inodeId']}`)).toContainEqual({
    ...sent,
    inodeId: inodeUrlId,
  });
  const older = await open({ organization: sizes, novelties: { reports: false } });
  const [report] = older.simulator.organization.reports.list;
  const paths = ['', `/${report?.id}`, `/${report?.id}/pages`].map((path) => `/v2/reports${path}`);
  expect(await statusesOf(older, paths)).toEqual([404, 404, 404]);
});
