/** Addresses and ids, from the synced tables and from the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortId } from '../../simulator/store/short-id.ts';
import type { Workbook } from '../../simulator/streams/shared/workbook-table.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { type IdSources, resolveId } from '../../src/exports/find/resolve-id.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { SigmaClient } from '../../src/sigma/client.ts';
import { findObject } from '../../src/sigma/find.ts';
import { resolveWorkbookId } from '../../src/sigma/workbook-id.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
let workbook: Workbook;
const STREAMS = withAncestors(
  catalogue,
  new Set([
    ...['workbook_elements', 'report_elements', 'data_model_elements', 'files', 'workspaces', 'teams'],
    ...['connections', 'datasets'],
  ]),
);

beforeAll(async () => {
  rig = await startRig({ organization: { seed: 11, workbooks: 60 }, streams: STREAMS, pageSize: 25 });
  await rig.sync();
  const { list } = rig.simulator.organization.workbooks;
  workbook = list
    .slice(0, list.length)
    .findLast((one) => !one.archived && one.tags === undefined) as Workbook;
  rig.requests();
});
afterAll(() => rig[Symbol.asyncDispose]());

function sources(from: 'database' | 'api'): IdSources & { readonly said: string[] } {
  const said: string[] = [];
  return {
    database: from === 'database' ? async () => rig.test.database : undefined,
    schemas: rig.test.schemas,
    client: async () => rig.engine.client,
    tell: (text) => said.push(text),
    find: { pageSize: 25 },
    said,
  };
}

const address = (place: string, id: string): string =>
  `https://app.sigmacomputing.com/acme/${place}/A-b-${id}`;

describe.each(['database', 'api'] as const)('from the %s', (from) => {
  it('tells what an address is of, by the short id and the long one', async () => {
    const { id, urlId, name } = workbook;
    const expected = { kind: 'workbook', id, shortId: urlId, name, element: null, draft: null, source: from };
    for (const text of [address('workbook', urlId), address('workbook', id), urlId, id]) {
      expect(await resolveId(text, sources(from))).toEqual(expected);
    }
    if (from === 'database') expect(rig.requests()).toEqual({});
  });

  it('finds every kind of object', async () => {
    const { organization: o } = rig.simulator;
    const first = <T>(list: { slice(from: number, to: number): readonly T[] }): T => list.slice(0, 1)[0] as T;
    const workspace = first(o.workspaces.list);
    const model = first(o.dataModels.list);
    const dataset = first(o.datasets.list);
    const connection = first(o.connections.list);
    const team = first(o.teams.list);
    const folder = first(o.folders.list);
    const cases: [text: string, kind: string, id: string, name: string][] = [
      [address('s', workspace.urlId), 'workspace', workspace.id, workspace.name],
      [address('s', workspace.id), 'workspace', workspace.id, workspace.name],
      [address('s', connection.id), 'connection', connection.id, connection.name],
      [address('b', dataset.urlId), 'dataset', dataset.id, dataset.name],
      [address('data-model', model.urlId), 'data-model', model.id, model.name],
      [address('admin/teams', team.id), 'team', team.id, team.name],
      [folder.urlId, 'folder', folder.id, folder.name],
      [team.id, 'team', team.id, team.name],
    ];
    for (const [text, kind, id, name] of cases) {
      expect(await resolveId(text, sources(from)), text).toMatchObject({ kind, id, name, source: from });
    }
  });

  it('says so where nobody knows a short id', async () => {
    const unknown = '0123456789abcdefABCDEF';
    await expect(resolveId(address('workbook', unknown), sources(from))).rejects.toThrow(
      `No workbook that the credentials see has the short id ${unknown}.`,
    );
    await expect(resolveId(unknown, sources(from))).rejects.toThrow(ConfigError);
  });
});

it.each([
  ['workbook', 'workbook'],
  ['report', 'report'],
  ['data-model', 'data_model'],
])('knows the name of a selected element of a %s where it is synced', async (place, document) => {
  const [element] = await rig.test.database.session((session) =>
    session.query<{ id: string; element_id: string; name: string }>(
      `select ${document}_id as id, element_id, name from ${rig.test.schemas.target}.${document}_elements
        where name is not null and element_id !~ '^[0-9A-Za-z]{22}$' limit 1`,
    ),
  );
  const { id = '', element_id: elementId = '', name } = element ?? {};
  expect(name).toBeDefined();
  const text = `${address(place, id)}?:nodeId=${elementId}&:draftId=d`;
  const resolved = await resolveId(text, sources('database'));
  expect(resolved).toMatchObject({ id, element: { id: elementId, name }, draft: 'd' });
  expect((await resolveId(text, sources('api'))).element).toEqual({ id: elementId, name: null });
  expect(await resolveId(elementId, sources('database'))).toMatchObject({ kind: 'element', name });
});

it('goes on without a source that cannot be asked, and without both where the id is long', async () => {
  const broken: IdSources & { said: string[] } = {
    ...sources('api'),
    database: async () => {
      throw new ConfigError('no such folder');
    },
  };
  expect(await resolveId(workbook.urlId, broken)).toMatchObject({ id: workbook.id, source: 'api' });
  expect(broken.said).toEqual(['no such folder']);
  const alone: IdSources = {
    ...sources('api'),
    client: async () => {
      throw new ConfigError('SIGMA_CLIENT_ID is not set.');
    },
  };
  expect(await resolveId(address('workbook', workbook.id), alone)).toEqual({
    kind: 'workbook',
    id: workbook.id,
    shortId: null,
    name: null,
    element: null,
    draft: null,
    source: 'address',
  });
  await expect(resolveId(workbook.urlId, alone)).rejects.toThrow('SIGMA_CLIENT_ID is not set.');
});

it('what an address tells by itself needs no credentials', async () => {
  const said: string[] = [];
  const alone: IdSources = {
    ...sources('api'),
    client: async () => {
      throw new ConfigError('SIGMA_CLIENT_ID is not set.');
    },
    tell: (text) => said.push(text),
  };
  for (const [place, kind] of [
    ['workbook', 'workbook'],
    ['report', 'report'],
    ['data-model', 'data-model'],
    ['b', 'dataset'],
  ] as const) {
    const url = `https://app.sigmacomputing.com/acme/${place}/Name-of-it-${workbook.urlId}?:nodeId=e1`;
    expect(await resolveId(url, alone)).toEqual({
      ...{ kind, id: null, shortId: workbook.urlId, name: null },
      ...{ element: { id: 'e1', name: null }, draft: null, source: 'address' },
    });
  }
  expect(said).toHaveLength(4);
  expect(said[0]).toBe('The long id was not looked up: SIGMA_CLIENT_ID is not set.');
});

it('asks for the long id that the digits of a short one stand for, and believes the answer alone', async () => {
  const { client } = rig.engine;
  const [connection] = rig.simulator.organization.connections.list.slice(0, 1);
  const [team] = rig.simulator.organization.teams.list.slice(0, 1);
  // No listing tells the short ids of these.
  for (const [place, one] of [
    ['s', connection],
    ['admin/teams', team],
  ] as const) {
    const id = one?.id ?? '';
    expect(await resolveId(address(place, shortId(id)), sources('api'))).toMatchObject({ id, source: 'api' });
  }
  rig.requests();
  expect(await resolveWorkbookId(client, workbook.urlId)).toBe(workbook.id);
  expect(rig.requests()).toEqual({ 'GET /v2/workbooks/{workbookId}': 1 });
  // One of 21 digits might be of an element, too.
  const [few] = [...rig.simulator.organization.workbooks.list].filter(({ urlId }) => urlId.length < 22);
  expect(await resolveId(few?.urlId ?? '', sources('api'))).toMatchObject({ kind: 'workbook', id: few?.id });
  // The listing answers where the arithmetic does not hold.
  const other = { ...client, get: odd(client.get) };
  expect(await resolveWorkbookId(other, `0${workbook.urlId.slice(1)}`)).toBe(workbook.id);
  expect((await findObject(other, 'workbook', workbook.urlId)) ?? null).toBeNull();
});

/** Every short id has another first digit than its long one stands for. */
function odd(get: SigmaClient['get']): SigmaClient['get'] {
  const bent = (entry: Record<string, unknown>) =>
    'workbookUrlId' in entry
      ? { ...entry, workbookUrlId: `0${String(entry['workbookUrlId']).slice(1)}` }
      : entry;
  return async (path, options) => {
    const answer = await get(path, options);
    const body = answer.body as Record<string, unknown> & { entries?: Record<string, unknown>[] };
    const { entries } = body;
    return {
      ...answer,
      body: entries === undefined ? bent(body) : { ...body, entries: entries.map(bent) },
    };
  };
}

describe('resolveWorkbookId', () => {
  it('asks nobody for a long id', async () => {
    rig.requests();
    expect(await resolveWorkbookId(rig.engine.client, workbook.id)).toBe(workbook.id);
    expect(rig.requests()).toEqual({});
  });

  it('finds those on later pages, archived ones and tagged versions', async () => {
    const all = rig.simulator.organization.workbooks.list;
    const wanted = all.slice(0, all.length);
    expect(wanted.some(({ archived }) => archived)).toBe(true);
    for (const { id, urlId } of wanted
      .slice(-12)
      .concat(wanted.filter(({ archived }) => archived).slice(0, 2))) {
      expect(await resolveWorkbookId(rig.engine.client, urlId, { pageSize: 25 })).toBe(id);
    }
  });

  it('names the id that is of no workbook, and lets other errors be', async () => {
    const { client } = rig.engine;
    await expect(resolveWorkbookId(client, 'nothing-of-it')).rejects.toThrow(
      'The credentials see no workbook with the id nothing-of-it.',
    );
    const [report] = rig.simulator.organization.truth('reports');
    await expect(resolveWorkbookId(client, String(report?.['reportUrlId']))).rejects.toThrow(
      `is the id of the report ${JSON.stringify(report?.['name'])}, not of a workbook.`,
    );
    const offline = { ...client, get: () => Promise.reject(new Error('offline')) };
    await expect(resolveWorkbookId(offline, workbook.urlId)).rejects.toThrow('offline');
  });
});
