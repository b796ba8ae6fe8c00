/** Holds the two endpoints of exports against the vendor's specification. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { contentOf } from '../../simulator/streams/shared/contents.ts';
import { asObject, documented, type Json, mismatches } from './schema-walker.ts';
import { isThere, operationOf, readSpecification, schemaOf } from './specification.ts';

const EXPORT = 'POST /v2/workbooks/{workbookId}/export';
const DOWNLOAD = 'GET /v2/query/{queryId}/download';

describe.runIf(isThere)('exports fit the specification', () => {
  const spec: Json = isThere ? readSpecification() : {};
  let simulator: Simulator;
  let token: unknown;

  beforeAll(async () => {
    simulator = await startSimulator({ organization: { workbooks: 30 }, exportJob: { polls: 1 } });
    const { clientId: client_id, clientSecret: client_secret } = simulator;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    const init = { method: 'POST', body: new URLSearchParams(form) };
    token = asObject(await (await fetch(`${simulator.url}/v2/auth/token`, init)).json())['access_token'];
  });
  afterAll(() => simulator.close());

  async function ask(workbookId: unknown, body: Json): Promise<{ status: number; body: unknown }> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${simulator.url}/v2/workbooks/${workbookId}/export`, init);
    return { status: response.status, body: await response.json() };
  }

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(simulator.url + path, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  }

  /** No field but those that are documented, and each as it is documented. */
  function check(endpoint: string, status: number, body: unknown): void {
    const schema = schemaOf(spec, endpoint, status);
    expect(mismatches(spec, schema, body), `${endpoint} ${status}`).toEqual([]);
    for (const name of Object.keys(asObject(body))) expect(documented(spec, schema)).toContain(name);
  }

  test('both endpoints are in it', () => {
    // Those of reports are newer than it.
    const known = simulator.exports.endpoints.filter(({ novelty }) => novelty === undefined);
    const all = known.map(({ method, path }) => `${method} ${path}`);
    expect(all.sort()).toEqual([DOWNLOAD, EXPORT].sort());
    for (const endpoint of all) expect(schemaOf(spec, endpoint, 200), endpoint).toBeDefined();
  });

  test('answers and errors', async () => {
    const elements = simulator.organization.truth('workbook_elements').filter((e) => e['columns']);
    for (const { workbookId, elementId } of elements.slice(0, 20)) {
      const { status, body } = await ask(workbookId, { elementId, format: { type: 'csv' } });
      expect(status).toBe(200);
      check(EXPORT, status, body);
    }
    const refused = await ask(elements[0]?.['workbookId'], { elementId: 'none', format: { type: 'csv' } });
    expect(refused.status).toBe(404);
    check(EXPORT, refused.status, refused.body);
    const missing = await get('/v2/query/none/download');
    expect(missing.status).toBe(404);
    check(DOWNLOAD, missing.status, missing.body);
  });

  test('the envelopes of a download', async () => {
    const { faults, organization } = simulator;
    const place = organization.addExport({ columns: ['a'], count: 1, rows: () => ['x'] });
    const started = await ask(place.workbookId, { elementId: place.elementId, format: { type: 'csv' } });
    const path = `/v2/query/${asObject(started.body)['queryId']}/download`;
    faults.set({ exports: { running: 'envelope-204' } });
    const running = await get(path);
    check(DOWNLOAD, 200, running.body);
    expect(running.body).toEqual({ status: 204 });
    faults.inject({ kinds: ['envelope-500'], match: '/download$', times: 1 });
    const failed = await get(path);
    check(DOWNLOAD, 200, failed.body);
    expect(failed.body).toMatchObject({ status: 500 });
    faults.clear();
  });

  test('formats of an element, a page and a workbook are those of the specification', async () => {
    const content = asObject(asObject(operationOf(spec, EXPORT)['requestBody'])['content']);
    const schema = asObject(content['application/json'])['schema'];
    const { workbookId, elementId } = simulator.organization.addExport({
      ...{ columns: ['a'], count: 1, rows: () => ['x'] },
    });
    const workbook = simulator.organization.workbooks.get(workbookId);
    if (workbook === undefined) throw new Error('the workbook is not there');
    const pageId = contentOf(simulator.organization, workbook)[0]?.page.pageId;
    const taken: string[] = [];
    for (const [what, place] of Object.entries({ element: { elementId }, page: { pageId }, workbook: {} }))
      for (const type of ['csv', 'jsonl', 'json', 'xlsx', 'pdf', 'png', 'svg']) {
        const format = { type, ...(type === 'pdf' && { layout: 'portrait' }) };
        const { status, body } = await ask(workbookId, { ...place, format });
        const isValid = mismatches(spec, schema, { ...place, format }).length === 0;
        expect(status, `${what} as ${type}`).toBe(isValid ? 200 : 400);
        if (isValid) taken.push(`${what} ${type}`);
        else expect(asObject(body)['message']).toContain('format.type');
      }
    expect(taken).toEqual([
      ...['csv', 'jsonl', 'json', 'xlsx', 'pdf', 'png'].map((type) => `element ${type}`),
      ...['page xlsx', 'page pdf', 'page png', 'workbook xlsx', 'workbook pdf'],
    ]);
  });

  test('what the specification does not allow in a request is refused, and no more than that', async () => {
    const content = asObject(asObject(operationOf(spec, EXPORT)['requestBody'])['content']);
    const schema = asObject(content['application/json'])['schema'];
    const { organization } = simulator;
    const controls = { C: { valueType: 'text', column: 0 } } as const;
    const place = organization.addExport({ columns: ['a'], count: 1, rows: () => ['x'], controls });
    const base = { elementId: place.elementId, format: { type: 'csv' } };
    for (const more of [
      ...[{}, { parameters: { C: 'x' } }, { rowLimit: 5, offset: 2 }, { timeout: 5 }],
      ...[{ format: { type: 'jsonl' } }, { format: { type: 'json' } }, { exportAs: organization.owner.id }],
      ...[{ elementId: 5 }, { format: undefined }, { format: { type: 'tsv' } }, { format: { type: 'pdf' } }],
      ...[{ format: { type: 'png', pixelWidth: -1, pixelHeight: 0.5 } }, { format: { type: 'png' } }],
      ...[{ format: { type: 'png', pixelWidth: '1' } }, { format: { type: 'pdf', layout: 'portrait' } }],
      ...[{ parameters: { C: 5 } }, { parameters: 'C' }, { rowLimit: '5' }, { offset: true }, { tag: 1 }],
      ...[{ timeout: 'soon' }, { exportAs: 7 }],
    ]) {
      const body = JSON.parse(JSON.stringify({ ...base, ...more })) as Json;
      const isValid = mismatches(spec, schema, body).length === 0;
      expect((await ask(place.workbookId, body)).status, JSON.stringify(more)).toBe(isValid ? 200 : 400);
    }
  });
});
