/** A run of exports: side by side, so many at once. */
import PQueue from 'p-queue';
import { ensureSchema } from '../core/database/database.ts';
import {
  AuthError,
  causedBy,
  comeBackAt,
  DatabaseError,
  describeError,
  InterruptedError,
  LockedError,
} from '../core/errors.ts';
import { resolveWorkbookId } from '../sigma/workbook-id.ts';
import { exportsLock } from '../state/lock.ts';
import { conductRun, type RunLife, type RunResult, type RunSpec } from '../state/run-life.ts';
import { bookName, type ExportDefinition } from './decide/definition.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import { type ExportReport, type ExportsReport, overall, WindowTally } from './remember/export-report.ts';
import { runExport } from './run-export.ts';

/** A finished run and, where it was cut off, by what. */
export interface ExportsResult {
  readonly report: ExportsReport;
  readonly error: Error | undefined;
}

/**
 * Runs exports side by side. The failure of one export is in its report and leaves the others alone.
 *
 * @throws LockedError if another process runs exports; DatabaseError if the run can't be recorded.
 */
export async function runExports(engine: ExportEngine, options: ExportOptions): Promise<ExportsResult> {
  const { database, schemas, events, clock } = engine;
  const spec: RunSpec = {
    ...{ database, schemas, events, now: () => new Date(clock.now()) },
    ...{ command: 'export', origin: options.origin, signal: options.signal },
    lock: exportsLock(schemas),
    taken: 'Another process runs the exports of',
    names: options.exports.map(bookName),
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
    const { report, error } = await runExport(engine, asked, definition, { runId, workbookId }).catch(
      (error: unknown) => ({ report: untold(definition, 'failed', error), error }),
    );
    reports.set(definition.name, report);
    if (error !== undefined && (await endsAll(error, definition, engine))) throw error;
  };
  const queue = new PQueue({ concurrency });
  for (const definition of options.exports) queue.add(() => runOne(definition)).catch(life.fail);
  await queue.onIdle();
  const exports = options.exports.map(
    (definition) => reports.get(definition.name) ?? untold(definition, 'skipped', life.failure),
  );
  const error = options.signal.aborted ? undefined : life.failure;
  return { reports: { exports }, status: overall(exports.map(({ status }) => status)), error };
}

/**
 * True for an error after which no other export can fare better: the credentials are refused, another run has taken
 * over, or the database answers nobody any more. The failure of one statement or one connection leaves the others
 * alone.
 */
async function endsAll(
  error: unknown,
  { oauthOverrides }: ExportDefinition,
  { database }: ExportEngine,
): Promise<boolean> {
  if (causedBy(error, InterruptedError) || causedBy(error, LockedError)) return true;
  // Sigma said when it wants to be asked again.
  if (comeBackAt(error) !== undefined) return true;
  if (causedBy(error, AuthError)) {
    // A request that carries tokens of warehouses may be refused for one of those.
    const path = error instanceof AuthError ? (error.context.path ?? '') : '';
    return oauthOverrides.length === 0 || !path.endsWith('/export');
  }
  if (!causedBy(error, DatabaseError)) return false;
  return database
    .session((session) => session.query('select 1'))
    .then(
      () => false,
      () => true,
    );
}

/** The report of an export of which nothing else is known. */
function untold(definition: ExportDefinition, status: 'failed' | 'skipped', cause: unknown): ExportReport {
  const error = cause === undefined ? {} : { error: describeError(cause) };
  return { ...new WindowTally(definition, undefined).report(), status, ...error };
}
