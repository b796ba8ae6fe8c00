/** Rights and rules of exports, and the course of a job. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Client, Json } from './api.ts';
import {
  dataElementsOf,
  download,
  exported,
  openExports,
  parseCsv,
  requestExport,
  started,
} from './exports.ts';

const THREE = { columns: ['n'], count: 3, rows: (i: number) => [String(i)] };
const TOKEN = 'warehouse-token-of-someone';

test('an export is asked for, polled and downloaded', async () => {
  const client = await openExports({ exportJob: { polls: 2 } });
  const place = client.simulator.organization.addExport({ ...THREE, name: 'Élan "x"' });
  const { status, body } = await requestExport(client, place.workbookId, {
    elementId: place.elementId,
    format: { type: 'csv' },
  });
  expect([status, body]).toEqual([200, { queryId: expect.any(String), jobComplete: false }]);
  const polled = [];
  for (let i = 0; i < 4; i++) {
    const response = await download(client, body['queryId']);
    polled.push([response.status, await response.text(), response.headers.get('content-type')]);
  }
  const file = [200, 'n\n0\n1\n2\n', 'text/csv; charset=utf-8'];
  expect(polled).toEqual([[204, '', null], [204, '', null], file, file]);
  const { headers } = await download(client, body['queryId']);
  expect(headers.get('content-disposition')).toContain(`filename*=UTF-8''%C3%89lan%20%22x%22.csv`);
  expect(client.simulator.counters.of('POST /v2/workbooks/{workbookId}/export')).toBe(1);
  expect(client.simulator.counters.of('GET /v2/query/{queryId}/download')).toBe(5);
});

test('jobs are counted, and how many ran at once', async () => {
  const client = await openExports({ exportJob: { polls: 1 } });
  const { exports, organization } = client.simulator;
  const place = organization.addExport(THREE);
  const finish = async (queryId: string): Promise<void> => {
    expect((await download(client, queryId)).status).toBe(204);
    expect((await download(client, queryId)).status).toBe(200);
  };
  for (let i = 0; i < 3; i++) await finish(await started(client, place));
  expect([exports.jobs.started, exports.jobs.mostRunning]).toEqual([3, 1]);
  const together = await Promise.all([1, 2, 3, 4].map(() => started(client, place)));
  for (const queryId of together) await finish(queryId);
  await finish(await started(client, place));
  expect([exports.jobs.started, exports.jobs.mostRunning]).toEqual([8, 4]);
});

test('a job that is done at once says so, unless it was to run asynchronously', async () => {
  const client = await openExports();
  const { workbookId, elementId } = client.simulator.organization.addExport(THREE);
  const body = { elementId, format: { type: 'json' } };
  expect((await requestExport(client, workbookId, body)).body['jobComplete']).toBe(true);
  expect(
    (await requestExport(client, workbookId, { ...body, runAsynchronously: true })).body['jobComplete'],
  ).toBe(false);
});

test('a job can take time', async () => {
  const client = await openExports({ exportJob: { polls: 0, ms: 2000 } });
  const queryId = await started(client, client.simulator.organization.addExport(THREE));
  expect((await download(client, queryId)).status).toBe(204);
  await sleep(2050);
  expect((await download(client, queryId)).status).toBe(200);
});

test.each<[field: string, body: Json | string]>([
  ['not JSON', '{'],
  ['elementId', { elementId: undefined }],
  ['pageId', { pageId: 'p' }],
  ['pageId', { elementId: undefined, pageId: 7, format: { type: 'xlsx' } }],
  ['format.type', { elementId: undefined, pageId: 'p' }],
  ['format.type', { elementId: undefined, format: { type: 'png' } }],
  ['elementId', { elementId: 7 }],
  ['format', { format: undefined }],
  ['format.type', { format: { type: 'tsv' } }],
  ['format.layout', { format: { type: 'pdf' } }],
  ['format.layout', { elementId: undefined, format: { type: 'pdf', layout: 'square' } }],
  ['format', { format: { type: 'xlsx', layout: 'portrait' } }],
  ['format.pixelWidth', { format: { type: 'png', pixelWidth: '640' } }],
  ['parameters.a', { parameters: { a: 1 } }],
  ['parameters.Nobody', { parameters: { Nobody: '1' } }],
  ['filters.a', { filters: { a: ['x'] } }],
  ['rowLimit', { rowLimit: '10' }],
  ['rowLimit', { rowLimit: 0 }],
  ['rowLimit', { rowLimit: 1.5 }],
  ['offset', { offset: -1 }],
  ['timeout', { timeout: '5' }],
  ['tag', { tag: 5 }],
  ['exportAs', { exportAs: 'nobody' }],
  ['runAsynchronously', { runAsynchronously: 'true' }],
  ['resultsValidityTimeMs', { resultsValidityTimeMs: 6 * 3_600_000 + 1 }],
  ['rowlimit', { rowlimit: 10 }],
])('400 names %s: %j', async (field, body) => {
  const client = await openExports();
  const { workbookId, elementId } = client.simulator.organization.addExport(THREE);
  const given = typeof body === 'string' ? body : { elementId, format: { type: 'csv' }, ...body };
  const reply = await requestExport(client, workbookId, given);
  expect([reply.status, reply.body['message']]).toEqual([400, expect.stringContaining(field)]);
  expect(client.simulator.exports.jobs).toMatchObject({ size: 0, started: 0, mostRunning: 0 });
});

test('everything the specification has is taken', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const place = organization.addExport({
    ...THREE,
    controls: { Pick: { valueType: 'text-list', column: 0 } },
  });
  const all = {
    timeout: 60,
    exportAs: organization.owner.id,
    runAsynchronously: true,
    resultsValidityTimeMs: 1,
  };
  const chosen = { parameters: { Pick: '2,1' }, filters: {}, rowLimit: 1, offset: 1 };
  expect(await exported(client, place, 'csv', { ...all, ...chosen })).toBe('n\n2\n');
});

test('a body of another type, other elements, other people', async () => {
  const client = await openExports({ organization: { workbooks: 60 } });
  const { organization, faults } = client.simulator;
  const place = organization.addExport(THREE);
  const body = { elementId: place.elementId, format: { type: 'csv' } };
  const status = async (workbookId: string, asked: unknown = body, headers = {}): Promise<number> =>
    (await requestExport(client, workbookId, asked, headers)).status;
  expect(await status(place.workbookId, body, { 'content-type': 'text/plain' })).toBe(400);
  expect(await status('nowhere')).toBe(404);
  expect(await status(place.workbookId, { ...body, elementId: 'nothing' })).toBe(404);
  for (const element of organization.truth('workbook_elements').filter((e) => e['columns'] === undefined))
    expect(await status(String(element['workbookId']), { ...body, elementId: element['elementId'] })).toBe(
      400,
    );
  expect(await status(place.workbookId, { ...body, tag: 'none' })).toBe(404);
  expect(await status(place.workbookId, body, { authorization: 'Bearer wrong' })).toBe(401);
  faults.set({ permissionLoss: 1 });
  expect(await status(place.workbookId)).toBe(403);
  faults.clear();
  organization.archiveWorkbook(place.workbookId);
  expect(await status(place.workbookId)).toBe(400);
  organization.deleteWorkbook(place.workbookId);
  expect(await status(place.workbookId)).toBe(404);
  expect((await download(client, 'unknown')).status).toBe(404);
  expect((await download({ ...client, token: 'wrong' }, 'unknown')).status).toBe(401);
});

test('a tag exports the tagged version', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const place = organization.addExport(THREE);
  const tagId = organization.addTag('Production');
  organization.tagWorkbook(place.workbookId, tagId);
  expect(await exported(client, place, 'csv', { tag: 'Production' })).toBe('n\n0\n1\n2\n');
  const late = organization.addExport({ ...THREE, workbookId: place.workbookId });
  expect(await exported(client, late)).toBe('n\n0\n1\n2\n');
});

test('every element with data can be exported, and its header is what its columns are called', async () => {
  const client = await openExports({ organization: { workbooks: 25, elements: 60 } });
  const { organization } = client.simulator;
  let rows = 0;
  for (const { workbookId, elementId } of dataElementsOf(client)) {
    const [header, ...records] = parseCsv(await exported(client, { workbookId, elementId }));
    const columns = await client.all(`/v2/workbooks/${workbookId}/elements/${elementId}/columns`);
    expect(header).toEqual(columns.map(({ label }) => label));
    expect(records).toHaveLength(organization.exportOf(workbookId, elementId).count);
    rows += records.length;
  }
  expect(rows).toBeGreaterThan(500);
});

test('more than so many exports a minute are refused and counted', async () => {
  const client = await openExports({ exportsPerMinute: 3 });
  const { counters, organization } = client.simulator;
  const { workbookId, elementId } = organization.addExport(THREE);
  const ask = (): ReturnType<typeof requestExport> =>
    requestExport(client, workbookId, { elementId, format: { type: 'csv' } });
  const replies = [];
  for (let i = 0; i < 5; i++) replies.push(await ask());
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  const wait = Number(replies[4]?.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(50);
  expect(wait).toBeLessThanOrEqual(60);
  expect(counters.exportRateViolations).toBe(2);
  expect(counters.toJSON()).toMatchObject({ exportRateViolations: 2 });
});

test('a result expires after an hour of the logical clock, or when it was asked to', async () => {
  const client = await openExports();
  const { organization, exports } = client.simulator;
  const place = organization.addExport(THREE);
  const queryId = await started(client, place);
  const longer = await started(client, place, 'csv', { resultsValidityTimeMs: 7_200_000 });
  const status = async (id: string): Promise<number> => (await download(client, id)).status;
  await client.control('POST', '/clock', { advanceMs: 3_599_000 });
  expect([await status(queryId), await status(longer)]).toEqual([200, 200]);
  organization.advance(1000);
  expect([await status(queryId), await status(longer)]).toEqual([404, 200]);
  await started(client, place);
  expect(exports.jobs.size).toBe(2);
  expect(() => organization.advance(-1)).toThrow(RangeError);
  expect((await client.control('POST', '/clock', { advanceMs: -1 })).status).toBe(400);
});

test('override tokens are noted by where they were sent, and kept nowhere', async () => {
  const client = await openExports();
  const { simulator, token } = client;
  const { organization, exports, counters } = simulator;
  counters.logging = true;
  const place = organization.addExport({ ...THREE, connectionId: 'connection-1' });
  const body = { elementId: place.elementId, format: { type: 'csv' } };
  const ask = (headers: Record<string, string>): ReturnType<typeof requestExport> =>
    requestExport(client, place.workbookId, body, headers);
  const overrides = JSON.stringify([{ conn_id: 'connection-1', token: TOKEN }]);
  const rejecting = { 'x-sigma-oauth-reject-default-tokens': 'true' };
  expect((await ask({ 'x-sigma-oauth-overrides': overrides, ...rejecting })).status).toBe(200);
  expect((await ask(rejecting)).status).toBe(403);
  expect(exports.overrides.endpointsOf(TOKEN)).toEqual(['POST /v2/workbooks/{workbookId}/export']);
  expect(exports.overrides.endpointsOf('another')).toEqual([]);
  expect(exports.overrides.requests[0]).toEqual({
    endpoint: 'POST /v2/workbooks/{workbookId}/export',
    connectionIds: ['connection-1'],
    rejectsDefaults: true,
  });
  const headers = { authorization: `Bearer ${token}`, 'x-sigma-oauth-overrides': overrides };
  await fetch(`${simulator.url}/v2/whoami`, { headers });
  expect(exports.overrides.endpointsOf(TOKEN)).toContain('GET /v2/whoami');
  const seen = [counters, counters.log, [...counters.paths], exports.overrides.requests, simulator.faults];
  expect(JSON.stringify(seen)).not.toContain(TOKEN);
});

test.each([
  ['x-sigma-oauth-overrides', `${TOKEN}`],
  ['x-sigma-oauth-overrides', `{"conn_id":"a","token":"${TOKEN}"}`],
  ['x-sigma-oauth-overrides', `[{"conn_id":"a"}]`],
  ['x-sigma-oauth-overrides', `[{"connection":"a","token":"${TOKEN}"}]`],
  ['x-sigma-oauth-reject-default-tokens', 'yes'],
])('malformed %s: %s', async (name, value) => {
  const client: Client = await openExports();
  const { workbookId, elementId } = client.simulator.organization.addExport(THREE);
  const reply = await requestExport(
    client,
    workbookId,
    { elementId, format: { type: 'csv' } },
    { [name]: value },
  );
  expect([reply.status, reply.body['message']]).toEqual([400, expect.stringContaining(name)]);
  expect(reply.text).not.toContain(TOKEN);
  const headers = { authorization: `Bearer ${client.token}`, [name]: value };
  expect((await fetch(`${client.simulator.url}/v2/whoami`, { headers })).status).toBe(200);
});
