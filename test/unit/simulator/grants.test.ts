import { expect, test } from 'vitest';
import type { Organization } from '../../../simulator/organization.ts';
import { parentOf } from '../../../simulator/streams/access/grants.ts';
import { type Json, open, sorted } from './api.ts';

/** Grants as the API sends them: with the short id of the object alone. */
const sent = (grants: readonly Json[]): Json[] =>
  grants.map(({ inodeUrlId, ...grant }) => ({ ...grant, inodeId: inodeUrlId }));

const organization = { workbooks: 60, grants: 500, members: 30 };

test('exactly one filter must be given, and what it names must exist', async () => {
  const { get, simulator } = await open({ organization });
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
  const { all, simulator } = await open({ organization });
  const { organization: o } = simulator;
  const truth = sorted(sent(o.truth('grants')));
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
  const registries = [o.workbooks, o.reports, o.workspaces, o.folders, o.dataModels, o.datasets];
  const inodes = registries.flatMap(({ list }) => [...list].map((inode: { id: string }) => inode.id));
  expect(sorted(await union('inodeId', inodes))).toEqual(truth);
});

test('without directGrantsOnly an object shows what it inherits', async () => {
  const { all, simulator } = await open({ organization });
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
  expect(sorted(await all(`/v2/grants?inodeId=${workbook?.id}`))).toEqual(sorted(sent(inherited)));
});

test('the object of a grant has its short id where the API is of 2026, and in the other lists where that is asked for', async () => {
  const idsOf = async (
    novelties: { shortGrantIds?: boolean; shortIdsInAllGrants?: boolean },
    path: (o: Organization) => string,
  ): Promise<unknown[]> => {
    const { all, simulator } = await open({ organization, novelties });
    return (await all(path(simulator.organization))).map((grant) => grant['inodeId']);
  };
  const ofTeam = (o: Organization): string => `/v2/grants?teamId=${o.teams.list.at(0)?.id}`;
  const ofConnection = (o: Organization): string => {
    const granted = o.truth('connection_grants')[0]?.['connectionId'];
    return `/v2/connections/${granted}/grants`;
  };
  const short = expect.stringMatching(/^[0-9A-Za-z]{16,22}$/);
  const long = expect.stringMatching(/^[0-9a-f]{8}-/);
  expect(new Set(await idsOf({}, ofTeam))).toContainEqual(short);
  expect(await idsOf({}, ofTeam)).not.toContainEqual(long);
  expect(await idsOf({ shortGrantIds: false }, ofTeam)).not.toContainEqual(short);
  expect(await idsOf({}, ofConnection)).not.toContainEqual(short);
  expect(await idsOf({ shortIdsInAllGrants: true }, ofConnection)).not.toContainEqual(long);
});
