/**
 * The programmatic API: what the command line itself is made of.
 *
 * @example
 * const app = createApp({ config: loadConfig({ env: process.env, cwd: process.cwd() }) });
 * const database = await app.openDatabase();
 * await migrate(database, app.schemas, catalogue, app.events);
 * const engine = app.engine(database, app.openClient());
 * const { report } = await runSync(engine, { streams: catalogue, full: false, acceptDeletions: false, signal });
 */
export { type App, type AppOptions, createApp } from './app.ts';
export { type LoadOptions, loadConfig } from './config/load.ts';
export type { Config } from './config/schema.ts';
export * from './errors.ts';
export { EventBus, type EventName, type Events } from './events/bus.ts';
export type { ExportEngine, ExportOptions } from './exports/context.ts';
export type { ExportDefinition } from './exports/definition.ts';
export type { ExportReport, ExportsReport } from './exports/report.ts';
export { type ExportsResult, runExports } from './exports/run-exports.ts';
export { catalogue } from './extractors/catalogue.ts';
export type { Stream, StreamSpec } from './extractors/stream.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/server.ts';
export { migrate } from './state/migrate.ts';
export type { RunReport, StreamReport } from './state/runs.ts';
export type { SyncEngine, SyncOptions } from './sync/context.ts';
export { EXIT_CODES, runSync, type SyncResult } from './sync/run.ts';
