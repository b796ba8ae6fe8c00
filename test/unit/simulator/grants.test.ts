import { expect, test } from 'vitest';
import { parentOf } from '../../../simulator/streams/access/grants.ts';
import { open, sorted } from './api.ts';

const organization = { workbooks: 60, grants: 500, members: 30 };
/** So that what is answered can be held against the truth, which has long ids. */
const novelties = { shortGrantIds: false };

test('exactly one filter must be given, and what it names must exist', async () => {
  const { get, simulator } = await open({ organization, novelties });
  const [grant] = simulator.organization.truth('grants');
  const statuses = [
    '',
    `?inodeId=${grant?.['inodeId']}&userId=x`,
    '?teamId=x',
    '?userId=x',
    '?inodeId=x',
  ].map(async (query) => (await get(`/v2/grants${query}`)).status);
  expect(await Promise.all(statuses)).toEqual([400, 400, 404, 404, 404]);
});

test('direct grants of all teams and members are all grants, and so are those of all objects', async () => {
  const { all, simulator } = await open({ organization, novelties });
  const { organization: o } = simulator;
  const truth = sorted(o.truth('grants'));
  const union = async (filter: string, ids: readonly unknown[]): Promise<unknown[]> =>
    (await Promise.all(ids.map((id) => all(`/v2/grants?directGrantsOnly=true&${filter}=${id}`)))).flat();
  const people = [
    ...(await union(
      'teamId',
      [...o.teams.list].map((t) => t.id),
    )),
    ...(await union(
      'userId',
      [...o.members.list].map((m) => m.id),
    )),
  ];
  expect(sorted(people)).toEqual(truth);
  const registries = [o.workbooks, o.workspaces, o.folders, o.dataModels, o.datasets];
  const inodes = registries.flatMap(({ list }) => [...list].map((inode: { id: string }) => inode.id));
  expect(sorted(await union('inodeId', inodes))).toEqual(truth);
});

test('without directGrantsOnly an object shows what it inherits', async () => {
  const { all, simulator } = await open({ organization, novelties });
  const { organization: o } = simulator;
  const workspaceId = o.addWorkspace();
  const folderId = o.addFolder(o.addFolder(workspaceId));
  const workbook = [...o.workbooks.list].find((w) => !w.hidden && w.taggedFrom === undefined);
  const expected = [o.grant({ inodeId: folderId }), o.grant({ inodeId: workspaceId })];
  expect((await all(`/v2/grants?inodeId=${folderId}`)).map((g) => g['grantId'])).toEqual(expected);
  const direct = await all(`/v2/grants?inodeId=${folderId}&directGrantsOnly=true`);
  expect(direct.map((g) => g['grantId'])).toEqual(expected.slice(0, 1));
  const ancestors: string[] = [];
  for (let id = workbook?.parentId; id !== undefined; id = parentOf(o, id)) ancestors.push(id);
  const inherited = o
    .truth('grants')
    .filter((g) => g['inodeId'] === workbook?.id || ancestors.includes(String(g['inodeId'])));
  expect(sorted(await all(`/v2/grants?inodeId=${workbook?.id}`))).toEqual(sorted(inherited));
});
