/** docs/recipes/audit-log.md: its settings load an audit log, and each of its statements answers what it says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../simulator/exports/audit-log.ts';
import { type AnalyticsSettings, compileAnalytics } from '../../src/analytics/compile-analytics.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { compileExports, type ExportDefinition } from '../../src/exports/decide/definition.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { inProcessExecutor } from '../../src/sync/executor.ts';
import { runSync } from '../../src/sync/run-sync.ts';
import { type AuditRig, DAY, HOUR, startAuditRig } from '../support/audit-rig.ts';
import { scratchFolder } from '../support/cli.ts';

const RECIPE = readFileSync(join(import.meta.dirname, '../../docs/recipes/audit-log.md'), 'utf8');
/** Longer than Sigma keeps the log. */
const OUTAGE_DAYS = 40;
const STREAMS = withAncestors(catalogue, new Set(['members', 'workbooks']));

/** Code of a language in the recipe, block by block. */
function blocks(language: string): string[] {
  return [...RECIPE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);
}

/** The one SQL block that contains a text. */
function block(text: string): string {
  const [found, ...others] = blocks('sql').filter((sql) => sql.includes(text));
  if (found === undefined || others.length > 0) throw new Error(`not one block of the recipe has ${text}`);
  return found;
}

let rig: AuditRig;
let config: ReturnType<typeof loadConfig>;
let definition: ExportDefinition;
let events: AuditEvent[];
/** Name of a workbook with events, in the place of that in the recipe. */
let name: string;
const run = new Set<string>();

/** Runs the statements of a block, at the time of the simulator; gives the rows of the last one. */
async function ask(sql: string): Promise<Record<string, unknown>[]> {
  run.add(sql);
  let rows: Record<string, unknown>[] = [];
  for (const statement of sql.split(/;\n/).filter((text) => text.trim() !== '')) {
    const now = `timestamptz '${new Date(rig.now()).toISOString()}'`;
    const here = statement
      .replaceAll('now()', now)
      .replaceAll("'Revenue'", `'${name}'`)
      .replaceAll(/\bauditors\b/g, role());
    rows = await rig.query(here);
  }
  return rows;
}

/** Roles belong to the server, which other tests use, too. */
const role = (): string => `auditors_${process.pid}`;

async function sync(): Promise<void> {
  const { database, schemas } = rig.test;
  const { client, events: bus } = rig.engine;
  const engine = {
    ...{ database, schemas, client, events: bus, executor: inProcessExecutor(4), catalogue: STREAMS },
    ...{ pageSize: 1000, deletionGuard: { percent: 20, rows: 25 }, resumeWithinMs: 0, refreshMs: () => 0 },
    history: { isLogged: () => false, retentionMonths: 25 },
    now: () => new Date(rig.now()),
  };
  const signal = new AbortController().signal;
  const options = { streams: STREAMS, full: false, acceptDeletions: false, signal };
  expect((await runSync(engine, options)).report.status).toBe('complete');
}

beforeAll(async () => {
  rig = await startAuditRig({
    organization: { seed: 5, workbooks: 120, members: 12 },
    audit: () => ({ perDay: 10, lateShare: 0.3, duplicates: 0.05 }),
  });
  // The settings of the recipe, with the address of this workbook and the day on which this log begins.
  using folder = scratchFolder();
  const [yaml = ''] = blocks('yaml');
  const [address = ''] = /https:\S+/.exec(yaml) ?? [];
  const start = rig.start.toISOString().slice(0, 10);
  const url = rig.simulator.organization.urlOf(rig.audit);
  writeFileSync(
    join(folder.path, 's.yaml'),
    yaml.replace(address, url).replace(/start: [\d-]+/, `start: ${start}`),
  );
  config = loadConfig({ cwd: folder.path, env: {}, file: 's.yaml' });
  const [only] = compileExports(config.exports);
  if (only === undefined) throw new Error('the recipe has no export');
  definition = only;
  // 100 days, of which Sigma has 30 at the end.
  for (const days of [0, 24, 23, 23]) {
    rig.advance(days * DAY);
    await rig.load(definition);
  }
  await sync();
  events = rig.events();
  const first = rig.simulator.organization
    .truth('workbooks')
    .find(({ workbookId }) => events.some(({ cells }) => cells['Object ID'] === workbookId));
  name = String(first?.['name']);
});

afterAll(async () => {
  if (run.has(block('create role'))) await rig.query(`drop owned by ${role()}`);
  if (run.has(block('create role'))) await rig.query(`drop role ${role()}`);
  await rig[Symbol.asyncDispose]();
});

const workbooks = (): Map<unknown, Record<string, unknown>> =>
  new Map(rig.simulator.organization.truth('workbooks').map((entry) => [entry['workbookId'], entry]));
const since = (days: number): number => rig.now() - days * DAY;
const recent = (type: string, days: number): AuditEvent[] =>
  events.filter(({ cells, createdAt }) => cells['Event Type'] === type && createdAt >= since(days));

const succeeded = ({ cells }: AuditEvent): boolean => cells['Event Status'] === 'SUCCESS';

describe('the statements of the recipe', () => {
  it('say how far the history reaches', async () => {
    expect(await ask(block('as behind'))).toEqual([
      expect.objectContaining({ watermark: new Date(rig.now()), last_status: 'complete', error: null }),
    ]);
  });

  it('make an index that stays', async () => {
    await ask(block('create index'));
    await rig.load(definition);
    const [row] = await rig.query(
      `select to_regclass('sigma_data.audit_events_object') is not null as is_there`,
    );
    expect(row).toEqual({ is_there: true });
  });

  it('say who looked at what', async () => {
    const rows = await ask(block('events on workbooks'));
    const known = workbooks();
    const tried = recent('OBJECT_INTERACTION', 30).filter(({ cells }) => known.has(cells['Object ID']));
    const views = tried.filter(succeeded);
    expect(views.length).toBeLessThan(tried.length);
    const expected = new Map<string, number>();
    for (const { cells } of views) {
      const key = `${known.get(cells['Object ID'])?.['name']} by ${cells['User Email']}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    expect(expected.size).toBeGreaterThan(20);
    const found = new Map<string, number>();
    for (const { workbook, who, events: number } of rows) {
      const key = `${workbook} by ${who}`;
      found.set(key, (found.get(key) ?? 0) + Number(number));
    }
    expect(found).toEqual(expected);
  });

  it('say what happened to one workbook', async () => {
    const rows = await ask(block('Everything that happened to one workbook'));
    const known = workbooks();
    const about = events.filter(({ cells }) => known.get(cells['Object ID'])?.['name'] === name);
    expect(about.length).toBeGreaterThan(2);
    expect(rows.map(({ created_at }) => (created_at as Date).getTime())).toEqual(
      about.map(({ createdAt }) => createdAt).toSorted((a, b) => b - a),
    );
  });

  it('say who exported data', async () => {
    const rows = await ask(block('Exports of the last 30 days'));
    const known = workbooks();
    const exported = recent('EXPORTS', 30).toReversed();
    expect(exported.length).toBeGreaterThan(10);
    expect(rows).toEqual(
      exported.map(({ createdAt, cells }) => ({
        created_at: new Date(createdAt),
        who: cells['User Email'],
        what: known.get(cells['Object ID'])?.['name'] ?? cells['Object Name'],
        event_status: cells['Event Status'],
        event_status_reason_code: cells['Event Status Reason Code'],
      })),
    );
  });

  it('say who exported what they never dealt with before', async () => {
    const isNew = ({ cells, createdAt }: AuditEvent): boolean =>
      !events.some(
        (other) =>
          other.createdAt < createdAt &&
          other.cells['User Email'] === cells['User Email'] &&
          other.cells['Object ID'] === cells['Object ID'],
      );
    const unusual = recent('EXPORTS', 7).filter(isNew);
    // One of them dealt with before.
    const [seen] = unusual;
    expect(unusual.length).toBeGreaterThan(2);
    await rig.query(
      `insert into sigma_data.audit_events select (t).* from (select jsonb_populate_record(e,
         '{"event_id": "before", "event_type": "OBJECT_INTERACTION", "created_at": "2026-09-01T00:00:00Z"}') as t
         from sigma_data.audit_events e where event_id = $1) x`,
      [seen?.id],
    );
    const rows = await ask(block('no earlier event on the document'));
    await rig.query(`delete from sigma_data.audit_events where event_id = 'before'`);
    expect(rows.map(({ created_at }) => (created_at as Date).getTime())).toEqual(
      unusual
        .filter((event) => event !== seen)
        .map(({ createdAt }) => createdAt)
        .toReversed(),
    );
  });

  it('say what nobody has opened for 90 days, once the history is that long', async () => {
    const unopened = block('nobody opened in that time');
    const rows = await ask(unopened);
    const viewed = new Map<unknown, number>();
    for (const { cells, createdAt } of events.filter(succeeded))
      if (cells['Event Type'] === 'OBJECT_INTERACTION')
        viewed.set(cells['Object ID'], Math.max(createdAt, viewed.get(cells['Object ID']) ?? 0));
    const expected = [...workbooks().values()].filter(
      ({ workbookId, isArchived, createdAt }) =>
        isArchived !== true &&
        Date.parse(String(createdAt)) < since(90) &&
        (viewed.get(workbookId) ?? 0) < since(90),
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(80);
    expect(rows.map((row) => row['name']).toSorted()).toEqual(expected.map((one) => one['name']).toSorted());
    expect(rows.every(({ owner }) => String(owner).includes('@'))).toBe(true);
    await rig.query('begin');
    const young = unopened.replaceAll(
      'sigma_data.audit_events)',
      `sigma_data.audit_events where created_at > '${new Date(since(80)).toISOString()}')`,
    );
    expect(young).not.toBe(unopened);
    expect(await ask(young)).toEqual([]);
    run.delete(young);
    await rig.query('rollback');
  });

  it('say what failed, and why', async () => {
    const rows = await ask(block('By category, status and reason'));
    const failed = events.filter(
      ({ cells, createdAt }) => cells['Event Status Reason Code'] !== null && createdAt >= since(30),
    );
    expect(failed.length).toBeGreaterThan(2);
    expect(rows.reduce((sum, row) => sum + Number(row['events']), 0)).toBe(failed.length);
  });

  it('make openings of the answers, whose settings are those of the recipe', async () => {
    const { staleDays, internalDomains } = config.analytics;
    const analytics = compileAnalytics(config.analytics, [definition], 'sigma_data');
    const { database, schemas, events: bus } = rig.test;
    const now = (): number => performance.now();
    const refresh = (settings: AnalyticsSettings) =>
      refreshAnalytics({ database, schemas, settings, events: bus, now });
    expect(await refresh(analytics)).toMatchObject({ error: undefined, warning: undefined });
    const ids = new Map(
      rig.simulator.organization.truth('members').map((entry) => [entry['email'], entry['memberId']]),
    );
    const tried = events.filter(({ cells }) => cells['Event Type'] === 'OBJECT_INTERACTION');
    expect(tried.filter(succeeded).length).toBeLessThan(tried.length);
    const expected = new Set(
      tried
        .filter(succeeded)
        .map(({ cells, createdAt }) => `${ids.get(cells['User Email'])} ${cells['Object ID']} ${createdAt}`),
    );
    const found = await rig.query<{ one: string }>(
      `select concat_ws(' ', member_id, object_id, (extract(epoch from opened_at) * 1000)::bigint) as one
         from sigma_analytics.openings()`,
    );
    expect(new Set(found.map(({ one }) => one))).toEqual(expected);

    // An opening that is in no row is reported with the categories there are.
    const { auditLog } = analytics;
    if (auditLog === undefined) throw new Error('the recipe names all columns');
    const blind = await refresh({ ...analytics, auditLog: { ...auditLog, opens: ['View'] } });
    expect(blind.warning).toMatch(
      /Not one row .*opens is View, and "event_type" holds ACCESS_SIGMA, EXPORTS, /,
    );
    const refused = await refresh({ ...analytics, auditLog: { ...auditLog, succeeded: ['Fine'] } });
    expect(refused.warning).toMatch(
      /No opening .* succeeded: .*succeeded is Fine, and "event_status" holds none/,
    );
    const named = await refresh({ ...analytics, auditLog: { ...auditLog, object: 'object_name' } });
    expect(named.warning).toMatch(/audit_log\.object must be the column with their ids/);
    const lacking = compileAnalytics(
      {
        enabled: true,
        staleDays,
        internalDomains,
        auditLog: { ...auditLog, export: 'audit_events', time: undefined },
      },
      [definition],
      'sigma_data',
    );
    expect((await refresh(lacking)).warning).toMatch(
      /audit_log needs time, and is left out.*it was created_at/,
    );
  });

  it('count by month', async () => {
    const rows = await ask(block('Events and people by month'));
    expect(rows.reduce((sum, row) => sum + Number(row['events']), 0)).toBe(events.length);
    expect(new Set(rows.map(({ month }) => String(month))).size).toBeGreaterThan(3);
    expect(rows.every(({ people }) => Number(people) > 0 && Number(people) <= 12)).toBe(true);
  });

  it('find what is missing', async () => {
    const gaps = block('-- Gaps');
    expect(await ask(gaps)).toEqual([]);
    // Reading again what Sigma has forgotten makes no gap of it.
    await rig.load(definition, { from: rig.start, to: new Date(since(60)) });
    expect(await ask(gaps)).toEqual([]);

    const before = new Date(rig.now());
    rig.advance(OUTAGE_DAYS * DAY + 5 * HOUR);
    await rig.load(definition);
    const oldest = new Date(since(30));
    const [gap, ...others] = await ask(gaps);
    expect(others).toEqual([]);
    const next = rig.events().find(({ createdAt }) => createdAt >= oldest.getTime());
    const midnight = new Date(Math.ceil(oldest.getTime() / DAY) * DAY);
    expect(gap).toEqual({ gap_from: before, gap_to: midnight, next_event: new Date(next?.createdAt ?? 0) });

    const [gone] = await rig.query(
      `delete from sigma_sync.export_windows where window_from = (
         select max(window_from) from sigma_sync.export_windows where window_to - window_from = interval '1 day')
       returning window_from as gap_from, window_to as gap_to`,
    );
    expect(await ask(gaps)).toEqual([gap, expect.objectContaining(gone)]);
  });

  it('let auditors read, and show the others numbers', async () => {
    await ask(block('create role'));
    await ask(block('create view'));
    const [may] = await rig.query(
      `select has_table_privilege($1, 'sigma_data.audit_events', 'select') as yes,
              has_table_privilege($1, 'sigma_data.workbook_openings', 'select') as no,
              has_schema_privilege($1, 'sigma_data', 'usage') as schema`,
      [role()],
    );
    expect(may).toEqual({ yes: true, no: false, schema: true });
    const [views] = await rig.query('select sum(events)::int as n from sigma_data.workbook_openings');
    expect(views).toEqual({
      n: rig
        .events()
        .filter(isStored)
        .filter((event) => succeeded(event) && event.cells['Event Type'] === 'OBJECT_INTERACTION').length,
    });
  });

  it('delete what is old, for good', async () => {
    const sql = block('delete from');
    await ask(sql);
    const short = sql.replace("'2 years'", "'50 days'");
    expect(short).not.toBe(sql);
    await ask(short);
    run.delete(short);
    const count = async (): Promise<number> =>
      Number((await rig.query('select count(*)::int as n from sigma_data.audit_events'))[0]?.['n']);
    const kept = await count();
    expect(kept).toBe(
      rig
        .events()
        .filter(isStored)
        .filter(({ createdAt }) => createdAt >= since(50)).length,
    );
    await rig.load(definition, { from: new Date(since(60)) });
    expect(await count()).toBe(kept);
  });

  it('were all run', () => {
    expect(blocks('sql').filter((sql) => !run.has(sql))).toEqual([]);
    expect(run.size).toBe(blocks('sql').length);
  });
});

/** All but what Sigma forgot during the outage, and what arrived after the last run before it. */
function isStored({ createdAt, arrivesAt }: AuditEvent): boolean {
  return arrivesAt <= since(OUTAGE_DAYS) - 5 * HOUR || createdAt >= since(30);
}
