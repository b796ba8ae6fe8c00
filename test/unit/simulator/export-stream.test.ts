/** Large files: made while they are read, and never held. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { rowsOf } from '../../../simulator/store/export-table.ts';
import type { Json } from './api.ts';
import { download, exported, openExports, parseCsv, started } from './exports.ts';

const MB = 1_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Bytes of memory that are held, the engine's and those of buffers: garbage is collected first. Buffers are given back
 * by a thread of the engine's own, so that one reading may still count some that are gone; what is held is in both.
 */
async function inUse(): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < 2; i++) {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    readings.push(heapUsed + external);
    await nextTurn();
  }
  return Math.min(...readings);
}

async function lengthOf(response: Response, peak: (bytes: number) => void): Promise<number> {
  let length = 0;
  let chunks = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (chunks++ % 200 === 0) peak(await inUse());
  }
  return length;
}

test.each([
  ['pre-encoded', 2_000_000],
  ['from a generator', 600_000],
])('memory stays flat: %s, %d rows', async (how, rows) => {
  const client = await openExports({ exportRowLimit: 10_000_000 });
  const { organization } = client.simulator;
  const place =
    how === 'pre-encoded'
      ? organization.addBigExport({ rows })
      : organization.addExport({
          columns: ['id', 'text', 'number'],
          count: rows,
          rows: (i) => [`row ${i}`, 'x'.repeat(80), i / 2],
        });
  await (await download(client, await started(client, place, 'csv', { rowLimit: 50_000 }))).arrayBuffer();
  const before = await inUse();
  let most = 0;
  const response = await download(client, await started(client, place));
  const length = await lengthOf(response, (bytes) => {
    most = Math.max(most, bytes - before);
  });
  expect(length).toBeGreaterThan(rows * 80);
  // The files are of 60 and 300 MB.
  expect(most).toBeLessThan(30 * MB);
});

test('rows are made no faster than they are read', async () => {
  const client = await openExports({ exportRowLimit: 10_000_000 });
  let made = 0;
  const place = client.simulator.organization.addExport({
    columns: ['text'],
    count: 10_000_000,
    rows: () => {
      made++;
      return ['x'.repeat(1000)];
    },
  });
  const response = await download(client, await started(client, place));
  const reader = response.body?.getReader();
  await reader?.read();
  // The buffers between the two fill up, and then nothing more is made.
  let before = -1;
  while (made !== before) {
    before = made;
    await sleep(500);
  }
  expect(made).toBeLessThan(100_000);
  await reader?.cancel();
  await sleep(500);
  const afterTheEnd = made;
  await sleep(500);
  expect(made).toBe(afterTheEnd);
  expect((await client.get('/v2/whoami')).status).toBe(200);
});

test('the pre-encoded rows are those of the table, in every format and from every offset', async () => {
  const client = await openExports();
  const { organization, faults } = client.simulator;
  const place = organization.addBigExport({ rows: 17_123, name: 'Big' });
  const table = organization.exportOf(place.workbookId, place.elementId);
  expect(table.columns).toHaveLength(12);
  const cells = [...rowsOf(table)];
  for (const [offset, rowLimit] of [
    [0, 100_000],
    [17, 5],
    [15_990, 1_020],
    [17_000, 500],
    [50_000, 1],
  ] as const) {
    const expected = cells.slice(offset, offset + rowLimit);
    const idsOf = (all: readonly unknown[]): string[] => all.map(String);
    const json = JSON.parse(await exported(client, place, 'json', { offset, rowLimit })) as Json[];
    expect(json.map((row) => row['id'])).toEqual(expected.map(([id]) => id));
    expect(json.map((row) => row['note'])).toEqual(expected.map((row) => row[6]));
    const lines = (await exported(client, place, 'jsonl', { offset, rowLimit })).split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as Json)).toEqual(json);
    const records = parseCsv(await exported(client, place, 'csv', { offset, rowLimit })).slice(1);
    expect(records.map(([id, order]) => [id, order])).toEqual(expected.map((row) => idsOf(row.slice(0, 2))));
  }
  const plain = await exported(client, place);
  faults.set({ exports: { crlf: true } });
  const crlf = await exported(client, place);
  // The same cells; quoted texts keep the line ends they have.
  expect(parseCsv(crlf)).toEqual(parseCsv(plain));
  expect(crlf.split('\r\n').length).toBeGreaterThan(17_123);
  // The slow way gives the same file.
  faults.set({ exports: { crlf: false } });
  const { preencoded: _, ...slow } = table;
  const copy = organization.addExport({
    columns: slow.columns,
    count: slow.count,
    rows: (i) => slow.row(i) ?? [],
  });
  expect(await exported(client, copy)).toBe(plain);
});
