/** A run of exports: side by side, so many at once. */
import PQueue from 'p-queue';
import { ensureSchema } from '../core/database/database.ts';
import { sqlState } from '../core/database/database-error.ts';
import {
  AuthError,
  causedBy,
  DatabaseError,
  describeError,
  InterruptedError,
  LockedError,
  comeBackAt,
} from '../core/errors.ts';
import { resolveWorkbookId } from '../sigma/workbook-id.ts';
import { exportsLock } from '../state/lock.ts';
import { conductRun, type RunLife, type RunResult, type RunSpec } from '../state/run-life.ts';
import type { ExportDefinition } from './decide/definition.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import { type ExportReport, type ExportsReport, overall, WindowTally } from './remember/export-report.ts';
import { runExport } from './run-export.ts';

/** A finished run and, where it was cut off, by what. */
export interface ExportsResult {
  readonly report: ExportsReport;
  readonly error: Error | undefined;
}

/**
 * Runs exports side by side. What goes wrong with one of them is in its report and leaves the others alone.
 *
 * @throws LockedError where another process runs exports; DatabaseError where the run can't be written down.
 */
export async function runExports(engine: ExportEngine, options: ExportOptions): Promise<ExportsResult> {
  const { database, schemas, events, clock } = engine;
  const spec: RunSpec = {
    ...{ database, schemas, events, now: () => new Date(clock.now()) },
    ...{ command: 'export', origin: options.origin, signal: options.signal },
    lock: exportsLock(schemas),
    taken: 'Another process runs the exports of',
    names: options.exports.map(({ name }) => `export ${name}`),
    full: false,
    resumeWithinMs: -1,
    // Once for all: exports that make it at once would collide.
    prepare: () => database.session((session) => ensureSchema(session, engine.exportsSchema)),
  };
  const { report, error } = await conductRun(spec, (life) => loadAll(engine, options, life));
  return { report, error };
}

/** Runs the exports side by side, as many at once as the settings allow. */
async function loadAll(
  engine: ExportEngine,
  options: ExportOptions,
  life: RunLife,
): Promise<RunResult<{ readonly exports: readonly ExportReport[] }>> {
  const { client, events, concurrency } = engine;
  const { runId } = life.run;
  const reports = new Map<string, ExportReport>();
  const asked = { ...options, signal: life.stop };
  const runOne = async (definition: ExportDefinition): Promise<void> => {
    if (life.stop.aborted) return;
    const workbookId = () => resolveWorkbookId(client, definition.workbook, { events, signal: life.stop });
    const { report, error } = await runExport(engine, asked, definition, { runId, workbookId });
    reports.set(definition.name, report);
    if (error !== undefined && isFatal(error)) throw error;
  };
  const queue = new PQueue({ concurrency });
  for (const definition of options.exports) queue.add(() => runOne(definition)).catch(life.fail);
  await queue.onIdle();
  const exports = options.exports.map(
    (definition) => reports.get(definition.name) ?? skipped(definition, life.failure),
  );
  const error = options.signal.aborted ? undefined : life.failure;
  return { reports: { exports }, status: overall(exports.map(({ status }) => status)), error };
}

const FATAL: readonly (abstract new (...args: never[]) => Error)[] = [
  AuthError,
  DatabaseError,
  InterruptedError,
  LockedError,
];

/** Errors after which no other export can fare better, and mistakes of ours. */
function isFatal(error: unknown): boolean {
  // What one table lacks is no trouble of the others; a database that is gone is everybody's.
  if (error instanceof DatabaseError && !isLoss(error)) return false;
  if (FATAL.some((type) => causedBy(error, type)) || comeBackAt(error) !== undefined) return true;
  return !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
}

function isLoss(error: DatabaseError): boolean {
  // Data, syntax of a name or a type, limits of time and size, locks, triggers, what depends on the table: the statement was at fault.
  return !/^(22|23|25P0|2B|40|42|54|55|57014|0A|P0)/.test(sqlState(error) ?? '');
}

function skipped(definition: ExportDefinition, fatal: Error | undefined): ExportReport {
  const error = fatal === undefined ? {} : { error: describeError(fatal) };
  return { ...new WindowTally(definition, undefined).report(), status: 'skipped', ...error };
}
