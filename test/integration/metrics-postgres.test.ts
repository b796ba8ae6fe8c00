/** Metrics of real runs against the simulator and a real database. */
import { describe, expect, it } from 'vitest';
import { quoteTable } from '../../src/core/database/database.ts';
import { PREFIX } from '../../src/operations/metrics/definitions.ts';
import { type Metrics, openMetrics } from '../../src/operations/metrics/open-metrics.ts';
import { BY_CLI } from '../../src/state/run-types.ts';
import { CORE, type Rig, startRig, totalOf } from '../support/rig.ts';

const ORGANIZATION = { seed: 5, workbooks: 40, members: 20, teams: 4, grants: 100 };
const HOUR = 3600;

function open(rig: Rig, changes: Partial<Parameters<typeof openMetrics>[0]> = {}): Metrics {
  return openMetrics({
    events: rig.events,
    watched: () => ({
      streams: CORE.map(({ name }) => name),
      exports: ['orders'],
      schedules: ['nightly'],
      targetSeconds: (_, name) => (name === 'grants' ? 6 * HOUR : 36 * HOUR),
    }),
    schemas: () => rig.test.schemas,
    database: async () => rig.test.database,
    cacheMs: 0,
    ...changes,
  });
}

/** Values of a metric by its labels as they are written. */
async function read(metrics: Metrics, name: string): Promise<Map<string, number>> {
  const { body } = await metrics.expose();
  const found = new Map<string, number>();
  for (const line of body.split('\n')) {
    const [, metric, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric === `${PREFIX}${name}`) found.set(labels, Number(value));
  }
  return found;
}

const sum = (values: Map<string, number>, part = ''): number =>
  [...values].reduce((total, [labels, value]) => (labels.includes(part) ? total + value : total), 0);

describe('a run', () => {
  it('is counted as its report has it', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const metrics = open(rig);
    rig.simulator.faults.inject({ kinds: ['429', '503'], rate: 0.1, seed: 1 });
    const report = await rig.sync({ origin: { trigger: 'schedule', schedule: 'nightly' } });

    const requests = await read(metrics, 'requests_total');
    expect(sum(requests)).toBe(rig.simulator.counters.requests);
    expect(sum(requests)).toBe(report.requests);
    expect(sum(requests, 'status="429"')).toBe(report.rateLimited);
    expect(report.rateLimited).toBeGreaterThan(0);
    expect([...requests.keys()].filter((labels) => labels.includes('other'))).toEqual([]);
    expect(sum(await read(metrics, 'request_duration_seconds_count'))).toBe(report.requests);
    expect(sum(await read(metrics, 'retries_total'))).toBe(report.retries);
    expect(sum(await read(metrics, 'throttled_seconds_total')) * 1000).toBeCloseTo(report.throttledMs, 3);
    const rows = await read(metrics, 'rows_total');
    for (const [operation, figure] of [
      ['insert', 'inserted'],
      ['update', 'updated'],
      ['delete', 'deleted'],
      ['unchanged', 'unchanged'],
    ] as const)
      expect(sum(rows, `operation="${operation}"`), operation).toBe(totalOf(report, figure));
    expect(sum(await read(metrics, 'entries_read_total'))).toBe(totalOf(report, 'read'));
    expect((await read(metrics, 'token_refreshes_total')).get('')).toBe(1);
    expect(sum(await read(metrics, 'runs_total'), 'schedule="nightly",status="complete"')).toBe(1);
    expect(sum(await read(metrics, 'run_in_progress'))).toBe(0);
    metrics.close();
  });

  it('that fails leaves its failures, and no age of what it could not read', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const metrics = open(rig);
    rig.simulator.faults.inject({ kinds: ['500'], match: '/v2/teams/.*/members', maxInARow: 99 });
    const { report } = await rig.run();
    expect(report.status).toBe('failed');
    expect(sum(await read(metrics, 'partitions_failed_total'), 'team_members')).toBe(ORGANIZATION.teams);
    expect((await read(metrics, 'partitions_failed')).get('stream="team_members"')).toBe(ORGANIZATION.teams);
    expect(sum(await read(metrics, 'last_run_status'), 'status="failed"')).toBe(1);
    const ages = await read(metrics, 'stream_freshness_seconds');
    expect(ages.has('stream="team_members"')).toBe(false);
    expect(ages.has('stream="members"')).toBe(true);
    metrics.close();
  });

  it('whose end cannot be written down is not under way for ever', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const metrics = open(rig);
    const { database, schemas } = rig.test;
    rig.events.on('run.started', () => {
      void database.session((session) =>
        session.query(
          `alter table ${quoteTable(schemas.state, 'runs')} rename column throttled_ms to elsewhere`,
        ),
      );
    });
    await expect(rig.run()).rejects.toThrow('throttled_ms');
    expect(sum(await read(metrics, 'run_in_progress'))).toBe(0);
    expect(sum(await read(metrics, 'runs_total'), 'status="failed"')).toBe(1);
    metrics.close();
  });
});

describe('the database', () => {
  it('gives age, size, watermark, schedules and alerts', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    let now = Date.now();
    const metrics = open(rig, { now: () => now });
    expect(await read(metrics, 'stream_freshness_seconds')).toEqual(new Map());
    expect((await read(metrics, 'stream_freshness_target_seconds')).get('stream="grants"')).toBe(6 * HOUR);
    await rig.sync({ origin: { trigger: 'schedule', schedule: 'nightly' } });
    const { database, schemas } = rig.test;
    const of = (table: string): string => quoteTable(schemas.state, table);
    await database.session(async (session) => {
      await session.query(
        `insert into ${of('table_sizes')} values ($1, 'members', '2026-01-01', 3, 100), ($1, 'members', '2026-01-02', 20, 100),
           ('elsewhere', 'members', '2026-01-03', 7, 1)`,
        [schemas.target],
      );
      await session.query(
        `insert into ${of('exports')} (export, table_name, mode, watermark, last_run_id, last_status, last_attempt_at, last_success_at)
         values ('orders', 'orders', 'append', '2026-01-01T00:00:00.5Z', 'r', 'complete', now(), now() - interval '2 hours'),
                ('removed', 'removed', 'append', '2025-01-01', 'r', 'complete', now(), now() - interval '1 year')`,
      );
      await session.query(
        `insert into ${of('alerts')} (key, kind, subject, detail, raised_at, last_seen_at, settled_at)
         values ('a', 'drift', 's', 'd', now(), now(), null), ('b', 'drift', 's', 'd', now(), now(), now())`,
      );
      await session.query(
        `update ${of('streams')} set last_status = 'unavailable', last_success_at = null where stream = 'teams'`,
      );
    });
    now = Date.now() + HOUR * 1000;
    const ages = await read(metrics, 'stream_freshness_seconds');
    expect(ages.size).toBe(CORE.length - 1);
    expect(ages.get('stream="members"')).toBeGreaterThan(HOUR - 1);
    expect(ages.get('stream="members"')).toBeLessThan(HOUR + 120);
    const targets = await read(metrics, 'stream_freshness_target_seconds');
    expect(targets.get('stream="members"')).toBe(36 * HOUR);
    expect(targets.has('stream="teams"')).toBe(false);
    expect(await read(metrics, 'stream_rows')).toEqual(new Map([['stream="members"', 20]]));
    expect((await read(metrics, 'partitions_failed')).get('stream="grants"')).toBe(0);
    expect([...(await read(metrics, 'export_freshness_seconds')).keys()]).toEqual(['export="orders"']);
    expect(await read(metrics, 'export_watermark_timestamp_seconds')).toEqual(
      new Map([['export="orders"', Date.parse('2026-01-01T00:00:00.5Z') / 1000]]),
    );
    const success = (await read(metrics, 'schedule_last_success_timestamp_seconds')).get(
      'schedule="nightly"',
    );
    expect(Math.abs((success ?? 0) - Date.now() / 1000)).toBeLessThan(120);
    const alerts = await read(metrics, 'alerts_open');
    expect([alerts.get('kind="drift"'), alerts.get('kind="failure"')]).toEqual([1, 0]);
    // Exports after a sync do not make up for it.
    await database.session((session) =>
      session.query(`update ${of('runs')} set command = 'export' where schedule = 'nightly'`),
    );
    expect((await read(metrics, 'schedule_last_success_timestamp_seconds')).size).toBe(0);
    metrics.close();
  });

  it('may be empty, or gone, and no scrape fails', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const metrics = open(rig);
    const { database, schemas } = rig.test;
    await database.session((session) => session.query(`drop schema "${schemas.state}" cascade`));
    expect((await read(metrics, 'database_reachable')).get('')).toBe(1);
    await rig.test.close();
    expect((await read(metrics, 'database_reachable')).get('')).toBe(0);
    expect((await read(metrics, 'stream_freshness_target_seconds')).size).toBe(0);
    expect((await metrics.expose()).body).toContain('process_cpu_seconds_total');
    metrics.close();
  });

  it('that is busy holds no scrape up', async () => {
    await using rig = await startRig({ organization: ORGANIZATION });
    const metrics = open(rig, { patienceMs: 100 });
    await rig.sync({ origin: BY_CLI });
    await metrics.expose();
    const { database } = rig.test;
    let release: () => void = () => undefined;
    const blocked = Promise.withResolvers<void>();
    const holding = database.transaction(async (session) => {
      // On PostgreSQL others wait for the table, on PGlite for the only connection.
      await session.query(
        `lock table ${quoteTable(rig.test.schemas.state, 'streams')} in access exclusive mode`,
      );
      blocked.resolve();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await blocked.promise;
    const began = performance.now();
    expect((await read(metrics, 'database_reachable')).get('')).toBe(1);
    expect((await read(metrics, 'stream_freshness_seconds')).size).toBe(CORE.length);
    expect(performance.now() - began).toBeLessThan(2000);
    release();
    await holding;
    metrics.close();
  });
});
