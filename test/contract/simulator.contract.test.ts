/**
 * Holds the simulator's answers against the vendor's specification, which is not part of this repository: name
 * the file in SIGMA_OPENAPI or put it beside the repository as `../shared/sigma-openapi.json`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentEndpoints } from '../../src/simulator/content-endpoints.ts';
import { grantsEndpoints } from '../../src/simulator/grants-endpoints.ts';
import { peopleEndpoints } from '../../src/simulator/people-endpoints.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { asObject, documented, type Json, mismatches, resolve } from './schema-walker.ts';

const file =
  process.env['SIGMA_OPENAPI'] ??
  fileURLToPath(new URL('../../../shared/sigma-openapi.json', import.meta.url));
const isThere = existsSync(file);

/** Fields the simulator has on purpose that are newer than the specification. */
const NEWER = new Set(['GET /v2/workbooks owner', 'GET /v2/workbooks/{workbookId} owner']);

test('the specification is at hand', ({ skip }) => {
  if (isThere) return;
  console.warn(`SKIPPED: the simulator was not held against Sigma's specification: there is no file ${file}`);
  skip(`no file ${file}`);
});

describe.runIf(isThere)('answers fit the specification', () => {
  const spec: Json = isThere ? asObject(JSON.parse(readFileSync(file, 'utf8'))) : {};
  let simulator: Simulator;
  let token: unknown;

  beforeAll(async () => {
    simulator = await startSimulator({ organization: { workbooks: 150, members: 60, grants: 300 } });
    simulator.organization.mutate(60);
    const { clientId: client_id, clientSecret: client_secret } = simulator;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    const answer = await post(form);
    check('POST /v2/auth/token', answer.status, answer.body);
    token = asObject(answer.body)['access_token'];
  });
  afterAll(() => simulator.close());

  async function post(form: Record<string, string>): Promise<{ status: number; body: unknown }> {
    const init = { method: 'POST', body: new URLSearchParams(form) };
    const response = await fetch(`${simulator.url}/v2/auth/token`, init);
    return { status: response.status, body: await response.json() };
  }

  async function get(path: string, bearer = token): Promise<{ status: number; body: unknown }> {
    const headers = { authorization: `Bearer ${bearer}` };
    const response = await fetch(simulator.url + path, { headers });
    return { status: response.status, body: await response.json() };
  }

  /** Schema of a response; the specification describes errors under `default`. */
  function schemaOf(endpoint: string, status: number): unknown {
    const [method = '', path = ''] = endpoint.split(' ');
    const operation = asObject(asObject(asObject(spec['paths'])[path])[method.toLowerCase()]);
    const responses = asObject(operation['responses']);
    let response = asObject(responses[status] ?? responses['default']);
    if (typeof response['$ref'] === 'string') response = asObject(resolve(spec, response['$ref']));
    return asObject(asObject(response['content'])['application/json'])['schema'];
  }

  function check(endpoint: string, status: number, body: unknown): void {
    const schema = schemaOf(endpoint, status);
    expect(mismatches(spec, schema, body), `${endpoint} ${status}`).toEqual([]);
    const entries = Array.isArray(body) ? body : (asObject(body)['entries'] as unknown[] | undefined);
    for (const entry of entries ?? [body])
      for (const name of Object.keys(asObject(entry)))
        if (!entryFields(schema).has(name)) expect(NEWER).toContain(`${endpoint} ${name}`);
  }

  /** Documented fields of an object, or of a listing's entries. */
  function entryFields(schema: unknown): Set<string> {
    const names = documented(spec, schema);
    const each = (one: unknown): void => {
      const { items, properties, allOf, oneOf } = asObject(one);
      const inner = items ?? asObject(asObject(properties ?? {})['entries'] ?? {})['items'];
      if (inner !== undefined) for (const name of documented(spec, inner)) names.add(name);
      for (const part of [allOf, oneOf].flatMap((list) => (Array.isArray(list) ? list : []))) each(part);
    };
    each(schema);
    return names;
  }

  /** `{x}` is filled with ids of the organization; each endpoint is asked for everything it has. */
  const ENDPOINTS: [path: string, query: string, parents?: string][] = [
    ['/v2/whoami', ''],
    ['/v2/members', ''],
    ['/v2/members', '?limit=1000&includeArchived=true&includeInactive=true'],
    ['/v2.1/members', '?limit=1000&includeArchived=true&includeInactive=true'],
    ['/v2.1/members', '?limit=3'],
    ['/v2/members/{memberId}', '', 'members'],
    ['/v2/teams', ''],
    ['/v2/teams', '?limit=2'],
    ['/v2.1/teams', '?limit=1000'],
    ['/v2/teams/{teamId}', '', 'teams'],
    ['/v2/teams/{teamId}/members', '?limit=1000', 'teams'],
    ['/v2/workspaces', ''],
    ['/v2/workspaces', '?limit=2'],
    ['/v2.1/workspaces', '?limit=1000'],
    ['/v2/workspaces/{workspaceId}', '', 'workspaces'],
    ['/v2/files', '?limit=1000'],
    ['/v2/files', '?limit=3'],
    ['/v2/workbooks', '?limit=1000&skipPermissionCheck=true'],
    ['/v2/workbooks', '?limit=1000&isArchived=true'],
    ['/v2/workbooks/{workbookId}', '', 'workbooks'],
    ['/v2/workbooks/{workbookId}/pages', '', 'workbook_pages'],
    ['/v2/workbooks/{workbookId}/pages/{pageId}/elements', '', 'workbook_pages'],
    ['/v2/grants/{grantId}', '', 'grants'],
  ];

  test('every endpoint of the simulator is held against it, but those that are newer', () => {
    const all = [...peopleEndpoints, ...grantsEndpoints].map(({ path }) => path);
    all.push(...contentEndpoints({ elements: false, pageId: false }).map(({ path }) => path));
    const checked = new Set([...ENDPOINTS.map(([path]) => path), '/v2/files/{inodeId}', '/v2/grants']);
    expect([...checked].sort()).toEqual(all.sort());
  });

  test.each<[path: string, query: string, parents?: string]>(ENDPOINTS)(
    'GET %s%s',
    async (path, query, parents) => {
      const ids = parents === undefined ? [{}] : simulator.organization.truth(parents).slice(0, 60);
      for (const id of ids) {
        const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => String(asObject(id)[name]));
        const { status, body } = await get(filled + query);
        expect(status).toBe(200);
        check(`GET ${path}`, status, body);
      }
    },
  );

  test('GET /v2/files/{inodeId}', async () => {
    for (const { id } of simulator.organization.truth('files').slice(0, 80)) {
      const { status, body } = await get(`/v2/files/${id}`);
      expect(status).toBe(200);
      check('GET /v2/files/{inodeId}', status, body);
    }
  });

  test('GET /v2/grants by object, team and member', async () => {
    const { organization } = simulator;
    for (const [filter, stream, key] of [
      ['inodeId', 'files', 'id'],
      ['teamId', 'teams', 'teamId'],
      ['userId', 'members', 'memberId'],
    ] as const)
      for (const entry of organization.truth(stream).slice(0, 40)) {
        const { status, body } = await get(`/v2/grants?limit=1000&${filter}=${entry[key]}`);
        expect(status).toBe(200);
        check('GET /v2/grants', status, body);
      }
  });

  test('errors', async () => {
    const archived = simulator.organization.truth('workbooks').find((w) => w['isArchived'] === true);
    for (const [endpoint, path, status, bearer] of [
      ['GET /v2/whoami', '/v2/whoami', 401, 'wrong'],
      ['GET /v2.1/teams', '/v2.1/teams?limit=5000', 400],
      ['GET /v2/grants', '/v2/grants', 400],
      ['GET /v2/teams/{teamId}', '/v2/teams/none', 404],
      ['GET /v2/workbooks/{workbookId}/pages', `/v2/workbooks/${archived?.['workbookId']}/pages`, 400],
    ] as const) {
      const answer = await get(path, bearer);
      expect(answer.status).toBe(status);
      check(endpoint, answer.status, answer.body);
      // The specification requires none of the three; the field knows them all.
      const text = expect.any(String);
      expect(answer.body).toEqual({ requestId: text, message: text, code: text });
    }
    const refused = await post({ grant_type: 'client_credentials' });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    check('POST /v2/auth/token', refused.status, refused.body);
  });

  test('an answer that is broken would be found', async () => {
    const { body } = await get('/v2.1/members?limit=2');
    const { entries } = body as { entries: Json[] };
    const { email: _, ...without } = entries[0] ?? {};
    const find = (broken: unknown): string[] => mismatches(spec, schemaOf('GET /v2.1/members', 200), broken);
    expect(find(body)).toEqual([]);
    expect(find({ ...asObject(body), entries: [without] })).toEqual(['$.entries[0].email is missing']);
    expect(find({ ...asObject(body), nextPage: 2 })).toEqual(['$.nextPage is integer, not string or null']);
    expect(find({ entries })).toEqual(['$.nextPage is missing']);
    expect(() =>
      check('GET /v2.1/members', 200, { entries: [{ ...entries[0], x: 1 }], nextPage: null }),
    ).toThrow();
  });
});
