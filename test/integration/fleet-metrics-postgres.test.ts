/** Metrics and health of processes of many organizations, against a real queue and real runs. */
import { describe, expect, it } from 'vitest';
import type { FleetConfig } from '../../src/config/fleet.ts';
import type { Database } from '../../src/core/database/database.ts';
import { openPostgres } from '../../src/core/database/postgres.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { placesOf } from '../../src/fleet/places.ts';
import { plannerHealth, workerHealth } from '../../src/operations/fleet/health.ts';
import { openQueue, PLANNER, QUEUE, sendOptions, WORKER } from '../../src/operations/fleet/queue.ts';
import { readQueue } from '../../src/operations/fleet/queue-figures.ts';
import { stoppedBy, takeJobs } from '../../src/operations/fleet/work.ts';
import { readOrganizations } from '../../src/operations/metrics/fleet-figures.ts';
import { openFleetMetrics } from '../../src/operations/metrics/open-fleet-metrics.ts';
import { listenForProbes, probesOf } from '../../src/operations/service/probes.ts';
import { startFleetRig } from '../support/fleet-rig.ts';
import { startPrivatePostgres } from '../support/postgres-server.ts';
import { seriesOf } from '../support/scrape.ts';

const SHORT = { sync: { streams: ['members', 'workbooks'] }, analytics: { enabled: false } };
const HOUR = 3_600_000;
const WAIT = { timeout: 40_000, interval: 500 };

/** The same database, which counts statements. */
function counted(database: Database): { readonly database: Database; statements(): number } {
  let statements = 0;
  return {
    statements: () => statements,
    database: {
      ...database,
      session: (work) =>
        database.session((session) =>
          work({
            ...session,
            query: (sql, parameters) => {
              statements++;
              return session.query(sql, parameters);
            },
          }),
        ),
    },
  };
}

describe('figures of organizations', () => {
  it('are those of their tables: fresh, stale, failing, never read', async () => {
    await using rig = await startFleetRig(['acme', 'beta', 'coral']);
    const config = rig.settings(
      [
        rig.entry('acme'),
        rig.entry('beta', { freshness: { hours_by_stream: { members: 1 } } }),
        rig.entry('coral'),
      ],
      { ...SHORT, sigma: { max_attempts: 1 } },
    );
    rig.simulators['beta']?.faults.inject({ kinds: ['500'], match: '/v2/workbooks', maxInARow: 99 });
    await rig.open(config, async ({ members }) => {
      for (const { name, sync } of members.slice(0, 2)) {
        const { status } = await sync.run({ streams: [] });
        expect(status).toBe(name === 'acme' ? 'complete' : 'failed');
      }
    });
    const database = await rig.database();
    const now = Date.now();
    const [acme, beta, coral] = [...(await readOrganizations(database, config, now))].sort((a, b) =>
      a.organization.localeCompare(b.organization),
    );
    expect(acme).toMatchObject({
      organization: 'acme',
      stale: 0,
      neverRead: 0,
      failing: 0,
      lastFailed: false,
    });
    expect(acme?.openAlerts).toBe(0);
    expect(Math.abs((acme?.stalest ?? 0) * 1000 - now)).toBeLessThan(HOUR / 2);
    expect(acme?.lastSuccess).toBeGreaterThanOrEqual(acme?.stalest ?? Number.NaN);
    expect(acme?.lastSeconds).toBeGreaterThan(0);
    expect(beta).toMatchObject({
      organization: 'beta',
      neverRead: 1,
      failing: 1,
      lastFailed: true,
      lastSuccess: null,
    });
    // Nobody has loaded it yet.
    expect(coral).toEqual({
      ...{ organization: 'coral', stalest: null, stale: 0, neverRead: 2, failing: 0 },
      ...{ lastSuccess: null, lastFailed: null, lastSeconds: null, openAlerts: 0 },
    });
    const later = await readOrganizations(database, config, now + 2 * HOUR);
    expect(later.map(({ organization, stale }) => [organization, stale]).sort()).toEqual([
      ['acme', 0],
      // Its own limit of an hour.
      ['beta', 1],
      ['coral', 0],
    ]);
    const muchLater = await readOrganizations(database, config, now + 48 * HOUR);
    expect(muchLater.find(({ organization }) => organization === 'acme')?.stale).toBe(2);
  });

  it('of many cost a few statements, and each has a few series', async () => {
    await using rig = await startFleetRig(['acme']);
    const names = Array.from({ length: 200 }, (_, index) => `tenant_${index}`);
    const entries = names.map((name, index) => ({
      name,
      sigma: {
        base_url: `http://127.0.0.1:${10_000 + index}`,
        client_id: `c${index}`,
        client_secret: `secret-${index}-0123456789`,
      },
    }));
    const config = rig.settings(entries, SHORT);
    const database = await rig.database();
    const schemas = placesOf(config).map(({ schemas: { state } }) => state);
    await database.session((session) => session.query(tablesIn(schemas)));
    const { database: watched, statements } = counted(database);
    const figures = await readOrganizations(watched, config, Date.now());
    expect(figures).toHaveLength(names.length);
    expect(statements()).toBeLessThanOrEqual(1 + 3 * (names.length / 40));
    const metrics = openFleetMetrics({ read: async () => ({ organizations: figures }), patienceMs: 30_000 });
    const { body } = await metrics.expose();
    const series = [...seriesOf(body).keys()].filter((name) => name.includes('organization="'));
    expect(series.length).toBeLessThanOrEqual(8 * names.length);
    expect(seriesOf(body).get('sigma_sync_organizations')).toBe(names.length);
    // A reading that fails in the middle leaves no half of the figures.
    await database.session((session) => session.query(`drop table "${schemas[150]}".runs`));
    await expect(readOrganizations(database, config, Date.now())).rejects.toThrow('runs');
  }, 120_000);
});

/** Tables that figures are read from, without those that nobody reads here. */
const tablesIn = (schemas: readonly string[]): string =>
  schemas
    .map(
      (schema) => `create schema "${schema}";
        create table "${schema}".streams (stream text primary key, last_status text, last_success_at timestamptz);
        create table "${schema}".exports (export text primary key, last_status text, last_success_at timestamptz);
        create table "${schema}".runs (command text, status text, started_at timestamptz, finished_at timestamptz);
        create table "${schema}".alerts (settled_at timestamptz);
        create table "${schema}".table_sizes (day date);
        insert into "${schema}".streams values ('members', 'complete', now()), ('workbooks', 'complete', now());
        insert into "${schema}".runs values ('sync', 'complete', now(), now());`,
    )
    .join('\n');

describe('the queue', () => {
  it('is counted: what waits, what is under way, what failed, and who is there', async () => {
    await using rig = await startFleetRig(['acme', 'beta']);
    const config = rig.settings([rig.entry('acme'), rig.entry('beta')], SHORT);
    const open = (name: string, plans: boolean) =>
      openQueue(config, { name: `${name} here:1`, plans, concurrency: 1, onError: () => undefined });
    await using stack = new AsyncDisposableStack();
    const planner = stack.adopt(await open(PLANNER, true), (one) => one.stop({ graceful: false }));
    stack.adopt(await open(WORKER, false), (one) => one.stop({ graceful: false }));
    const send = (organization: string, job: string, more = {}) =>
      planner.send(QUEUE, { organization, job }, { ...sendOptions({ organization, job }, 0), ...more });
    await send('acme', 'nightly');
    await send('acme', 'later', { startAfter: 600 });
    await send('beta', 'broken', { retryLimit: 0 });
    const [job] = await planner.fetch(QUEUE);
    expect(job).toBeDefined();
    const database = await rig.database();
    const look = () => readQueue(database, config.queue);
    expect((await look()).jobs).toEqual({ waiting: 1, delayed: 1, active: 1 });
    const failed = await planner.fetch(QUEUE);
    await planner.fail(
      QUEUE,
      failed.map(({ id }) => id),
    );
    await expect.poll(async () => (await look()).lookSeconds, { timeout: 20_000 }).toBeTypeOf('number');
    const queue = await look();
    expect(queue).toMatchObject({ workers: 1, planners: 1 });
    expect(queue.oldestSeconds === null || queue.oldestSeconds >= 0).toBe(true);
    const metrics = openFleetMetrics({
      read: async () => ({ organizations: [], queue }),
      patienceMs: 30_000,
    });
    const series = seriesOf((await metrics.expose()).body);
    expect(series.get('sigma_sync_queue_processes{kind="worker"}')).toBe(1);
    expect(series.get('sigma_sync_queue_jobs{state="delayed"}')).toBe(1);
    expect(series.get('sigma_sync_database_reachable')).toBe(1);
  }, 60_000);

  it('makes a planner unwell while its plan is not there', async () => {
    await using rig = await startFleetRig(['acme']);
    const config = rig.settings([rig.entry('acme')], SHORT);
    const boss = await openQueue(config, {
      ...{ name: `${PLANNER} here:2`, plans: true, concurrency: 1 },
      onError: () => undefined,
    });
    let isPlanned = false;
    try {
      const health = plannerHealth({ boss, schema: config.queue }, () => isPlanned);
      expect(await health()).toEqual(['The schedules of the settings are not in the queue.']);
      isPlanned = true;
      expect(await health()).toEqual([]);
    } finally {
      await boss.stop({ graceful: false });
    }
  }, 60_000);

  it('makes planners and workers unwell while the database is gone, and well once it is back', async () => {
    await using server = await startPrivatePostgres();
    await using rig = await startFleetRig(['acme']);
    const config = rig.settings([rig.entry('acme')], SHORT);
    const elsewhere = { ...config.base.database, url: server.url };
    const moved: FleetConfig = { ...config, base: { ...config.base, database: elsewhere } };
    const boss = await openQueue(moved, {
      ...{ name: `${PLANNER} here:4`, plans: true, concurrency: 1 },
      onError: () => undefined,
    });
    const database = openPostgres({ url: server.url, maxConnections: 1 });
    try {
      const options = { boss, schema: config.queue };
      const checks = [plannerHealth(options, () => true), workerHealth(options)];
      const metrics = openFleetMetrics({
        read: async () => ({ organizations: [], queue: await readQueue(database, config.queue) }),
        cacheMs: 0,
      });
      const look = async () => ({
        reasons: (await Promise.all(checks.map((check) => check()))).flat(),
        reachable: seriesOf((await metrics.expose()).body).get('sigma_sync_database_reachable'),
      });
      await expect.poll(look, WAIT).toEqual({ reasons: [], reachable: 1 });
      await server.stop();
      const gone = 'The database does not answer.';
      await expect.poll(look, WAIT).toEqual({ reasons: [gone, gone], reachable: 0 });
      const series = [...seriesOf((await metrics.expose()).body).keys()];
      expect(series.filter((key) => /queue_|organization/.test(key))).toEqual([]);
      await server.start();
      await expect.poll(look, WAIT).toEqual({ reasons: [], reachable: 1 });
    } finally {
      await database.close();
      await boss.stop({ graceful: false });
    }
  }, 120_000);

  it('makes a worker unwell that no longer looks for jobs', async () => {
    await using rig = await startFleetRig(['acme']);
    const config = rig.settings([rig.entry('acme')], SHORT);
    const boss = await openQueue(config, {
      ...{ name: `${WORKER} here:3`, plans: false, concurrency: 2 },
      onError: () => undefined,
    });
    try {
      const signal = AbortSignal.abort(stoppedBy('the test'));
      await takeJobs({ config: () => config, boss, signal, onOpen: () => () => undefined }, 2);
      const schema = config.queue;
      await expect.poll(() => workerHealth({ boss, schema })(), { timeout: 10_000 }).toEqual([]);
      // As it is once its looks have hung for more than a minute.
      const before = boss.getWipData();
      expect(before).toHaveLength(2);
      const hung = (count: number) => ({
        getDb: () => boss.getDb(),
        getWipData: () => before.map((one) => ({ ...one, count, lastFetchedOn: Date.now() - 61_000 })),
      });
      expect(await workerHealth({ boss: hung(0), schema })()).toEqual([
        'It has not looked for jobs for over a minute.',
      ]);
      // A worker that is at work does not look.
      expect(await workerHealth({ boss: hung(1), schema })()).toEqual([]);
    } finally {
      await boss.stop({ graceful: false });
    }
  }, 60_000);
});

describe('the listener', () => {
  const service = { host: '127.0.0.1', port: 0, token: 'a-token-of-16-characters', readOnly: false } as const;
  const settings = { ...service, jitterSeconds: 0, organizationsAtOnce: 1 };

  it('shows metrics to who has the token, and the health to all', async () => {
    const metrics = openFleetMetrics({});
    let reasons: readonly string[] = [];
    let isStopping = false;
    const probes = probesOf({ metrics, health: async () => reasons, isStopping: () => isStopping });
    const listener = await listenForProbes({ probes, port: 0, service: () => settings });
    const ask = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${listener.url}${path}`, init);
      return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
    };
    try {
      expect(await ask('/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
      reasons = ['It is not well.'];
      expect(await ask('/readyz')).toMatchObject({
        status: 503,
        text: '{"status":"not ok","reasons":["It is not well."]}',
      });
      isStopping = true;
      expect((await ask('/healthz')).text).toContain('stopping');
      expect((await ask('/metrics')).status).toBe(401);
      const headers = { authorization: `Bearer ${settings.token}` };
      const scraped = await ask('/metrics', { headers });
      expect(scraped.status).toBe(200);
      expect(scraped.type).toContain('text/plain; version=0.0.4');
      expect(scraped.text).toContain('sigma_sync_build_info');
      expect(
        (await ask('/metrics', { headers: { authorization: 'Bearer another-one-0123456789' } })).status,
      ).toBe(401);
      expect((await ask('/elsewhere', { headers })).status).toBe(404);
      expect((await ask('/healthz', { method: 'POST' })).status).toBe(405);
      expect((await ask('/healthz', { method: 'HEAD' })).text).toBe('');
      const port = Number(new URL(listener.url).port);
      await expect(listenForProbes({ probes, port, service: () => settings })).rejects.toThrow(String(port));
    } finally {
      await listener.close();
    }
  });
});

it('a worker counts by organization, with few series for each', async () => {
  await using rig = await startFleetRig(['acme', 'beta']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')], { analytics: { enabled: false } });
  const metrics = openFleetMetrics({});
  await rig.open(config, async ({ members }) => {
    for (const { name, app, sync } of members) {
      const stop = metrics.follow(name, app.events);
      await sync.run({ streams: [] });
      stop();
    }
  });
  const series = seriesOf((await metrics.expose()).body);
  const of = (name: string): [string, number][] =>
    [...series].filter(
      ([key]) => key.startsWith(`sigma_sync_${name}{`) && key.includes('organization="acme"'),
    );
  const requests = of('requests_total').reduce((sum, [, value]) => sum + value, 0);
  expect(requests).toBe(rig.simulators['acme']?.counters.requests);
  expect(series.get('sigma_sync_runs_total{organization="acme",command="sync",status="complete"}')).toBe(1);
  expect(series.get('sigma_sync_run_in_progress{organization="acme",command="sync"}')).toBe(0);
  expect(series.get('sigma_sync_run_duration_seconds_count{organization="acme",command="sync"}')).toBe(1);
  expect(series.get('sigma_sync_rows_total{organization="acme",operation="insert"}')).toBeGreaterThan(50);
  const own = [...series.keys()].filter((key) => key.includes('organization="acme"'));
  expect(own.length).toBeLessThan(50);
  for (const key of own) expect(key).not.toMatch(/[{,](stream|endpoint|export|schedule)="/);
  // A run that is cut off is not under way for ever.
  const events = new EventBus();
  const stop = metrics.follow('coral', events);
  events.emit('run.started', {
    ...{ runId: 'one', command: 'sync', trigger: 'schedule', schedule: 'nightly' },
    ...{ streams: [], full: false, resumedFrom: undefined },
  });
  const under = 'sigma_sync_run_in_progress{organization="coral",command="sync"}';
  expect(seriesOf((await metrics.expose()).body).get(under)).toBe(1);
  stop();
  expect(seriesOf((await metrics.expose()).body).get(under)).toBe(0);
}, 120_000);
