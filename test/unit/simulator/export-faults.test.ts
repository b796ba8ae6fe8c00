/** Peculiarities of exports, each of them switched on. */
import { expect, test } from 'vitest';
import type { ExportSwitches } from '../../../simulator/http/faults.ts';
import type { Client, Json } from './api.ts';
import { download, exported, openExports, parseCsv, requestExport, started } from './exports.ts';

const LINES = { columns: ['n', 'm'], count: 3, rows: (i: number) => [i, null] };

async function withSwitches(exports: Partial<ExportSwitches>, options = {}): Promise<Client> {
  const client = await openExports(options);
  client.simulator.faults.set({ exports });
  return client;
}

test.each<[ExportSwitches['running'], number, string]>([
  ['204', 204, ''],
  ['empty-200', 200, ''],
  ['envelope-204', 200, '{"status":204}'],
  ['404', 404, 'query not found'],
])('a job that runs: %s', async (running, status, text) => {
  const client = await withSwitches({ running }, { exportJob: { polls: 1 } });
  const queryId = await started(client, client.simulator.organization.addExport(LINES));
  const response = await download(client, queryId);
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
  expect(await (await download(client, queryId)).text()).toBe('n,m\n0,\n1,\n2,\n');
});

test('a job that runs: each form in turn', async () => {
  const client = await withSwitches({ running: 'mixed' }, { exportJob: { polls: 40 } });
  const queryId = await started(client, client.simulator.organization.addExport(LINES));
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const response = await download(client, queryId);
    seen.add(`${response.status} ${(await response.text()).slice(0, 8)}`);
  }
  expect([...seen].sort()).toEqual(['200 ', '200 {"status', '204 ', '404 {"reques'].sort());
});

test.each<[Partial<ExportSwitches>, string, string]>([
  [{ bom: true }, 'csv', '\ufeffn,m\n0,\n1,\n2,\n'],
  [{ crlf: true }, 'csv', 'n,m\r\n0,\r\n1,\r\n2,\r\n'],
  [{ trailingBlankLines: 2 }, 'csv', 'n,m\n0,\n1,\n2,\n\n\n'],
  [{ bom: true, crlf: true, trailingBlankLines: 1 }, 'csv', '\ufeffn,m\r\n0,\r\n1,\r\n2,\r\n\r\n'],
  [
    { bom: true, crlf: true, trailingBlankLines: 1 },
    'json',
    '[{"n":0,"m":null},\n{"n":1,"m":null},\n{"n":2,"m":null}]',
  ],
  [
    { crlf: true, trailingBlankLines: 1 },
    'jsonl',
    '{"n":0,"m":null}\r\n{"n":1,"m":null}\r\n{"n":2,"m":null}\r\n\r\n',
  ],
])('%j of %s', async (exports, type, text) => {
  const client = await withSwitches(exports);
  const places = client.simulator.organization.addExport(LINES);
  expect(await exported(client, places, type)).toBe(text);
});

test('formatted numbers are formatted in CSV only', async () => {
  const client = await withSwitches({ formatted: true });
  const place = client.simulator.organization.addExport({
    columns: [
      { label: 'a', type: 'number', format: 'currency' },
      { label: 'b', type: 'number', format: 'percent' },
      { label: 'c', type: 'number' },
    ],
    count: 2,
    rows: (i) => (i === 0 ? [-1234.5, 0.125, 1_234_567n] : [0, null, 0.005]),
  });
  expect(parseCsv(await exported(client, place))).toEqual([
    ['a', 'b', 'c'],
    ['-$1,234.50', '12.5%', '1,234,567'],
    ['$0.00', '', '0.01'],
  ]);
  expect(JSON.parse(await exported(client, place, 'json'))).toEqual([
    { a: -1234.5, b: 0.125, c: 1_234_567 },
    { a: 0, b: null, c: 0.005 },
  ]);
});

test('shuffled rows come in another order each time, all of them, but one job keeps its order', async () => {
  const client = await withSwitches({ shuffle: true });
  const place = client.simulator.organization.addExport({ columns: ['n'], count: 1000, rows: (i) => [i] });
  const first = await exported(client, place);
  const queryId = await started(client, place);
  const again = [await download(client, queryId), await download(client, queryId)];
  const [one, two] = await Promise.all(again.map((response) => response.text()));
  expect(one).toBe(two);
  expect(one).not.toBe(first);
  const numbers = (text: string): number[] =>
    parseCsv(text)
      .slice(1)
      .map(([n]) => Number(n));
  for (const text of [first, String(one)])
    expect(numbers(text).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  // So pages by offset overlap and leave out.
  const pages = [0, 500].map((offset) => exported(client, place, 'csv', { offset, rowLimit: 500 }));
  const union = new Set((await Promise.all(pages)).flatMap(numbers));
  expect(union.size).toBeLessThan(1000);
});

test('the CSV of a pivot table with totals answers 500, its JSON works', async () => {
  const client = await openExports();
  const { organization, faults } = client.simulator;
  const { workbookId, elementId } = organization.addExport({ ...LINES, type: 'pivot-table', totals: true });
  const place = { workbookId, elementId };
  const csv = { elementId, format: { type: 'csv' } };
  expect(await exported(client, place)).toContain('n,m');
  faults.set({ exports: { pivotCsv: 'export-500' } });
  expect((await requestExport(client, workbookId, csv)).status).toBe(500);
  faults.set({ exports: { pivotCsv: 'download-500' } });
  expect((await download(client, await started(client, place))).status).toBe(500);
  expect(JSON.parse(await exported(client, place, 'json'))).toHaveLength(3);
  expect(await exported(client, organization.addExport(LINES))).toContain('n,m');
});

test('faults of a download: a page, an envelope, an early 404, an expired result', async () => {
  const client = await openExports();
  const { organization, faults, counters } = client.simulator;
  const queryId = await started(client, organization.addExport(LINES));
  const once = async (
    kind: 'html-200' | 'envelope-500' | 'early-404' | 'expired-query',
  ): Promise<[number, string]> => {
    faults.inject({ kinds: [kind], match: '/download$', times: 1 });
    const response = await download(client, queryId);
    return [response.status, await response.text()];
  };
  expect(await once('html-200')).toEqual([200, expect.stringMatching(/^</)]);
  expect(await once('envelope-500')).toEqual([200, '{"status":500,"message":"Internal server error"}']);
  expect((await once('early-404'))[0]).toBe(404);
  expect((await download(client, queryId)).status).toBe(200);
  expect((await once('expired-query'))[0]).toBe(404);
  expect((await download(client, queryId)).status).toBe(404);
  expect(Object.fromEntries(counters.faults)).toEqual({
    ...{ 'html-200': 1, 'envelope-500': 1, 'early-404': 1, 'expired-query': 1 },
  });
  faults.inject({ kinds: ['envelope-500', 'early-404', 'expired-query'] });
  expect((await client.get('/v2/teams')).status).toBe(200);
});

test('a slow job', async () => {
  const client = await openExports();
  const { organization, faults } = client.simulator;
  const place = organization.addExport(LINES);
  faults.inject({ kinds: ['slow-job'], times: 1, slowMs: 50 });
  const queryId = await started(client, place);
  expect((await download(client, queryId)).status).toBe(204);
  await expect.poll(async () => (await download(client, queryId)).status).toBe(200);
  expect((await download(client, await started(client, place))).status).toBe(200);
});

test.each<[type: string, format: Json, of: 'element' | 'page' | 'workbook']>([
  ['xlsx', { type: 'xlsx' }, 'workbook'],
  ['pdf', { type: 'pdf', layout: 'portrait' }, 'page'],
  ['png', { type: 'png' }, 'element'],
])('jobs that run, break, answer pages and expire: %s', async (_, format, of) => {
  const client = await openExports({ exportJob: { polls: 1 } });
  const { organization, faults } = client.simulator;
  const { workbookId, elementId } = organization.addExport(LINES);
  const [page] = await client.all(`/v2/workbooks/${workbookId}/pages`);
  const place = { element: { elementId }, page: { pageId: page?.['pageId'] }, workbook: {} }[of];
  const start = async (): Promise<unknown> => {
    const { body } = await requestExport(client, workbookId, { ...place, format });
    return body['queryId'];
  };
  const queryId = await start();
  faults.set({ exports: { running: 'envelope-204', bom: true, crlf: true, trailingBlankLines: 3 } });
  expect(await (await download(client, queryId)).text()).toBe('{"status":204}');
  const whole = Buffer.from(await (await download(client, queryId)).arrayBuffer());
  faults.clear();
  // Switches of text leave other files as they are.
  expect(Buffer.from(await (await download(client, queryId)).arrayBuffer())).toEqual(whole);
  for (const kind of ['cut', 'reset'] as const) {
    faults.inject({ kinds: [kind], match: '/download$', times: 1 });
    const read = async (): Promise<unknown> => (await download(client, queryId)).arrayBuffer();
    await expect(read()).rejects.toThrow();
  }
  faults.inject({ kinds: ['html-200'], match: '/download$', times: 1 });
  expect(await (await download(client, queryId)).text()).toMatch(/^</);
  expect(Buffer.from(await (await download(client, queryId)).arrayBuffer())).toEqual(whole);
  faults.inject({ kinds: ['expired-query'], match: '/download$', times: 1 });
  expect((await download(client, queryId)).status).toBe(404);
  expect((await download(client, queryId)).status).toBe(404);
  faults.inject({ kinds: ['slow-job'], match: '/export$', times: 1, slowMs: 1000 });
  const slow = await start();
  expect((await download(client, slow)).status).toBe(204);
  expect((await download(client, slow)).status).toBe(204);
  await expect.poll(async () => (await download(client, slow)).status, { timeout: 20_000 }).toBe(200);
});

test.each([
  ['a short file', 3],
  ['a long file', 200_000],
])('a download cut in the middle: %s', async (_, count) => {
  const client = await openExports();
  const { organization, faults } = client.simulator;
  const place = organization.addExport({ columns: ['n'], count, rows: (i) => [`row ${i}`] });
  const whole = await exported(client, place);
  const queryId = await started(client, place);
  for (let i = 0; i < 5; i++) {
    faults.inject({ kinds: ['cut'], match: '/download$', times: 1, seed: i, maxInARow: 5 });
    const response = await download(client, queryId);
    expect(response.status).toBe(200);
    let text = '';
    const read = async (): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
    };
    await expect(read()).rejects.toThrow();
    expect(text.length).toBeLessThan(whole.length);
    expect(whole.startsWith(text)).toBe(true);
  }
  expect(await (await download(client, queryId)).text()).toBe(whole);
});

test('switches are at hand over HTTP, described, merged and cleared', async () => {
  const client = await openExports();
  const described = await client.control('GET', '');
  expect(described.body['faults']).toMatchObject({ exports: { properties: { shuffle: expect.anything() } } });
  await client.control('POST', '/faults', { exports: { bom: true } });
  const both = await client.control('POST', '/faults', { exports: { crlf: true } });
  expect(both.body['switches']).toMatchObject({ exports: { bom: true, crlf: true, shuffle: false } });
  expect((await client.control('POST', '/faults', { exports: { crlf: 'yes' } })).status).toBe(400);
  const cleared = await client.control('DELETE', '/faults');
  expect(cleared.body['switches']).toMatchObject({ exports: { bom: false, crlf: false } });
});
