/**
 * The parts that alerts need, against the simulator: an organization, a database, a clock that can be put forward, a
 * receiver.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Database } from '../../src/core/database/database.ts';
import type { EventName, Events } from '../../src/core/events/bus.ts';
import { type Alerts, type OpenAlertsOptions, openAlerts } from '../../src/operations/alerts/open-alerts.ts';
import { createSync } from '../../src/runs/create-sync.ts';
import type { Sync, SyncOutcome, SyncRequest } from '../../src/runs/requests.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { type Clock, systemClock } from '../../src/sigma/clock.ts';
import { type HookServer, hookServer, type ToldJson } from './alert-receivers.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** See {@link startAlertRig}. */
export interface AlertRig extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly test: TestDatabase;
  readonly app: App;
  readonly sync: Sync;
  readonly alerts: Alerts;
  /** The receiver `ops`. */
  readonly hook: HookServer;
  /** Events of alerts, in their order. */
  readonly log: { readonly name: EventName; readonly fields: Events[EventName] }[];
  /** Puts the clock forward. */
  advance(hours: number): void;
  now(): Date;
  /** A run of the schedule `nightly`, recorded as the service does, and the messages after it. */
  night(request?: SyncRequest, retryInHours?: number): Promise<{ outcome: SyncOutcome; told: ToldJson[] }>;
  /** Looks, and gives the messages. */
  look(): Promise<ToldJson[]>;
  /** Another process with the same settings. */
  another(options?: Partial<OpenAlertsOptions>): Alerts;
  query<T extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
}

/** Options of a rig. */
export interface AlertRigOptions extends SimulatorOptions {
  /**
   * Settings besides those that point at the simulator, as YAML; default: the receiver `ops`, which gets everything.
   */
  readonly settings?: (hook: HookServer, simulator: Simulator) => string;
  /** Default: a few streams. */
  readonly streams?: string;
  /** A database for the alerts instead of the rig's. */
  readonly database?: () => Promise<Database>;
}

/** Starts simulator, database, receiver and alerts. */
export async function startAlertRig(options: AlertRigOptions = {}): Promise<AlertRig> {
  const { settings, streams = '[teams, workbooks, members]', database, ...simulated } = options;
  const simulator = await startSimulator(simulated);
  const test = await openTestDatabase();
  const hook = await hookServer();
  const cwd = mkdtempSync(join(tmpdir(), 'sigma-sync-alerts-'));
  const ops = `alerts:\n  - {name: ops, kind: webhook, url: '${hook.url}'}\n`;
  writeFileSync(join(cwd, 's.yaml'), `sync: {streams: ${streams}}\n${settings?.(hook, simulator) ?? ops}`);
  const env = {
    SIGMA_BASE_URL: simulator.url,
    SIGMA_CLIENT_ID: simulator.clientId,
    SIGMA_CLIENT_SECRET: simulator.clientSecret,
    // Answers cost every run a second; tests of them say so.
    SIGMA_SYNC_ANALYTICS: 'false',
  };
  let shift = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + shift,
    sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
  };
  const made = createApp({ config: loadConfig({ env, cwd, file: 's.yaml' }), clock, cacheDirectory: cwd });
  // One client for all runs: each would wait for a token of its own.
  const client = openSigmaClient({
    baseUrl: simulator.url,
    credentials: () => simulator,
    events: made.events,
    clock: systemClock,
    concurrency: 8,
    exportsPerMinute: 60_000,
    timeoutMs: 10_000,
    retry: { maxAttempts: 3, baseMs: 5, maxMs: 20 },
  });
  const app: App = { ...made, openClient: async () => ({ ...client, close: async () => undefined }) };
  const log: AlertRig['log'] = [];
  app.events.onAny((name, fields) => {
    if (name.startsWith('alert.')) log.push({ name, fields });
  });
  const given = async (): Promise<Database> => test.database;
  const sync = createSync({ app, database: given });
  const another: AlertRig['another'] = (more) =>
    openAlerts({ app, database: database ?? given, limits: { httpMs: 500 }, ...more });
  const alerts = another();
  const now = (): Date => new Date(clock.now());
  const query: AlertRig['query'] = (sql, parameters) =>
    test.database.session((session) => session.query(sql, parameters));
  const look = async (): Promise<ToldJson[]> => {
    await alerts.check(now());
    return hook.take();
  };
  return {
    ...{ simulator, test, app, sync, alerts, hook, log, now, look, another, query },
    advance(hours) {
      shift += hours * 3_600_000;
    },
    async night(request = {}, retryInHours) {
      const startedAt = now();
      const origin = { trigger: 'schedule', schedule: 'nightly' } as const;
      const outcome = await sync.run({ exports: app.exports, origin, ...request });
      const retryAt = retryInHours === undefined ? null : new Date(clock.now() + retryInHours * 3_600_000);
      await query(
        `insert into sigma_sync.schedules as s
           (schedule, served_turn, attempts, retry_at, fence, last_run_id, last_status, last_started_at, last_finished_at)
         values ('nightly', $1, 1, $2, 1, $3, $4, $1, $5)
         on conflict (schedule) do update set served_turn = excluded.served_turn, retry_at = excluded.retry_at,
           last_run_id = excluded.last_run_id, last_status = excluded.last_status, attempts = excluded.attempts,
           last_started_at = excluded.last_started_at, last_finished_at = excluded.last_finished_at`,
        [startedAt, retryAt, outcome.report.runId, outcome.status, now()],
      );
      return { outcome, told: await look() };
    },
    async [Symbol.asyncDispose]() {
      await alerts.close();
      await sync.close();
      await client.close();
      await hook[Symbol.asyncDispose]();
      await test.close();
      await simulator.close();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
