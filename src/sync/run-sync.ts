/** A run from its lock to its report: streams side by side, each after the streams it is planned from. */
import type { Lock } from '../core/database/database.ts';
import { RERUN } from '../core/database/database-error.ts';
import { causedBy, DatabaseError, describeError, InterruptedError, LockedError } from '../core/errors.ts';
import { collectStats, type RequestCounts } from '../core/events/stats.ts';
import type { Stream } from '../extractors/stream.ts';
import { dropLeftOvers } from '../loaders/left-overs.ts';
import { coverHistory, prepareHistory } from '../state/change-log.ts';
import { backfillLock, runLock } from '../state/lock.ts';
import { openRunBook, type RunBook } from '../state/run-book.ts';
import {
  BY_CLI,
  type RunReport,
  type RunStatus,
  type StreamReport,
  type StreamStatus,
} from '../state/run-types.ts';
import type { RunContext, SyncEngine, SyncOptions } from './sync-engine.ts';
import { holder } from './hold.ts';
import { preparePrivacy } from './prepare-privacy.ts';
import { NOTHING_DONE, runStream, type StreamResult } from './run-stream.ts';

/** After a request to stop, requests under way get this long before they are given up. */
const GRACE_MS = 4000;

/** Exit codes of `sync` by the run's status. */
export const EXIT_CODES: Readonly<Record<RunStatus, number>> = {
  complete: 0,
  failed: 1,
  partial: 3,
  interrupted: 130,
};

/** A finished run and, where it was cut off, by what. */
export interface SyncResult {
  readonly report: RunReport;
  readonly error: Error | undefined;
  /** Run that this one went on from: what that one read was not read again. */
  readonly resumedFrom: string | undefined;
}

/**
 * Runs a sync. The run's failures are in the result; thrown is only what kept it from beginning.
 *
 * @throws LockedError where another run holds the schema; DatabaseError where the run can't be written down.
 */
export async function runSync(engine: SyncEngine, options: SyncOptions): Promise<SyncResult> {
  const stop = new AbortController();
  const isBackfill = options.command === 'backfill';
  const name = isBackfill ? backfillLock(engine.schemas) : runLock(engine.schemas);
  const lock = await engine.database.tryLock(name, (error) => {
    const message = 'The connection to the database broke, and with it the lock of this run.';
    stop.abort(new DatabaseError(message, { cause: error, advice: RERUN }));
  });
  if (lock === undefined) {
    const other = isBackfill ? 'Another backfill' : 'Another run';
    throw new LockedError(
      `${other} holds the lock of schema ${engine.schemas.target} in ${engine.database.label}.`,
      { advice: 'Wait for it to end; "sigma-sync runs" shows when it began.' },
    );
  }
  try {
    return await lockedRun(engine, options, stop, lock);
  } finally {
    await lock.release();
  }
}

async function lockedRun(
  engine: SyncEngine,
  options: SyncOptions,
  stop: AbortController,
  lock: Lock,
): Promise<SyncResult> {
  const { events, now } = engine;
  const book = openRunBook(engine.database, engine.schemas);
  const { command = 'sync' } = options;
  // A backfill reads everything: that is what it is for.
  const full = options.full || command === 'backfill';
  await dropLeftOvers(engine.database, engine.schemas, command);
  const logged = engine.catalogue.map((stream) => stream.name);
  await prepareHistory(engine.database, engine.schemas, logged, engine.history, now());
  await preparePrivacy(engine, options, stop.signal, lock);
  // Whoever resumes a backfill says so, so its age does not matter.
  const asked = options.resume === true ? Number.POSITIVE_INFINITY : -1;
  const resumeWithinMs = command === 'backfill' ? asked : engine.resumeWithinMs;
  const names = options.streams.map((stream) => stream.name);
  const { origin = BY_CLI } = options;
  const run = await book.start({ command, full, now: now(), resumeWithinMs, origin, streams: names });
  const { trigger, schedule } = origin;
  events.emit('run.started', {
    ...{ runId: run.runId, command, trigger, schedule },
    streams: names,
    full: run.full,
    resumedFrom: run.resumedFrom,
  });

  const stats = collectStats(events);
  const cancel = new AbortController();
  // Without the lock nothing under way is worth its end.
  stop.signal.addEventListener('abort', () => {
    if (stop.signal.reason instanceof DatabaseError) cancel.abort(stop.signal.reason);
  });
  const onStop = (): void => {
    stop.abort(options.signal.reason);
    setTimeout(() => cancel.abort(options.signal.reason), GRACE_MS).unref();
  };
  if (options.signal.aborted) onStop();
  options.signal.addEventListener('abort', onStop, { once: true });

  const hold = holder(engine, lock, stop.signal);
  const context: RunContext = {
    engine,
    options,
    run,
    stop: stop.signal,
    cancel: cancel.signal,
    hold,
  };
  const outcome = await runStreams(
    context,
    book,
    (name) => stats.of(name),
    (error) => {
      stop.abort(error);
      cancel.abort(error);
    },
  );
  options.signal.removeEventListener('abort', onStop);
  stats.stop();

  const interrupted = options.signal.aborted;
  const status = interrupted ? 'interrupted' : statusOf(outcome);
  const report: RunReport = {
    runId: run.runId,
    status,
    startedAt: run.startedAt.toISOString(),
    finishedAt: now().toISOString(),
    ...stats.total(),
    streams: outcome.reports,
  };
  const error = outcome.error;
  const cutOff = interrupted || error !== undefined;
  const text = error === undefined ? undefined : describeError(error);
  const durationMs = now().getTime() - run.startedAt.getTime();
  // A database that is gone can't be told; the next run sees that this one never finished.
  await book.finish(run, report, cutOff, text).catch((failure: unknown) => {
    if (error !== undefined) return;
    events.emit('run.finished', { runId: run.runId, status: 'failed', durationMs });
    throw failure;
  });
  events.emit('run.finished', { runId: run.runId, status, durationMs });
  return { report, error, resumedFrom: run.resumedFrom };
}

interface Outcome {
  readonly reports: StreamReport[];
  readonly error: Error | undefined;
}

async function runStreams(
  context: RunContext,
  book: RunBook,
  requestsOf: (stream: string) => RequestCounts,
  abort: (error: Error) => void,
): Promise<Outcome> {
  const { engine, options, run } = context;
  const reports = new Map<string, StreamReport>();
  const followers = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const missing = new Set<string>();
  let error: Error | undefined;

  // The first failure explains the others, which only follow from the abort.
  const fail = (failure: unknown): void => {
    error ??= failure instanceof Error ? failure : new Error(String(failure));
    abort(error);
  };
  const finish = (stream: Stream, result: StreamResult): StreamReport => {
    const { childrenDeleted, plannedFrom, ...own } = result;
    const unread = plannedFrom.filter((parent) => !isRead(reports.get(parent)));
    const rest = unread.length === 0 || own.status !== 'complete' ? own : { ...own, ...behind(unread) };
    for (const [child, rows] of childrenDeleted) followers.set(child, (followers.get(child) ?? 0) + rows);
    // Parents are done before their children begin, so what followed them is known by now.
    const deleted = rest.deleted + (followers.get(stream.name) ?? 0);
    const report = { name: stream.name, ...rest, ...requestsOf(stream.name), deleted };
    const { name, error: message, retries: _, rateLimited: __, ...counts } = report;
    engine.events.emit('stream.finished', { stream: name, ...counts, error: message });
    reports.set(stream.name, report);
    if (report.status === 'unavailable') missing.add(stream.name);
    return report;
  };

  for (const stream of options.streams) {
    const parents = stream.parents.map((parent) => running.get(parent));
    running.set(
      stream.name,
      Promise.all(parents).then(async () => {
        if (error !== undefined || context.stop.aborted) return;
        const startedAt = engine.now();
        try {
          const report = finish(stream, await runStream(context, stream, missing));
          await book.finishStream(run, report, startedAt, engine.now());
          // Only a sync knows the settings of now: those of a backfill may be days old.
          const isRead = run.command === 'sync' && ['complete', 'partial'].includes(report.status);
          if (isRead && engine.history.isLogged(stream.name))
            await coverHistory(engine.database, engine.schemas, stream.name, engine.now());
        } catch (failure) {
          fail(failure);
          const report = reports.get(stream.name) ?? finish(stream, cutOff(failure));
          // Where the database is the trouble, this fails, too; the first failure is told.
          await book.finishStream(run, report, startedAt, engine.now()).catch(() => undefined);
        }
      }),
    );
  }
  await Promise.all(running.values());

  // A lost lock cancels what is under way, and those requests fail first: it is the cause all the same.
  const lockLost = context.stop.reason instanceof DatabaseError ? context.stop.reason : undefined;
  return {
    reports: options.streams.map((stream) => reports.get(stream.name) ?? finish(stream, NOT_RUN)),
    error: lockLost ?? error,
  };
}

/**
 * True where a stream was read as a whole, was not part of the run, or has nothing to read. The guard objects to what
 * was read, and rows that could not be looked at were missing from a listing that was.
 */
function isRead(report: StreamReport | undefined): boolean {
  if (report === undefined || ['complete', 'deletion_guard', 'unavailable'].includes(report.status))
    return true;
  return report.status === 'partial' && report.partitionsFailed === 0;
}

/** A child is no fresher than the parents it was planned from. */
function behind(parents: readonly string[]): { status: StreamStatus; error: string } {
  const error = `Only what is stored of ${parents.join(' and ')} was known: that was not read as a whole in this run.`;
  return { status: 'partial', error };
}

const NOT_RUN: StreamResult = { ...NOTHING_DONE, status: 'skipped' };

function cutOff(failure: unknown): StreamResult {
  const interrupted = causedBy(failure, InterruptedError);
  return { ...NOTHING_DONE, status: interrupted ? 'interrupted' : 'failed', error: describeError(failure) };
}

function statusOf({ reports, error }: Outcome): RunStatus {
  const has = (...statuses: readonly string[]): boolean =>
    reports.some((report) => statuses.includes(report.status));
  if (error !== undefined || has('failed', 'deletion_guard')) return 'failed';
  return has('partial') ? 'partial' : 'complete';
}
