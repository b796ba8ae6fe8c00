/** Everything a run of exports needs, against the simulator: an organization, a database, an engine that is quick. */

import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { EventBus, type EventName, type Events } from '../../src/core/events/bus.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import type { ExportEngine, ExportOptions } from '../../src/exports/export-engine.ts';
import type { ExportReport } from '../../src/exports/remember/export-report.ts';
import { type ExportsResult, runExports } from '../../src/exports/run-exports.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { type Clock, systemClock } from '../../src/sigma/clock.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** See {@link startExportRig}. */
export interface ExportRig extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly test: TestDatabase;
  readonly engine: ExportEngine;
  /** The events, in their order. */
  readonly log: { readonly name: EventName; readonly fields: Events[EventName] }[];
  run(exports: readonly ExportDefinition[], options?: Partial<ExportOptions>): Promise<ExportsResult>;
  /** Runs one export that must end complete, or as `status` says. */
  load(
    definition: ExportDefinition,
    options?: Partial<ExportOptions> & { status?: string },
  ): Promise<ExportReport>;
  query<T extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
}

/** Starts simulator, database and engine. Polls do not wait. */
export async function startExportRig(
  options: SimulatorOptions & { readonly engine?: Partial<ExportEngine> } = {},
): Promise<ExportRig> {
  const { engine: changes = {}, ...simulated } = options;
  const simulator = await startSimulator({
    organization: { workbooks: 3 },
    exportsPerMinute: 100_000,
    ...simulated,
  });
  const test = await openTestDatabase();
  const events = new EventBus();
  const log: { name: EventName; fields: Events[EventName] }[] = [];
  events.onAny((name, fields) => log.push({ name, fields }));
  const clock = impatient(systemClock);
  const client = openSigmaClient({
    baseUrl: simulator.url,
    credentials: () => simulator,
    events,
    clock: systemClock,
    concurrency: 8,
    exportsPerMinute: 60_000,
    timeoutMs: 10_000,
    retry: { maxAttempts: 8, baseMs: 5, maxMs: 100 },
  });
  const engine: ExportEngine = {
    database: test.database,
    schemas: test.schemas,
    exportsSchema: 'sigma_data',
    client,
    events,
    clock,
    concurrency: 3,
    ahead: 4,
    ...changes,
  };
  const run = (
    exports: readonly ExportDefinition[],
    more: Partial<ExportOptions> = {},
  ): Promise<ExportsResult> => runExports(engine, { exports, signal: new AbortController().signal, ...more });
  return {
    simulator,
    test,
    engine,
    log,
    run,
    async load(definition, { status = 'complete', ...more } = {}) {
      const { report, error } = await run([definition], more);
      const [one] = report.exports;
      if (one?.status !== status) {
        throw new Error(`the export ended ${one?.status}: ${one?.error}`, { cause: error });
      }
      return one;
    },
    query: (sql, parameters) => test.database.session((session) => session.query(sql, parameters)),
    async [Symbol.asyncDispose]() {
      await client.close();
      await test.close();
      await simulator.close();
    },
  };
}

/** The time of `clock`, with waits a hundred times as short. */
export function impatient(clock: Clock): Clock {
  return { ...clock, now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms / 100, signal) };
}
