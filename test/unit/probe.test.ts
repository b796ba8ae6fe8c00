/** The output of `probe` for both APIs of the simulator; it has nobody's values. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { API_2025 } from '../../simulator/http/novelties.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { FACTS } from '../../src/operations/probe/facts.ts';
import { isFieldName } from '../../src/operations/probe/kinds.ts';
import type { ProbeRow } from '../../src/operations/probe/probe-row.ts';
import { runProbe } from '../../src/operations/probe/run-probe.ts';
import { openSigmaClient, type SigmaClient } from '../../src/sigma/client.ts';
import { fakeClock } from '../support/fake-clock.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

type Bend = (body: unknown, path: string) => unknown;

async function probe(
  options: SimulatorOptions = {},
  { prepare, bend = (body) => body }: { prepare?: (simulator: Simulator) => void; bend?: Bend } = {},
): Promise<{ rows: ProbeRow[]; simulator: Simulator }> {
  const simulator = await startSimulator(options);
  prepare?.(simulator);
  const client = openSigmaClient({
    baseUrl: simulator.url,
    credentials: () => simulator,
    events: new EventBus(),
    clock: fakeClock(),
    concurrency: 2,
    timeoutMs: 5000,
    retry: { maxAttempts: 2, baseMs: 1, maxMs: 1 },
  });
  open.push(client, simulator);
  const bent: SigmaClient = {
    get: async (path, request) => {
      const answer = await client.get(path, request);
      return { ...answer, body: bend(answer.body, path) };
    },
    close: () => client.close(),
  };
  const rows: ProbeRow[] = [];
  for await (const row of runProbe(bent, catalogue)) rows.push(row);
  return { rows, simulator };
}

/** The evidence for some facts. */
function seenOf(rows: readonly ProbeRow[], ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    rows.filter(({ id }) => ids.includes(id)).map(({ id, seen }) => [id, seen.replace(/\d+$/, 'n')]),
  );
}

it('the API of 2026 is seen as it is', async () => {
  const { rows } = await probe();
  const wanted = ['grant-id', 'page-token', 'page-token-2', 'page-number', 'bare-list', 'strict-sources'];
  expect(seenOf(rows, [...wanted, 'file-tables', 'unknown-endpoint', 'one-filter', 'long-id'])).toEqual({
    'grant-id': 'short id n',
    'long-id': 'long id n',
    'page-token': expect.stringMatching(/^text n$/),
    'page-token-2': 'text n',
    'page-number': 'the first page',
    'bare-list': 'pages',
    'strict-sources': 'n',
    'file-tables': '20 of 20 with id, name and path',
    'unknown-endpoint': 'n',
    'one-filter': 'n',
  });
  for (const id of wanted) expect(rows.find((row) => row.id === id)?.outcome, id).toBe('as expected');
});

it('the API of 2025 is seen as it is', async () => {
  const { rows } = await probe({ novelties: API_2025 });
  expect(seenOf(rows, ['grant-id', 'page-token', 'page-number', 'bare-list', 'strict-sources'])).toEqual({
    'grant-id': 'long id n',
    'page-token': expect.stringMatching(/^digits \d+, text n$/),
    'page-number': 'another page',
    'bare-list': 'a bare list',
    'strict-sources': 'n',
  });
  for (const id of ['grant-id', 'page-number', 'bare-list', 'strict-sources'])
    expect(rows.find((row) => row.id === id)?.outcome, id).toBe('differs');
  // An endpoint that is missing says so.
  expect(rows).toContainEqual({
    id: 'endpoint',
    fact: '/v2/workbooks/{workbookId}/columns',
    expected: 'pages',
    seen: expect.stringMatching(/^answers 404 \d$/),
    outcome: 'differs',
  });
});

it('short ids are held against the long ones', async () => {
  const seen = (rows: readonly ProbeRow[]) => rows.find(({ id }) => id === 'short-id-sum');
  expect(seen((await probe()).rows)).toMatchObject({
    seen: expect.stringMatching(/^(\d+) of \1$/),
    outcome: 'as expected',
  });
  const bend: Bend = (body) =>
    JSON.parse(JSON.stringify(body ?? null).replaceAll(/("workbookUrlId":")./g, '$10')) as unknown;
  expect(seen((await probe({}, { bend })).rows)).toMatchObject({ outcome: 'differs' });
});

it('fields that are new, gone or of another type are told by their names', async () => {
  const bend: Bend = (body, path) => {
    if (path !== '/v2/tags' || typeof body !== 'object' || body === null) return body;
    const { entries, ...rest } = body as { entries: Record<string, unknown>[] };
    return {
      ...rest,
      entries: entries.map(({ name: _, ...tag }) => ({
        ...tag,
        createdAt: 5,
        colour: { r: 1 },
        'Gehälter 2026': 1,
      })),
    };
  };
  const { rows } = await probe({}, { bend });
  const told = rows.filter(({ fact }) => fact.startsWith('/v2/tags:'));
  expect(told.map(({ fact, seen }) => [fact.slice(10), seen])).toEqual([
    ['fields that are new', 'colour (object), 1 with other names'],
    ['fields that never came', expect.stringContaining('name')],
    ['fields of another type', 'createdAt (timestamp: number)'],
  ]);
});

it('no value of the organization is told, however it looks', async () => {
  const MARK = 'Geheim';
  // Every text but ids becomes one that would be seen; a key, an error and a token have one, too.
  const spoil = (value: unknown, name = ''): unknown => {
    if (Array.isArray(value)) return value.map((one) => spoil(one, name));
    if (typeof value === 'object' && value !== null)
      return {
        ...Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spoil(one, key)])),
        [`${MARK} "key"\u001b[31m`]: 1,
        ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`geheim${'abcdefghij'[n % 10]}${n}`, n])),
      };
    if (typeof value !== 'string' || /id$|^nextPage|^type$/i.test(name)) return value;
    return `${MARK} <script>\u001b[31m ${value}`;
  };
  const { rows, simulator } = await probe(
    {},
    {
      bend: (body) => spoil(body),
      prepare: ({ faults }) => faults.set({ forbid: ['/v2/templates'], missing: ['/v2/tags'] }),
    },
  );
  const told = JSON.stringify(rows);
  expect(rows.length).toBeGreaterThan(80);
  expect(told).not.toMatch(/geheim/i);
  // No text of the truth either, but words that are the API's own.
  const texts = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'string' && value.length >= 9) texts.add(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const { name } of catalogue) collect(simulator.organization.truth(name));
  expect(texts.size).toBeGreaterThan(2000);
  // Words of paths and of our own sentences.
  const settings = simulator.organization.truth('organization_settings').map(({ name }) => String(name));
  const ours = ['workspace', 'data-model', 'connection', 'connection-path', 'attribute', ...settings];
  expect([...texts].filter((text) => told.includes(text) && !ours.includes(text))).toEqual([]);
});

it('only what looks like the name of a field is one', () => {
  for (const name of [
    'id',
    'workbookUrlId',
    'vizualizationType',
    'lng_variant',
    'configV2',
    'inputTableAuditLogSchema',
  ])
    expect(isFieldName(name), name).toBe(true);
  for (const name of [
    '7sYWojYnccxJqdqkNKAw6S',
    'Ann Lee',
    'ann@example.com',
    'a.b',
    '',
    'ä',
    'bNwrAShCgMseowjZ8mMmD',
  ])
    expect(isFieldName(name), name).toBe(false);
});

it('facts have ids of their own', () => {
  expect(new Set(FACTS.map(({ id }) => id)).size).toBe(FACTS.length);
});

it('every fact is a row of docs/api-truth.md, and no other row says that it is tested', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/api-truth.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual(FACTS.map(({ id }) => id));
});
