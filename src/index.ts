/**
 * The programmatic API: what the command line itself is made of. docs/api.md tells more.
 *
 * @example
 * import { createSync } from 'sigma-sync';
 *
 * await using sync = createSync();
 * const { status, report } = await sync.run({ streams: ['workbooks', 'grants'] });
 */

export { type Simulator, type SimulatorOptions, startSimulator } from '../simulator/server.ts';
export { type App, type AppOptions, createApp } from './app.ts';
export { type LoadOptions, loadConfig } from './config/load-config.ts';
export type { Config } from './config/schema.ts';
export type { Database } from './core/database/database.ts';
export * from './core/errors.ts';
export { EventBus, type EventContext, type EventName, type Events } from './core/events/bus.ts';
export { logEvents } from './core/logging/log-events.ts';
export { createLogger, type Logger, type LoggerOptions } from './core/logging/logger.ts';
export type { ExportDefinition } from './exports/decide/definition.ts';
export type { ExportReport, ExportsReport } from './exports/remember/export-report.ts';
export type { ExportsResult } from './exports/run-exports.ts';
export type { ExportState } from './exports/select-exports.ts';
export { catalogue } from './extractors/catalogue.ts';
export type { Stream, StreamSpec } from './extractors/stream.ts';
export { createSync } from './runs/create-sync.ts';
export type {
  BackfillRequest,
  CreateSyncOptions,
  ExportsRequest,
  RunRequest,
  Sync,
  SyncOutcome,
  SyncRequest,
  SyncStatus,
} from './runs/requests.ts';
export type { Outage } from './state/read/outage.ts';
export type { RunState, StreamState } from './state/read/status.ts';
export type { RunOrigin, RunReport, RunStatus, StreamReport } from './state/run-types.ts';
export type { SyncPlan } from './sync/dry-run.ts';
export { EXIT_CODES, type SyncResult } from './sync/run-sync.ts';
