/** A run of streams: side by side, each after the streams it is planned from. */
import { analyzeChanged } from '../core/database/analyze.ts';
import { causedBy, describeError, InterruptedError, isEverybodys } from '../core/errors.ts';
import type { Stream } from '../extractors/stream.ts';
import { dropLeftOvers } from '../loaders/left-overs.ts';
import { prepareHistory } from '../state/change-log.ts';
import { backfillLock, runLock } from '../state/lock.ts';
import { returnedMembers } from '../state/read/returned.ts';
import { conductRun, type Resumed, type RunLife, type RunResult, type RunSpec } from '../state/run-life.ts';
import type { RunReport, RunStatus, StreamReport, StreamStatus } from '../state/run-types.ts';
import { mendFuture } from './end-future.ts';
import { findObjectsOfAll } from './find-objects.ts';
import { holdOf } from './hold.ts';
import { preparePrivacy } from './prepare-privacy.ts';
import { NOTHING_DONE, runStream, type StreamResult } from './run-stream.ts';
import type { RunContext, SyncEngine, SyncOptions } from './sync-engine.ts';

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
  /** The run that this one resumed: its completed partitions were not read again. */
  readonly resumedFrom: string | undefined;
  /** The same with its start, and whether it was a full run. */
  readonly resumed: Resumed | undefined;
}

/**
 * Runs a sync. The run's failures are in the result; thrown is only what kept it from beginning.
 *
 * @throws LockedError where another run holds the schema; DatabaseError where the run can't be written down.
 */
export async function runSync(engine: SyncEngine, options: SyncOptions): Promise<SyncResult> {
  const { database, schemas, events, now } = engine;
  const { command = 'sync', origin, signal } = options;
  const isBackfill = command === 'backfill';
  // `resume` of a backfill is explicit, so its age does not matter.
  const asked = options.resume === true ? Number.POSITIVE_INFINITY : -1;
  const spec: RunSpec = {
    ...{ database, schemas, events, now, command, origin, signal },
    lock: isBackfill ? backfillLock(schemas) : runLock(schemas),
    taken: `${isBackfill ? 'Another backfill' : 'Another run'} holds the lock of`,
    names: options.streams.map((stream) => stream.name),
    // A backfill reads everything: that is what it is for.
    full: options.full || isBackfill,
    resumeWithinMs: isBackfill || options.resume === false ? asked : engine.resumeWithinMs,
    async prepare(lock, stop) {
      await dropLeftOvers(database, schemas, command);
      const logged = engine.catalogue.map((stream) => stream.name);
      await prepareHistory(database, schemas, logged, engine.history, now());
      await mendFuture(engine);
      await preparePrivacy(engine, options, stop, lock);
    },
  };
  return conductRun(spec, (life) => runStreams(engine, options, life));
}

/** Runs the streams side by side, each after those it is planned from. */
async function runStreams(
  engine: SyncEngine,
  options: SyncOptions,
  life: RunLife,
): Promise<RunResult<{ readonly streams: readonly StreamReport[] }>> {
  const { run, book, stop, cancel } = life;
  const hold = holdOf(engine, life.lock, stop);
  const context: RunContext = { engine, options, run, stop, cancel, hold, counts: new Map() };
  const reports = new Map<string, StreamReport>();
  const followers = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const missing = new Map<string, 'unavailable' | 'retired'>();

  const finish = (stream: Stream, result: StreamResult): StreamReport => {
    const { childrenDeleted, plannedFrom, ...own } = result;
    const unread = plannedFrom.filter((parent) => !isRead(reports.get(parent)));
    const rest = unread.length === 0 || own.status !== 'complete' ? own : { ...own, ...behind(unread) };
    for (const [child, rows] of childrenDeleted) followers.set(child, (followers.get(child) ?? 0) + rows);
    // Parents are done before their children begin, so what followed them is known by now.
    const deleted = rest.deleted + (followers.get(stream.name) ?? 0);
    const mode = run.full ? 'full' : rest.mode;
    const report = { name: stream.name, ...rest, ...life.requestsOf(stream.name), mode, deleted };
    const { name, error: message, retries: _, rateLimited: __, ...counts } = report;
    engine.events.emit('stream.finished', { stream: name, ...counts, error: message });
    reports.set(stream.name, report);
    const { status } = report;
    if (status === 'unavailable' || status === 'retired') missing.set(stream.name, status);
    return report;
  };

  const runOne = async (stream: Stream): Promise<void> => {
    if (life.failure !== undefined || stop.aborted) return;
    const startedAt = engine.now();
    try {
      const report = finish(stream, await runStream(context, stream, missing));
      // Streams that are planned from this one ask it first.
      const changed = report.inserted + report.updated + report.deleted;
      await analyzeChanged(engine.database, engine.schemas.target, stream.name, changed);
      // Only a sync knows the settings of now: those of a backfill may be days old.
      const wasRead = run.command === 'sync' && ['complete', 'partial'].includes(report.status);
      const isLogged = wasRead && engine.history.isLogged(stream.name);
      await book.finishStream(run, report, { startedAt, finishedAt: engine.now(), isLogged });
    } catch (failure) {
      life.fail(failure);
      const isCause = life.failure === failure && !isEverybodys(failure);
      const ended = isCause ? causing(failure) : CUT_OFF;
      // Rows that were committed before stay, so the report counts them.
      const report =
        reports.get(stream.name) ?? finish(stream, { ...ended, ...context.counts.get(stream.name) });
      // If the database is the trouble, this fails, too; the first failure is reported.
      await book.finishStream(run, report, { startedAt, finishedAt: engine.now() }).catch(() => undefined);
    }
  };

  for (const stream of options.streams) {
    const parents = stream.parents.map((parent) => running.get(parent));
    running.set(
      stream.name,
      Promise.all(parents).then(() => runOne(stream)),
    );
  }
  await Promise.all(running.values());
  if (life.failure === undefined && !stop.aborted) {
    const unknown = await findObjectsOfAll(context).catch((failure: unknown) => life.fail(failure));
    for (const [name, unknownObjects] of unknown ?? []) {
      const report = reports.get(name);
      if (report !== undefined) reports.set(name, { ...report, unknownObjects });
    }
  }
  if (!stop.aborted && running.has('members')) await tellReturned(engine);
  const streams = options.streams.map((stream) => reports.get(stream.name) ?? finish(stream, NOT_RUN));
  return { reports: { streams }, status: statusOf(streams), error: life.failure };
}

/** Says where members are back who were forgotten: only Sigma can keep them from it. */
async function tellReturned({ database, schemas, events }: SyncEngine): Promise<void> {
  const members = await database.session((session) => returnedMembers(session, schemas)).catch(() => 0);
  if (members > 0) events.emit('privacy.returned', { members });
}

const READ: ReadonlySet<StreamStatus> = new Set(['complete', 'deletion_guard', 'unavailable', 'retired']);

/**
 * True where a stream was read as a whole, was not part of the run, or has nothing to read. The guard objects to what
 * was read, and rows that could not be looked at were missing from a listing that was.
 */
function isRead(report: StreamReport | undefined): boolean {
  if (report === undefined || READ.has(report.status)) return true;
  return report.status === 'partial' && report.partitionsFailed === 0;
}

/** A child is no fresher than the parents it was planned from. */
function behind(parents: readonly string[]): { status: StreamStatus; error: string } {
  const error = `This run did not read all of ${parents.join(' and ')}, so it used the rows stored before.`;
  return { status: 'partial', error };
}

const NOT_RUN: StreamResult = { ...NOTHING_DONE, status: 'skipped' };

/** The run tells by what: credentials that are refused would be the error of every stream that is under way. */
const CUT_OFF: StreamResult = { ...NOTHING_DONE, status: 'interrupted' };

/** The stream whose failure ended the run. */
function causing(failure: unknown): StreamResult {
  if (causedBy(failure, InterruptedError)) return CUT_OFF;
  return { ...NOTHING_DONE, status: 'failed', error: describeError(failure) };
}

function statusOf(reports: readonly StreamReport[]): RunStatus {
  const has = (...statuses: readonly string[]): boolean =>
    reports.some((report) => statuses.includes(report.status));
  if (has('failed', 'deletion_guard')) return 'failed';
  return has('partial') ? 'partial' : 'complete';
}
