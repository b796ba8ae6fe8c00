/** Everything one sync needs, against the simulator: an organization, a database and an engine that is quick to retry. */

import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import { openSigmaClient, type SigmaClient } from '../../src/sigma/client.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import type { RunReport, StreamReport } from '../../src/state/run-types.ts';
import { inProcessExecutor } from '../../src/sync/executor.ts';
import { runSync, type SyncResult } from '../../src/sync/run-sync.ts';
import type { SyncEngine, SyncOptions } from '../../src/sync/sync-engine.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { differences } from './truth.ts';

/** See {@link startRig}. */
export interface Rig extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly test: TestDatabase;
  readonly events: EventBus;
  readonly engine: SyncEngine;
  /** Runs a sync of the rig's streams and gives its outcome. */
  run(options?: Partial<SyncOptions>): Promise<SyncResult>;
  /** Like `run`, for syncs that must end complete. */
  sync(options?: Partial<SyncOptions>): Promise<RunReport>;
  /** The differences between the tables and the organization; nothing, when all is well. */
  differences(): Promise<string[]>;
  /** Requests by endpoint since the last call. */
  requests(): Record<string, number>;
}

/** Streams that show the engine in all its ways, and few enough for tests that run it many times. */
export const CORE = withAncestors(
  catalogue,
  new Set(['team_members', 'workspaces', 'files', 'workbook_elements', 'grants']),
);

/** Options of a rig. */
export interface RigOptions extends SimulatorOptions {
  /** Default: the core streams. */
  readonly streams?: readonly Stream[];
  readonly pageSize?: number;
  readonly engine?: Partial<SyncEngine>;
}

/** Starts simulator, database and engine. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const simulator = await startSimulator(options);
  const test = await openTestDatabase();
  const events = new EventBus();
  const client = fastClient(simulator, events);
  const streams = options.streams ?? CORE;
  const engine: SyncEngine = {
    database: test.database,
    schemas: test.schemas,
    client,
    events,
    executor: inProcessExecutor(12),
    catalogue: streams,
    pageSize: options.pageSize ?? 1000,
    deletionGuard: { percent: 20, rows: 25 },
    resumeWithinMs: 6 * 3_600_000,
    // Every run reads what has no signal, so that it ends with the truth.
    refreshMs: () => 0,
    history: { isLogged: () => true, retentionMonths: 25 },
    now: () => new Date(),
    ...options.engine,
  };
  const run = (changes: Partial<SyncOptions> = {}): Promise<SyncResult> =>
    runSync(engine, {
      streams,
      full: false,
      acceptDeletions: false,
      signal: new AbortController().signal,
      ...changes,
    });
  return {
    simulator,
    test,
    events,
    engine,
    run,
    async sync(changes) {
      const { report, error } = await run(changes);
      if (error !== undefined) throw error;
      if (report.status !== 'complete')
        throw new Error(`the sync ended ${report.status}: ${JSON.stringify(report)}`);
      return report;
    },
    differences: () => differences(test.database, test.schemas, simulator.organization, streams),
    requests() {
      const counts = Object.fromEntries(simulator.counters.endpoints);
      simulator.counters.reset();
      delete counts['POST /v2/auth/token'];
      return counts;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await test.close();
      await simulator.close();
    },
  };
}

/** A client that does not wait long before it tries again. */
export function fastClient(simulator: Simulator, events: EventBus): SigmaClient {
  return openSigmaClient({
    baseUrl: simulator.url,
    credentials: () => simulator,
    events,
    clock: systemClock,
    concurrency: 8,
    timeoutMs: 10_000,
    retry: { maxAttempts: 8, baseMs: 5, maxMs: 100 },
  });
}

/** The report of one stream. */
export function streamOf(report: RunReport, name: string): StreamReport {
  const found = report.streams.find((stream) => stream.name === name);
  if (found === undefined) throw new Error(`the report has no stream ${name}`);
  return found;
}

/** Sums a figure over all streams. */
export function totalOf(
  report: RunReport,
  figure: 'inserted' | 'updated' | 'deleted' | 'read' | 'unchanged',
): number {
  return report.streams.reduce((sum, stream) => sum + stream[figure], 0);
}
