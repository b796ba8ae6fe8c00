/** The audit log: what it keeps, when it shows it, and how it changes. */
import { expect, test } from 'vitest';
import type { AuditLog } from '../../../simulator/exports/audit-log.ts';
import type { Client, Json } from './api.ts';
import { exported, openExports } from './exports.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

type Options = Parameters<Client['simulator']['organization']['addAuditLog']>[0];

async function withLog(options: Options = {}): Promise<{ client: Client; log: AuditLog }> {
  const client = await openExports();
  return { client, log: client.simulator.organization.addAuditLog(options) };
}

async function rows(client: Client, log: AuditLog, value?: string): Promise<Json[]> {
  const parameters = value === undefined ? {} : { 'API-Date-Filter': value };
  return JSON.parse(await exported(client, log, 'json', { parameters })) as Json[];
}

const time = (row: Json): number => Date.parse(String(row['Created At']));
const ids = (all: readonly Json[]): unknown[] => all.map((row) => row['Event ID']);
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

test('shows 30 days of the 75 there are, and not what has not arrived', async () => {
  const { client, log } = await withLog();
  const { organization } = client.simulator;
  const all = await rows(client, log);
  const { now } = organization;
  const events = [...log.events(now - 75 * DAY, now)];
  expect(events.length).toBeGreaterThan(7000);
  const arrived = events.filter((event) => event.createdAt >= now - 30 * DAY && event.arrivesAt <= now);
  expect(ids(all)).toEqual(arrived.map(({ id }) => id));
  expect(new Set(ids(all)).size).toBe(all.length);
  const late = events.map(({ createdAt, arrivesAt }) => arrivesAt - createdAt);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThan(2 * HOUR);
  expect(Math.max(...late)).toBeGreaterThan(HOUR);
  const soon = events.filter(({ createdAt, arrivesAt }) => createdAt < now && arrivesAt > now);
  expect(soon.length).toBeGreaterThan(0);
  organization.advance(2 * HOUR);
  const later = new Set(ids(await rows(client, log)));
  expect(soon.every(({ id }) => later.has(id))).toBe(true);
});

test('nightly exports of overlapping windows, merged by id, give all events; without the overlap some are lost', async () => {
  const { client, log } = await withLog({ perDay: 60, lateShare: 0.5 });
  const { organization } = client.simulator;
  const [merged, narrow] = [new Set<unknown>(), new Set<unknown>()];
  const start = organization.now;
  for (let night = 0; night < 40; night++) {
    const { now } = organization;
    for (const row of await rows(client, log, `min:${day(now - 2 * DAY)},max:${day(now)}`)) {
      merged.add(row['Event ID']);
      if (time(row) >= now - DAY) narrow.add(row['Event ID']);
    }
    organization.advance(DAY);
  }
  const all = [...log.events(start - DAY, organization.now - DAY - 2 * HOUR)].map(({ id }) => id);
  expect(all.length).toBeGreaterThan(2300);
  expect(all.filter((id) => !merged.has(id))).toEqual([]);
  expect(all.filter((id) => !narrow.has(id)).length).toBeGreaterThan(0);
});

test('the date control restricts the rows to its range', async () => {
  const { client, log } = await withLog();
  const { now } = client.simulator.organization;
  const [from, to] = [day(now - 5 * DAY), day(now - 3 * DAY)];
  const some = await rows(client, log, `min:${from},max:${to}`);
  const inside = (await rows(client, log)).filter((row) => {
    const at = String(row['Created At']).slice(0, 10);
    return at >= from && at <= to;
  });
  expect(some).toEqual(inside);
  expect(some.length).toBeGreaterThan(250);
  expect(await rows(client, log, `min:${day(now - 40 * DAY)},max:${day(now - 32 * DAY)}`)).toEqual([]);
});

test('duplicates are the same event twice', async () => {
  const { client, log } = await withLog({ duplicates: 0.2 });
  const all = await rows(client, log);
  const byId = Map.groupBy(all, (row) => row['Event ID']);
  const twice = [...byId.values()].filter((copies) => copies.length === 2);
  expect(twice.length / byId.size).toBeCloseTo(0.2, 1);
  for (const [one, two] of twice) expect(one).toEqual(two);
});

test('a column is renamed on one day and another one added on the next', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const start = organization.now;
  const changes = [
    { at: start + 2 * DAY, add: 'Session ID' },
    { at: start + DAY, rename: 'Created At', to: 'Event Time' },
  ];
  const log = organization.addAuditLog({ changes, perDay: 20 });
  const header = async (): Promise<string[]> =>
    (await exported(client, log)).split('\n', 1)[0]?.split(',') ?? [];
  const columns = async (): Promise<unknown[]> =>
    (await client.all(`/v2/workbooks/${log.workbookId}/elements/${log.elementId}/columns`)).map(
      (c) => c['label'],
    );
  const before = await header();
  expect(before.slice(0, 4)).toEqual(['Event ID', 'Created At', 'Event Type', 'Event Status']);
  const version = (): number => organization.workbooks.get(log.workbookId)?.version ?? 0;
  const first = version();
  organization.advance(DAY);
  expect(await header()).toEqual(before.map((label) => (label === 'Created At' ? 'Event Time' : label)));
  expect(version()).toBe(first + 1);
  organization.advance(DAY);
  expect((await header()).at(-1)).toBe('Session ID');
  expect(await columns()).toEqual(await header());
  expect(version()).toBe(first + 2);
  organization.advance(DAY);
  expect(version()).toBe(first + 2);
  // The control goes on meaning the column, and only newer events have a session.
  const since = day(organization.now - DAY);
  const recent = await rows(client, log, `min:${since},max:`);
  expect(recent.length).toBeGreaterThan(10);
  const all = await rows(client, log);
  const sessionOf = (row: Json): boolean => row['Session ID'] !== null;
  const at = (row: Json): number => Date.parse(String(row['Event Time']));
  expect(all.filter(sessionOf)).toEqual(all.filter((row) => at(row) >= start + 2 * DAY));
});

test('its columns have labels and formulas, as those of any element that was added', async () => {
  const { client, log } = await withLog();
  const added = client.simulator.organization.addExport({
    columns: ['', 'a "b"', 'a "b"'],
    count: 0,
    rows: () => [],
  });
  for (const { workbookId, elementId } of [log, added]) {
    const table = client.simulator.organization.exportOf(workbookId, elementId);
    const columns = await client.all(`/v2/workbooks/${workbookId}/elements/${elementId}/columns`);
    expect(columns).toEqual(
      table.columns.map(({ label }) => ({
        columnId: expect.any(String),
        label,
        formula: expect.stringContaining(`[`),
        type: expect.objectContaining({ type: expect.any(String) }),
      })),
    );
    expect(new Set(columns.map(({ columnId }) => columnId)).size).toBe(columns.length);
  }
});

test('its address in the browser is that of its workbook with the element behind it', async () => {
  const { client, log } = await withLog();
  const { organization } = client.simulator;
  const { body } = await client.get(`/v2/workbooks/${log.workbookId}`);
  const url = new URL(organization.urlOf(log));
  expect(url.searchParams.get(':nodeId')).toBe(log.elementId);
  expect(url.pathname).toBe(`/example/workbook/Sigma-Audit-Log-${body['workbookUrlId']}`);
  expect(`${url.origin}${url.pathname}`).toBe(body['url']);
  expect(() => organization.urlOf({ workbookId: 'none', elementId: 'none' })).toThrow(RangeError);
});

test('its source is a table of the audit-log connection, which is made where there is none', async () => {
  for (const connections of [0, 3]) {
    const client = await openExports({
      organization: { workbooks: 20, connections, auditLog: { perDay: 10 } },
    });
    const log = client.simulator.organization.auditLog;
    if (log === undefined) throw new Error('there is no audit log');
    const [source, ...others] = await client.array(`/v2/workbooks/${log.workbookId}/sources`);
    expect(others).toEqual([]);
    expect(source).toEqual({ type: 'table', inodeId: expect.any(String) });
    const connection = (await client.all('/v2/connections')).find((one) => one['isAuditLog'] === true);
    expect(connection?.['connectionId']).toBe(log.connectionId);
    expect(await client.all(`/v2/workbooks/${log.workbookId}/controls`)).toContainEqual({
      name: 'API-Date-Filter',
      valueType: 'date-range',
    });
    expect((await rows(client, log)).length).toBeGreaterThan(250);
    expect(() => client.simulator.organization.addAuditLog()).toThrow(RangeError);
  }
});

test('can be added, and its clock moved, from another process', async () => {
  const client = await openExports();
  const { organization } = client.simulator;
  const { body, status } = await client.control('POST', '/audit-log', { perDay: 10, duplicates: 1 });
  const log = organization.auditLog;
  if (log === undefined) throw new Error('there is no audit log');
  const { workbookId, elementId, connectionId } = log;
  expect([status, body]).toEqual([200, { workbookId, elementId, connectionId }]);
  const before = ids(await rows(client, log));
  expect(before.length).toBe(2 * new Set(before).size);
  await client.control('POST', '/clock', { advanceMs: 31 * DAY });
  expect(ids(await rows(client, log)).filter((id) => before.includes(id))).toEqual([]);
  expect((await client.control('POST', '/audit-log')).status).toBe(400);
  const big = (await client.control('POST', '/big-export', { rows: 3 })).body;
  const text = await exported(client, {
    workbookId: String(big['workbookId']),
    elementId: String(big['elementId']),
  });
  expect(text.split('\n')[1]).toMatch(/^1000000000000,/);
  expect((await client.control('POST', '/big-export', { rows: -1 })).status).toBe(400);
});

test('actors and objects are those of the organization', async () => {
  const { client, log } = await withLog();
  const { organization } = client.simulator;
  const known = new Set(organization.truth('members').map((m) => m['email']));
  const all = await rows(client, log);
  expect(all.every((row) => known.has(row['User Email']))).toBe(true);
  const objects = all.map((row) => row['Object ID']).filter((id) => id !== null);
  expect(objects.every((id) => organization.workbooks.get(String(id)) !== undefined)).toBe(true);
});
