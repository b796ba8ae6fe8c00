import { expect, test } from 'vitest';
import { STREAMS, type TruthStream } from '../../../src/simulator/organization.ts';
import { type Client, type Json, open, sorted } from './api.ts';

const EVERYONE = 'includeArchived=true&includeInactive=true';
const WORKBOOKS = '/v2/workbooks?skipPermissionCheck=true&excludeExplorations=true';

async function perParent(
  client: Client,
  parents: readonly Json[],
  path: (parent: Json) => string,
  keys: readonly string[],
): Promise<Json[]> {
  const found: Json[] = [];
  for (const parent of parents)
    for (const entry of await client.all(path(parent), 3))
      found.push({ ...Object.fromEntries(keys.map((key) => [key, parent[key]])), ...entry });
  return found;
}

const live = async (c: Client): Promise<Json[]> => c.all(WORKBOOKS);
const pages = async (c: Client): Promise<Json[]> =>
  perParent(c, await live(c), (w) => `/v2/workbooks/${w['workbookId']}/pages`, ['workbookId']);

/** Ways to read a stream; each must give the truth. */
const WAYS: Readonly<Record<TruthStream, readonly ((client: Client) => Promise<Json[]>)[]>> = {
  members: [(c) => c.all(`/v2.1/members?${EVERYONE}`), (c) => c.all(`/v2/members?${EVERYONE}`, 7)],
  teams: [(c) => c.all('/v2.1/teams', 3), (c) => c.all('/v2/teams')],
  team_members: [
    async (c) =>
      perParent(c, await c.all('/v2.1/teams'), (t) => `/v2/teams/${t['teamId']}/members`, ['teamId']),
  ],
  workspaces: [(c) => c.all('/v2.1/workspaces', 2), (c) => c.all('/v2/workspaces')],
  files: [(c) => c.all('/v2/files', 11), (c) => c.all('/v2/files', 1000)],
  workbooks: [
    async (c) => [...(await c.all(WORKBOOKS, 7)), ...(await c.all(`${WORKBOOKS}&isArchived=true`))],
  ],
  workbook_pages: [pages],
  workbook_elements: [
    async (c) =>
      perParent(c, await live(c), (w) => `/v2/workbooks/${w['workbookId']}/elements`, ['workbookId']),
    async (c) =>
      perParent(c, await pages(c), (p) => `/v2/workbooks/${p['workbookId']}/pages/${p['pageId']}/elements`, [
        'workbookId',
        'pageId',
      ]),
  ],
  grants: [
    async (c) => [
      ...(await perParent(c, await c.all('/v2/teams'), (t) => `/v2/grants?teamId=${t['teamId']}`, [])),
      ...(await perParent(
        c,
        await c.all(`/v2/members?${EVERYONE}`),
        (m) => `/v2/grants?userId=${m['memberId']}`,
        [],
      )),
    ],
  ],
};

test.each([0, 150])(
  'what the listings give is the truth of every stream after %i changes',
  async (changes) => {
    const client = await open({
      organization: { seed: 11, workbooks: 90, members: 60, teams: 7, grants: 250 },
    });
    const { organization } = client.simulator;
    expect(organization.mutate(changes)).toHaveLength(changes);
    for (const stream of STREAMS) {
      const truth = sorted(organization.truth(stream));
      expect(truth.length, stream).toBeGreaterThan(0);
      for (const [i, read] of WAYS[stream].entries())
        expect(sorted(await read(client)), `${stream}, way ${i}`).toEqual(truth);
    }
  },
);

test('a seed gives the same bytes, another seed others', async () => {
  const texts = async (seed: number): Promise<string[]> => {
    const client = await open({ organization: { seed, workbooks: 60 } });
    client.simulator.organization.mutate(20);
    const id = client.simulator.organization.truth('workbook_pages')[0]?.['workbookId'];
    const paths = [
      '/v2/members',
      '/v2/files?limit=20',
      '/v2/workbooks',
      `/v2/workbooks/${id}/elements`,
      '/v2/nil',
    ];
    const replies = [];
    for (const path of paths) replies.push(await client.get(path));
    return replies.map((reply) => reply.text);
  };
  const first = await texts(5);
  expect(await texts(5)).toEqual(first);
  for (const [i, text] of (await texts(6)).entries()) expect(text).not.toBe(first[i]);
});
