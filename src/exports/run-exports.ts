/** A run of exports from its lock to its report. */
import PQueue from 'p-queue';
import { ensureSchema } from '../core/database/database.ts';
import { RERUN, sqlState } from '../core/database/database-error.ts';
import {
  AuthError,
  causedBy,
  DatabaseError,
  describeError,
  InterruptedError,
  LockedError,
} from '../core/errors.ts';
import { collectStats } from '../core/events/stats.ts';
import { resolveWorkbookId } from '../sigma/workbook-id.ts';
import { exportsLock } from '../state/lock.ts';
import { openRunBook } from '../state/run-book.ts';
import { BY_CLI } from '../state/run-types.ts';
import type { ExportEngine, ExportOptions } from './export-engine.ts';
import { type ExportReport, type ExportsReport, overall } from './remember/export-report.ts';
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
  const stop = new AbortController();
  const lock = await database.tryLock(exportsLock(schemas), (error) => {
    const message = 'The connection to the database broke, and with it the lock of this run.';
    stop.abort(new DatabaseError(message, { cause: error, advice: RERUN }));
  });
  if (lock === undefined) {
    throw new LockedError(
      `Another process runs the exports of schema ${schemas.target} in ${database.label}.`,
      {
        advice: 'Wait for it to end; "sigma-sync runs" shows when it began.',
      },
    );
  }
  const onStop = (): void => stop.abort(options.signal.reason);
  if (options.signal.aborted) onStop();
  options.signal.addEventListener('abort', onStop, { once: true });
  try {
    // Once for all: exports that make it at once would collide.
    await database.session((session) => ensureSchema(session, engine.exportsSchema));
    const book = openRunBook(database, schemas);
    const now = (): Date => new Date(clock.now());
    const { origin } = options;
    const run = await book.start({ command: 'export', full: false, now: now(), resumeWithinMs: -1, origin });
    const { trigger, schedule } = origin ?? BY_CLI;
    events.emit('run.started', {
      ...{ runId: run.runId, command: run.command, trigger, schedule },
      streams: options.exports.map(({ name }) => `export ${name}`),
      full: false,
      resumedFrom: undefined,
    });
    const stats = collectStats(events);
    const reports = new Map<string, ExportReport>();
    let fatal: Error | undefined;
    const queue = new PQueue({ concurrency: engine.concurrency });
    for (const definition of options.exports) {
      queue
        .add(async () => {
          if (stop.signal.aborted) return;
          const workbookId = () =>
            resolveWorkbookId(engine.client, definition.workbook, { events, signal: stop.signal });
          const { report, error } = await runExport(engine, { ...options, signal: stop.signal }, definition, {
            runId: run.runId,
            workbookId,
          });
          reports.set(definition.name, report);
          if (error !== undefined && isFatal(error)) throw error;
        })
        .catch((error: unknown) => {
          fatal ??= error instanceof Error ? error : new Error(String(error));
          stop.abort(fatal);
        });
    }
    await queue.onIdle();
    stats.stop();
    const exports = options.exports.map(
      (definition) => reports.get(definition.name) ?? skipped(definition, fatal),
    );
    const lost = stop.signal.reason instanceof DatabaseError ? stop.signal.reason : undefined;
    const interrupted = options.signal.aborted;
    const error = lost ?? (interrupted ? undefined : fatal);
    const status = interrupted
      ? 'interrupted'
      : error === undefined
        ? overall(exports.map((e) => e.status))
        : 'failed';
    const report: ExportsReport = {
      runId: run.runId,
      status,
      startedAt: run.startedAt.toISOString(),
      finishedAt: now().toISOString(),
      ...stats.total(),
      exports,
    };
    const text = error === undefined ? undefined : describeError(error);
    const durationMs = clock.now() - run.startedAt.getTime();
    await book.finishExports(run, report, text).catch((failure: unknown) => {
      if (error !== undefined) return;
      events.emit('run.finished', { runId: run.runId, status: 'failed', durationMs });
      throw failure;
    });
    events.emit('run.finished', { runId: run.runId, status, durationMs });
    return { report, error };
  } finally {
    options.signal.removeEventListener('abort', onStop);
    await lock.release();
  }
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
  if (FATAL.some((type) => causedBy(error, type))) return true;
  return !(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError;
}

function isLoss(error: DatabaseError): boolean {
  // Data, syntax of a name or a type, limits of time and size, locks, triggers, what depends on the table: the statement was at fault.
  return !/^(22|23|25P0|2B|40|42|54|55|57014|0A|P0)/.test(sqlState(error) ?? '');
}

function skipped(
  { name, table, mode }: ExportOptions['exports'][number],
  fatal: Error | undefined,
): ExportReport {
  const none = {
    windows: 0,
    rows: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    rejected: 0,
    bytes: 0,
  };
  const lists = { queryIds: [], drift: [], rejections: [], waitedMs: 0, loadedMs: 0 };
  const error = fatal === undefined ? {} : { error: describeError(fatal) };
  return { name, table, mode, status: 'skipped', ...none, ...lists, ...error };
}
