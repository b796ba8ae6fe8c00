import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { DatabaseError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { watchedBy } from '../../src/operations/freshness/watch-list.ts';
import { type Definition, METRICS, PREFIX } from '../../src/operations/metrics/definitions.ts';
import { keepFresh } from '../../src/operations/metrics/figures.ts';
import { type Metrics, openMetrics } from '../../src/operations/metrics/open-metrics.ts';
import { schemasFor } from '../../src/state/schemas.ts';

const WATCHED = {
  streams: ['members', 'grants'],
  exports: ['orders'],
  schedules: ['nightly', 'export orders'],
  targetSeconds: () => 3600,
};

function open(events = new EventBus(), waiting?: () => Record<string, number>): Metrics {
  return openMetrics({
    events,
    watched: () => WATCHED,
    schemas: () => schemasFor('sigma'),
    database: () => Promise.reject(new DatabaseError('It is gone.')),
    ...(waiting === undefined ? {} : { waiting }),
  });
}

/** Lines of the exposition that begin with a name of ours, without the prefix. */
async function lines(metrics: Metrics, name: string): Promise<string[]> {
  const { body } = await metrics.expose();
  return body
    .split('\n')
    .filter((line) => line.startsWith(PREFIX + name) && !line.endsWith(' 0'))
    .map((line) => line.slice(PREFIX.length));
}

const started = (runId: string, schedule?: string) => ({
  ...{ runId, command: 'sync', trigger: 'schedule', schedule },
  ...{ streams: ['members'], full: false, resumedFrom: undefined },
});
const request = (path: string, status: number | undefined) => ({
  ...{ stream: 'members', method: 'GET', path, status, attempt: 1, durationMs: 120, requestId: undefined },
});

describe('from events', () => {
  it('counts requests by endpoint and status, with the time they took', async () => {
    const events = new EventBus();
    using metrics = disposable(open(events));
    const run = events.child();
    run.emit('http.request', request('/v2/workbooks/abc/pages?limit=1000&x=secret', 200));
    run.emit('http.request', request('/v2/workbooks/def/pages', 200));
    run.emit('http.request', request('/v2/workbooks/def/pages', undefined));
    run.emit('http.request', request('/v2/unheard-of/def', 999));
    expect(await lines(metrics, 'requests_total')).toEqual([
      'requests_total{endpoint="/v2/workbooks/{id}/pages",method="GET",status="200"} 2',
      'requests_total{endpoint="/v2/workbooks/{id}/pages",method="GET",status="none"} 1',
      'requests_total{endpoint="other",method="GET",status="other"} 1',
    ]);
    expect(await lines(metrics, 'request_duration_seconds_sum')).toEqual([
      'request_duration_seconds_sum{area="workbooks"} 0.36',
      'request_duration_seconds_sum{area="other"} 0.12',
    ]);
    expect((await metrics.expose()).body).not.toContain('secret');
  });

  it('counts retries, throttling and tokens', async () => {
    const events = new EventBus();
    using metrics = disposable(open(events));
    const retry = { stream: 'members', path: '/v2/members', attempt: 1, delayMs: 1500, reason: 'status 429' };
    events.emit('http.retry', { ...retry, status: 429 });
    events.emit('http.retry', { ...retry, reason: 'the connection broke (whatever)', status: undefined });
    events.emit('http.throttled', { lane: 'api', delayMs: 1500 });
    events.emit('http.throttled', { lane: 'api', delayMs: 500 });
    events.emit('token.minted', { expiresInS: 3600, refreshed: false });
    events.emit('page.served', { method: 'GET', path: '/', status: 200, durationMs: 1 });
    expect(await lines(metrics, 're')).toEqual([
      'retries_total{status="429"} 1',
      'retries_total{status="none"} 1',
    ]);
    expect(await lines(metrics, 'throttled')).toEqual(['throttled_seconds_total{lane="api"} 2']);
    expect(await lines(metrics, 'token')).toEqual(['token_refreshes_total 1']);
    expect(await lines(metrics, 'page')).toEqual(['page_requests_total{status="200"} 1']);
  });

  it('counts runs that begin and end, two at once', async () => {
    const events = new EventBus();
    using metrics = disposable(open(events));
    const [first, second] = [events.child(), events.child()];
    first.emit('run.started', started('a', 'nightly'));
    second.emit('run.started', { ...started('b'), command: 'backfill' });
    expect(await lines(metrics, 'run_in')).toEqual([
      'run_in_progress{command="sync",schedule="nightly"} 1',
      'run_in_progress{command="backfill",schedule=""} 1',
    ]);
    first.emit('run.finished', { runId: 'a', status: 'partial', durationMs: 61_000 });
    second.emit('run.finished', { runId: 'b', status: 'complete', durationMs: 1000 });
    events.emit('run.finished', { runId: 'unheard of', status: 'failed', durationMs: 1 });
    expect(await lines(metrics, 'run_in')).toEqual([]);
    expect(await lines(metrics, 'runs_')).toEqual([
      'runs_total{command="sync",schedule="nightly",status="partial"} 1',
      'runs_total{command="backfill",schedule="",status="complete"} 1',
    ]);
    expect(await lines(metrics, 'last_run')).toEqual([
      'last_run_status{command="sync",schedule="nightly",status="partial"} 1',
      'last_run_status{command="backfill",schedule="",status="complete"} 1',
    ]);
    expect(await lines(metrics, 'run_duration_seconds_sum')).toEqual([
      'run_duration_seconds_sum{command="sync"} 61',
      'run_duration_seconds_sum{command="backfill"} 1',
    ]);
  });

  it('has counters of alerts at 0 before the first one, or Prometheus would miss it', async () => {
    using metrics = disposable(open());
    const { body } = await metrics.expose();
    for (const series of [
      'deletion_guard_total{stream="grants"} 0',
      'drift_total{stream="members"} 0',
      'export_drift_total{export="orders"} 0',
      'runs_total{command="sync",schedule="nightly",status="failed"} 0',
      'runs_total{command="export",schedule="export orders",status="failed"} 0',
    ])
      expect(body).toContain(`${PREFIX}${series}\n`);
    expect(body).not.toContain('{command="sync",schedule="export orders"');
  });

  it('knows the leader, the queue and the build', async () => {
    const events = new EventBus();
    using metrics = disposable(open(events, () => ({ api: 3, token: 0 })));
    events.emit('lease.acquired', { holder: 'me', fence: '1' });
    expect(await lines(metrics, 'service_leader')).toEqual(['service_leader 1']);
    events.emit('lease.lost', { holder: 'me' });
    expect(await lines(metrics, 'service_leader')).toEqual([]);
    expect(await lines(metrics, 'requests_waiting')).toEqual(['requests_waiting{lane="api"} 3']);
    expect((await lines(metrics, 'build'))[0]).toMatch(
      /^build_info\{version="\d+\.\d+\.\d+.*",node="v\d+.*"\} 1$/,
    );
  });

  it('stops listening', async () => {
    const events = new EventBus();
    const metrics = open(events);
    metrics.close();
    events.emit('token.minted', { expiresInS: 3600, refreshed: false });
    expect(await lines(metrics, 'token')).toEqual([]);
  });
});

describe('the registry', () => {
  it('is its own, and two live side by side', async () => {
    const [one, other] = [new EventBus(), new EventBus()];
    using first = disposable(open(one));
    using second = disposable(open(other));
    one.emit('token.minted', { expiresInS: 3600, refreshed: false });
    expect(await lines(first, 'token')).toHaveLength(1);
    expect(await lines(second, 'token')).toHaveLength(0);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  it('has help with a unit for each metric, and the usual figures of the process', async () => {
    using metrics = disposable(open());
    for (const { name, help } of Object.values<Definition>(METRICS))
      expect(help, name).toMatch(/ \((count|seconds|bytes|seconds since 1970)\)\.$|\b1\b.*\.$/);
    const { body, contentType } = await metrics.expose();
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const { name, help } of Object.values<Definition>(METRICS))
      expect(body).toContain(`# HELP ${PREFIX}${name} ${help}\n`);
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(body).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });
});

describe('a database that is gone', () => {
  it('fails no scrape', async () => {
    using metrics = disposable(open());
    const { body } = await metrics.expose();
    expect(body).toContain(`${PREFIX}database_reachable 0\n`);
    expect(body).not.toContain(`${PREFIX}stream_freshness_target_seconds{`);
  });

  const NONE = {
    ...{ streamSuccess: [], unavailable: [], streamRows: [], partitionsFailed: [] },
    ...{ exportSuccess: [], watermarks: [], scheduleSuccess: [], alerts: [] },
  };

  it('is asked once by many, and not again within the cache time', async () => {
    let reads = 0;
    let time = 0;
    const known = keepFresh({
      read: async () => {
        reads++;
        return NONE;
      },
      ...{ cacheMs: 1000, patienceMs: 50, lostMs: 5000, now: () => time },
    });
    await Promise.all([known(), known(), known()]);
    time = 999;
    expect(await known()).toEqual({ reachable: true, figures: NONE });
    expect(reads).toBe(1);
    time = 1000;
    await known();
    expect(reads).toBe(2);
  });

  it('whose figures take long is read less often, up to two minutes', async () => {
    let [time, reads] = [0, 0];
    let takesMs = 100;
    const known = keepFresh({
      read: async () => {
        reads++;
        time += takesMs;
        return NONE;
      },
      ...{ cacheMs: 1000, mostShare: 0.02, patienceMs: 50, lostMs: 500_000, now: () => time },
    });
    const readsAfter = async (ms: number): Promise<number> => {
      time += ms;
      await known();
      return reads;
    };
    expect(await readsAfter(0)).toBe(1);
    // A fiftieth of the time may be spent on reading.
    expect(await readsAfter(4999)).toBe(1);
    takesMs = 60_000;
    expect(await readsAfter(1)).toBe(2);
    expect(await readsAfter(119_999)).toBe(2);
    expect(await readsAfter(1)).toBe(3);
  });

  it('that does not answer gives what was known, until it counts as lost', async () => {
    let time = 0;
    let answers = true;
    let answer: () => void = () => undefined;
    const known = keepFresh({
      read: () =>
        answers ? Promise.resolve(NONE) : new Promise((resolve) => (answer = () => resolve(NONE))),
      ...{ cacheMs: 1000, patienceMs: 20, lostMs: 5000, now: () => time },
    });
    await known();
    answers = false;
    time = 2000;
    expect(await known()).toEqual({ reachable: true, figures: NONE });
    time = 6999;
    expect((await known()).reachable).toBe(true);
    time = 7000;
    expect(await known()).toEqual({ reachable: false, figures: undefined });
    answer();
    await new Promise(setImmediate);
    expect((await known()).reachable).toBe(true);
  });
});

it('App.waiting knows the requests of every client that is open', async () => {
  const cacheDirectory = mkdtempSync(join(tmpdir(), 'sigma-sync-queue-'));
  await using simulator = await startSimulator({ latencyMs: 50 });
  const app = createApp({
    config: loadConfig({
      cwd: '/',
      env: {
        SIGMA_BASE_URL: simulator.url,
        SIGMA_CLIENT_ID: simulator.clientId,
        SIGMA_CLIENT_SECRET: simulator.clientSecret,
      },
    }),
    cacheDirectory,
  });
  const clients = await Promise.all(
    [1, 2].map(() => app.openClient({ concurrency: 1, requestsPerMinute: 100_000 })),
  );
  const asked = clients.flatMap((client) => Array.from({ length: 4 }, () => client.get('/v2/whoami')));
  await new Promise(setImmediate);
  expect(app.waiting()).toEqual({ api: 6, exports: 0, downloads: 0, token: 0 });
  await Promise.all(asked);
  expect(app.waiting()['api']).toBe(0);
  for (const client of clients) await client.close();
  expect(app.waiting()).toEqual({});
  rmSync(cacheDirectory, { recursive: true, force: true });
});

it('watches what the settings name', () => {
  const config = loadConfig({ env: {}, cwd: '/' });
  const now = new Date('2026-11-24T12:00:00Z');
  const freshness = { hours: 36, hoursByStream: { grants: 6 }, certificateDays: 30 };
  const watched = watchedBy({ ...config, freshness }, now);
  expect(watched.streams).toEqual(catalogue.filter(({ optIn }) => optIn !== true).map(({ name }) => name));
  const secondsOf = (of: ReturnType<typeof watchedBy>, name: string) => of.targetSeconds('stream', name);
  expect([secondsOf(watched, 'grants'), secondsOf(watched, 'members')]).toEqual([21_600, 129_600]);
  // A weekly schedule is late when its run is overdue by a third of the limit, unless the settings say otherwise.
  const weekly = config.schedules.map((schedule) => ({ ...schedule, cron: '0 3 * * 0' }));
  const rare = watchedBy({ ...config, freshness, schedules: weekly }, now);
  expect([secondsOf(rare, 'grants'), secondsOf(rare, 'members')]).toEqual([21_600, (7 * 24 + 12) * 3600]);
});

function disposable(metrics: Metrics): Metrics & Disposable {
  return { ...metrics, [Symbol.dispose]: () => metrics.close() };
}
