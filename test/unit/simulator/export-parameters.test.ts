/** Values of controls, in the forms the specification lists. */
import { expect, test } from 'vitest';
import type { Cell, ValueType } from '../../../simulator/store/export-table.ts';
import type { Client } from './api.ts';
import { exported, openExports, requestExport } from './exports.ts';

const DATES = [
  ...['2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00.000Z', '2026-01-15T12:30:00.000Z'],
  ...['2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z'],
].map((text) => new Date(text));
const CELLS: Readonly<Record<'text' | 'number' | 'boolean' | 'date', readonly Cell[]>> = {
  text: ['a', 'b', 'New York, NY', '', null],
  number: [-1, 0, 10.54, 23, null],
  boolean: [true, false, true, null],
  date: [...DATES, null],
};

async function withControl(
  kind: keyof typeof CELLS,
  valueType: ValueType,
): Promise<Client & { place: { workbookId: string; elementId: string } }> {
  const client = await openExports();
  const cells = CELLS[kind];
  const place = client.simulator.organization.addExport({
    columns: ['n', kind],
    count: cells.length,
    rows: (i) => [i, cells[i] ?? null],
    controls: { C: { valueType, column: 1 }, Elsewhere: { valueType: 'text', column: 0 } },
  });
  return { ...client, place };
}

test.each<[keyof typeof CELLS, ValueType, string, number[]]>([
  ['text', 'text', 'a', [0]],
  ['text', 'text-list', 'a,b,:null', [0, 1, 4]],
  ['text', 'text-list', ':empty', [3]],
  ['text', 'text-list', 'New%20York%2C%20NY,a', [0, 2]],
  ['number', 'number', '10.54', [2]],
  ['number', 'number', '-1,23,:null', [0, 3, 4]],
  ['number', 'number-range', 'min:0,max:10.54', [1, 2]],
  ['number', 'number-range', 'min:0,max:', [1, 2, 3]],
  ['number', 'number-range', 'min:,max:0', [0, 1]],
  ['boolean', 'boolean', 'true', [0, 2]],
  ['boolean', 'boolean', 'false,:null', [1, 3]],
  ['date', 'date-range', 'min:2026-01-01,max:2026-01-31', [1, 2, 3]],
  ['date', 'date-range', 'min:2026-01-01T00:00,max:2026-01-31T23:59:59', [1, 2]],
  ['date', 'date-range', 'min:2026-02-01,max:', [4]],
  ['date', 'date-range', 'min:,max:2025-12-31', [0]],
  ['date', 'date', '2026-01-15', [2]],
  ['date', 'date', '2026-01-15T12:30,2026-02-01T00:00:00,:null', [2, 4, 5]],
])('%s by a %s control: %s', async (kind, valueType, value, left) => {
  const client = await withControl(kind, valueType);
  const text = await exported(client, client.place, 'json', { parameters: { C: value } });
  expect((JSON.parse(text) as { n: number }[]).map(({ n }) => n)).toEqual(left);
});

test('whether a day as the end of a range is part of it is a switch', async () => {
  const client = await withControl('date', 'date-range');
  client.simulator.faults.set({ exports: { maxIsMidnight: true } });
  const text = await exported(client, client.place, 'json', {
    parameters: { C: 'min:2026-01-01,max:2026-01-31' },
  });
  expect((JSON.parse(text) as { n: number }[]).map(({ n }) => n)).toEqual([1, 2]);
});

test('controls work together with each other, rowLimit and offset', async () => {
  const client = await withControl('number', 'number-range');
  const all = { parameters: { C: 'min:-1,max:' }, rowLimit: 2, offset: 1 };
  expect(await exported(client, client.place, 'csv', all)).toBe('n,number\n1,0\n2,10.54\n');
  expect(
    await exported(client, client.place, 'csv', { parameters: { C: 'min:0,max:', Elsewhere: '2' } }),
  ).toBe('n,number\n2,10.54\n');
});

test.each<[keyof typeof CELLS, ValueType, string]>([
  ['number', 'number', 'ten'],
  ['number', 'number', ''],
  ['number', 'number-range', 'min:0, max:1'],
  ['boolean', 'boolean', 'yes'],
  ['date', 'date-range', 'min:2026-01-01'],
  ['date', 'date-range', 'min:2026-13-01,max:'],
  ['date', 'date-range', 'min:2026-01-01T00:00:00Z,max:'],
  ['date', 'date-range', 'min:2026-01-01T00:00:00.000,max:'],
  ['date', 'date-range', 'min:prior-day-3,max:'],
  ['text', 'text', '%'],
])('%s by a %s control refuses %s', async (kind, valueType, value) => {
  const client = await withControl(kind, valueType);
  const { workbookId, elementId } = client.place;
  const body = { elementId, format: { type: 'csv' }, parameters: { C: value } };
  const reply = await requestExport(client, workbookId, body);
  expect([reply.status, reply.body['message']]).toEqual([400, expect.stringContaining('parameters.C')]);
});
