/** Refusals of the API, and the rows that they keep out of the truth. */
import { expect, test } from 'vitest';
import { endpointsOf } from '../../../simulator/catalogue.ts';
import { EVERY_NOVELTY } from '../../../simulator/http/novelties.ts';
import { open, statusesOf } from './api.ts';

const WORKBOOK_PATHS = endpointsOf(EVERY_NOVELTY)
  .map(({ path }) => path)
  .filter((path) => /\{workbookId\}./.test(path) && !path.includes('{pageId}'));

const sizes = { workbooks: 200, members: 80, grants: 400 };

test('children of an archived workbook fail, the workbook itself does not', async () => {
  const client = await open({ organization: sizes });
  const { organization } = client.simulator;
  const page = organization.truth('workbook_pages')[0];
  const id = String(page?.['workbookId']);
  const of = `/v2/workbooks/${id}`;
  const paths = [of, `${of}/pages`, `${of}/elements`, `${of}/pages/${page?.['pageId']}/elements`];
  expect(await statusesOf(client, paths)).toEqual([200, 200, 200, 200]);
  organization.archiveWorkbook(id);
  expect(await statusesOf(client, paths)).toEqual([200, 400, 400, 400]);
  expect((await client.get(of)).body).toMatchObject({ isArchived: true });
  organization.unarchiveWorkbook(id);
  expect(await statusesOf(client, paths)).toEqual([200, 200, 200, 200]);
  organization.deleteWorkbook(id);
  expect(await statusesOf(client, [...paths, `/v2/files/${id}`])).toEqual([404, 404, 404, 404, 404]);
});

test('children of archived and deleted data models and datasets fail', async () => {
  const client = await open({ organization: sizes });
  const { organization } = client.simulator;
  const model = organization.addDataModel();
  const dataset = organization.addDataset();
  const paths = [
    `/v2/dataModels/${model}/elements`,
    `/v2/dataModels/${model}/sources`,
    `/v2/dataModels/${model}/materializationSchedules`,
    `/v2/datasets/${dataset}/sources`,
    `/v2/datasets/${dataset}/materialization`,
  ];
  const single = [`/v2/dataModels/${model}`, `/v2/datasets/${dataset}`];
  const all = (status: number): number[] => paths.map(() => status);
  expect(await statusesOf(client, paths)).toEqual(all(200));
  organization.archiveDataModel(model);
  organization.archiveDataset(dataset);
  expect(await statusesOf(client, paths)).toEqual(all(400));
  expect(await statusesOf(client, single)).toEqual([200, 200]);
  expect((await client.all('/v2/dataModels')).find((m) => m['dataModelId'] === model)?.['isArchived']).toBe(
    true,
  );
  organization.deleteDataModel(model);
  organization.deleteDataset(dataset);
  expect(await statusesOf(client, [...paths, ...single])).toEqual([...all(404), 404, 404]);
});

test('every listing of a workbook fails once it is archived or deleted', async () => {
  const client = await open({ organization: sizes });
  const { organization } = client.simulator;
  const id = organization.addWorkbook();
  const element = organization.truth('workbook_elements').find((e) => e['workbookId'] === id)?.['elementId'];
  const paths = WORKBOOK_PATHS.map((path) =>
    path.replace('{workbookId}', id).replace('{elementId}', String(element)),
  );
  expect(paths.length).toBeGreaterThan(12);
  const allowed = [200, 400, 403, 404, 500];
  for (const [i, status] of (await statusesOf(client, paths)).entries())
    expect(paths[i]?.includes('lineage') ? allowed : [200], paths[i]).toContain(status);
  organization.archiveWorkbook(id);
  expect(new Set(await statusesOf(client, paths))).toEqual(new Set([400]));
  organization.deleteWorkbook(id);
  expect(new Set(await statusesOf(client, paths))).toEqual(new Set([404]));
});

test('the lineage of an element is refused in four ways, each for good', async () => {
  const client = await open({
    organization: { workbooks: 50, elements: 500 },
    novelties: { documentLineage: false },
  });
  const { organization } = client.simulator;
  const elements = organization.truth('workbook_elements');
  const paths = elements.map((e) => `/v2/workbooks/${e['workbookId']}/lineage/elements/${e['elementId']}`);
  const statuses = await statusesOf(client, paths);
  expect(new Set(statuses)).toEqual(new Set([200, 400, 403, 404, 500]));
  expect(await statusesOf(client, paths.slice(0, 200))).toEqual(statuses.slice(0, 200));
  const withEdges = new Set(
    organization.truth('workbook_lineage').map((e) => `${e['workbookId']} ${e['elementId']}`),
  );
  for (const [i, element] of elements.entries()) {
    const hasData = !['text', 'image', 'control'].includes(String(element['type']));
    if (!hasData) expect(statuses[i]).toBe(400);
    if (statuses[i] !== 200)
      expect(withEdges).not.toContain(`${element['workbookId']} ${element['elementId']}`);
  }
});

test('an error in the place of a file is no part of the truth', async () => {
  const client = await open({ organization: { ...sizes, members: 120 } });
  const { organization } = client.simulator;
  const listed = await Promise.all(
    organization.members.list.toArray().map(({ id }) => client.all(`/v2/members/${id}/files/recents`)),
  );
  const errors = listed.flat().filter((entry) => 'code' in entry);
  expect(errors.length).toBeGreaterThan(3);
  expect(errors[0]).toEqual({ code: 403, message: expect.any(String), requestId: expect.any(String) });
  expect(organization.truth('member_recent_files')).toHaveLength(listed.flat().length - errors.length);
});
