/** Holds the models against their naive doubles, all of them, row by row and column by column. */
import { expect } from 'vitest';
import type { AnalyticsSettings } from '../../../src/analytics/compile-analytics.ts';
import { refreshAnalytics } from '../../../src/analytics/refresh-analytics.ts';
import { type Access, pathText } from '../access-reference.ts';
import type { TestDatabase } from '../database.ts';
import { access, direct, exposure, matrix, why } from './access.ts';
import { broken } from './broken.ts';
import {
  duplicateReports,
  duplicates,
  inventory,
  orphans,
  reportInventory,
  stale,
  staleReports,
} from './content.ts';
import { edges, nodes, walk } from './lineage.ts';
import { activity, externals, licences } from './people.ts';
import { failures, load } from './schedules.ts';
import type { Row, Seen } from './seen.ts';

/** Pairs of a member and an object, and nodes of lineage, that are asked about one by one. */
const SAMPLE = 30;

export const ask = (test: TestDatabase, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> =>
  test.database.session((session) => session.query(sql, parameters));

export async function refresh(test: TestDatabase, settings: AnalyticsSettings): Promise<void> {
  const { database, schemas } = test;
  const now = (): number => performance.now();
  const result = await refreshAnalytics({ database, schemas, settings, events: test.events, now });
  expect(result.error).toBeUndefined();
  expect(result.models.filter(({ status }) => status === 'failed')).toEqual([]);
}

/** Rows of a model as plain values, and the database's time when they were read. */
export async function rowsOf(
  test: TestDatabase,
  from: string,
  parameters: readonly unknown[] = [],
): Promise<[Row[], number]> {
  // One row at least, for the time.
  const rows = await ask(
    test,
    `select x.*, now() as _now from (select 1) one left join (select true as _is, m.* from ${from} m) x on true`,
    parameters,
  );
  const now = rows[0]?.['_now'];
  const plain = rows
    .filter((row) => row['_is'] === true)
    .map(({ _now, _is, ...row }) =>
      Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plainOf(column, value)])),
    );
  return [plain, now instanceof Date ? now.getTime() : Date.parse(String(now))];
}

function plainOf(column: string, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (column === 'paths') return (value as Row[]).map(pathText).sort();
  return ['runs', 'total', 'added', 'removed'].includes(column) ? Number(value) : value;
}

const text = (row: Row): string => JSON.stringify(row, Object.keys(row).sort());
const sorted = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));

/** Rows in whatever order; `key` orders them first, so that a failure shows what differs. */
export function expectSame(
  model: string,
  rows: readonly Row[],
  wanted: readonly Row[],
  ...key: string[]
): void {
  const tagged = (all: readonly Row[]): [string, Row][] =>
    sorted(all).map((row) => [key.map((column) => row[column]).join(' '), row]);
  const order = (all: [string, Row][]): [string, Row][] =>
    all.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  expect(order(tagged(rows)), model).toEqual(order(tagged(wanted)));
}

/** Puts what hashes stand for in their place, where they stand for the same in all rows and nothing else does. */
export function unhash(rows: readonly Row[], wanted: readonly Row[], key: string, column: string): Row[] {
  const means = new Map(wanted.map((row) => [row[key], row[column]]));
  const byHash = new Map(rows.map((row) => [row[column], means.get(row[key])]));
  const isOneToOne = new Set(byHash.values()).size === byHash.size;
  expect(isOneToOne, `${column} tells apart what differs, and nothing else`).toBe(true);
  return rows.map((row) => ({ ...row, [column]: byHash.get(row[column]) }));
}

/** Every model that is about the present. */
export async function expectAnswers(
  test: TestDatabase,
  seen: Seen,
  settings: AnalyticsSettings,
): Promise<void> {
  const { staleDays, internalDomains } = settings;
  const model = (name: string): Promise<[Row[], number]> => rowsOf(test, `sigma_analytics.${name}`);
  const same = async (name: string, wanted: (now: number) => Row[], ...key: string[]): Promise<void> => {
    const [rows, now] = await model(name);
    expectSame(name, rows, wanted(now), ...key);
  };

  const all = access(seen);
  const hashed = async (name: string, wanted: Row[], key: string, ...hashes: string[]): Promise<void> => {
    const [found] = await model(name);
    const rows = hashes.reduce((read, column) => unhash(read, wanted, key, column), found);
    expectSame(name, rows, wanted, key);
  };
  const signatures = ['source_signature', 'shape_signature'];
  await hashed('workbook_inventory', inventory(seen), 'workbook_id', ...signatures);
  await hashed('report_inventory', reportInventory(seen), 'report_id', ...signatures);
  await hashed('duplicate_workbooks', duplicates(seen), 'workbook_id', 'copies_id');
  await hashed('duplicate_reports', duplicateReports(seen), 'report_id', 'copies_id');
  await same('stale_workbooks', (now) => stale(seen, now, staleDays), 'workbook_id');
  await same('stale_reports', (now) => staleReports(seen, now, staleDays), 'report_id');
  await same('orphaned_content', () => orphans(seen), 'inode_id');
  await same('broken_elements', () => broken(seen), 'document_id', 'problem', 'object_id');
  await same('member_activity', () => activity(seen), 'member_id');
  await same('licence_use', (now) => licences(seen, now, staleDays), 'member_id');
  await same('external_members', () => externals(seen, internalDomains), 'member_id');
  await same('access_matrix', () => matrix(seen, all), 'member_id', 'inode_id');
  await same('access_exposure', () => exposure(seen, all, internalDomains), 'inode_id');
  await same('direct_grants', () => direct(seen), 'grant_id');
  await same('schedule_load', (now) => load(seen, now), 'day_of_week', 'hour', 'kind');
  await same('schedule_failures', () => failures(seen), 'object_id', 'failed_at');
  let [rows] = await model('lineage');
  expectSame('lineage', rows.map(withoutHashes), edges(seen), 'upstream_id', 'downstream_id', 'kind');
  [rows] = await model('lineage_nodes');
  expectSame('lineage_nodes', rows.map(withoutHashes), nodes(seen), 'node_id');
  expect(await ask(test, STRAY_HASHES)).toEqual([]);
  await expectWalks(test, seen);
  await expectReasons(test, seen, all);
}

/** Hashes of the nodes of edges that are not those of the nodes. */
const STRAY_HASHES = `
  select l.* from sigma_analytics.lineage l
   where not exists (select from sigma_analytics.lineage_nodes n where n.node_id = l.upstream_id and n.node_hash = l.upstream_hash)
      or not exists (select from sigma_analytics.lineage_nodes n where n.node_id = l.downstream_id and n.node_hash = l.downstream_hash)`;

const withoutHashes = ({ upstream_hash, downstream_hash, node_hash, ...row }: Row): Row => row;

/** `impact_of` and `upstream_of`. */
async function expectWalks(test: TestDatabase, seen: Seen): Promise<void> {
  const graph = { edges: edges(seen), nodes: nodes(seen) };
  const starts = [
    ...every(
      graph.nodes.map((node) => String(node['node_id'])),
      SAMPLE,
    ),
    'nothing',
  ];
  for (const [name, from] of [
    ['impact_of', 'upstream_id'],
    ['upstream_of', 'downstream_id'],
  ] as const) {
    const walks = `(select s.start, w.* from unnest($1::text[]) s(start) cross join lateral sigma_analytics.${name}(s.start) w)`;
    const [rows] = await rowsOf(test, walks, [starts]);
    const wanted = starts.flatMap((start) => walk(graph, from, start).map((row): Row => ({ start, ...row })));
    expectSame(name, rows, wanted, 'start', 'node_id');
    const depths = Map.groupBy(rows, (row) => row['start']);
    for (const [start, walked] of depths)
      expect(
        walked.map((row) => Number(row['depth'])),
        `${name} ${start}: the nearest first`,
      ).toEqual(walked.map((row) => Number(row['depth'])).sort((a, b) => a - b));
  }
}

/** `why_access` of some pairs, and of one that has none. */
async function expectReasons(
  test: TestDatabase,
  seen: Seen,
  access: ReadonlyMap<string, Access>,
): Promise<void> {
  const all = [...access].sort(([, a], [, b]) => b.paths.length - a.paths.length);
  for (const [key, { paths, permission }] of every(all, SAMPLE))
    await expectReason(test, key, why(seen, { paths }), permission);
  await expectReason(test, 'nobody nothing', [], undefined);
}

/** `why_access` of one pair, at some time. */
export async function expectReason(
  test: TestDatabase,
  pair: string,
  wanted: readonly Row[],
  strongest: unknown,
  at?: string,
  part: (row: Row) => Row = (row) => row,
): Promise<void> {
  const [member, inode] = pair.split(' ');
  const call = at === undefined ? 'why_access($1, $2)' : 'why_access($1, $2, $3)';
  const parameters = at === undefined ? [member, inode] : [member, inode, at];
  const rows = await ask(test, `select * from sigma_analytics.${call}`, parameters);
  expectSame(`${call} ${pair}`, rows.map(part), wanted, 'via', 'grant_id');
  expect(rows[0]?.['permission'], 'the strongest first').toBe(strongest);
}

/** Some of them, evenly. */
function every<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.ceil(all.length / count));
  return all.filter((_, i) => i % step === 0);
}
