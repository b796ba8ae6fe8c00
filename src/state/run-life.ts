/**
 * The life of a run, of streams as of exports: it takes its lock, is recorded and announced, works until it is done,
 * interrupted or cut off, and is recorded and announced again.
 */
import type { Database, Lock } from '../core/database/database.ts';
import { RERUN } from '../core/database/database-error.ts';
import { DatabaseError, describeError, LockedError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import { collectStats, type RequestCounts } from '../core/events/stats.ts';
import { openRunBook, type RunBook, type StartedRun } from './run-book.ts';
import { BY_CLI, type RunCommand, type RunOrigin, type RunStatus, type RunTotals } from './run-types.ts';
import type { Schemas } from './schemas.ts';

/** After a request to stop, requests under way get this long before they are given up. */
const GRACE_MS = 4000;

/** The specification of a run. */
export interface RunSpec {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly events: EventBus;
  readonly now: () => Date;
  readonly command: RunCommand;
  /** Default: the command line. */
  readonly origin: RunOrigin | undefined;
  /** Name of its lock, and the work of its holder: `Another run holds the lock of`. */
  readonly lock: string;
  readonly taken: string;
  /** The streams or exports it works on: `members`, `export orders`. */
  readonly names: readonly string[];
  readonly full: boolean;
  /** Most age at which this run resumes an interrupted one, in milliseconds; -1 = never. */
  readonly resumeWithinMs: number;
  /** Aborts when the user or the service manager asks us to stop. */
  readonly signal: AbortSignal;
  /** Work to be done under the lock before the run begins. */
  prepare(lock: Lock, stop: AbortSignal): Promise<void>;
}

/** A run under way, as its work sees it. */
export interface RunLife {
  readonly run: StartedRun;
  readonly book: RunBook;
  readonly lock: Lock;
  /** Nothing more is begun once it aborts: somebody asked, the lock is lost, or the rest is pointless. */
  readonly stop: AbortSignal;
  /** Requests under way are given up once it aborts. */
  readonly cancel: AbortSignal;
  /** The reason why the rest is pointless: the first one given to `fail`. */
  readonly failure: Error | undefined;
  /** Ends the run. The first failure explains the others, which only follow from the end. */
  fail(failure: unknown): void;
  /** Requests so far that were for a stream. */
  requestsOf(stream: string): RequestCounts;
}

/** The result of the work. */
export interface RunResult<Reports> {
  /** Reports of its parts: `streams` or `exports`. */
  readonly reports: Reports;
  /** Status at the end, if the run was not interrupted. */
  readonly status: RunStatus;
  /** The cause of an interruption, besides the loss of its lock. */
  readonly error: Error | undefined;
}

/** A finished run and, where it was cut off, by what. */
export interface RunEnd<Reports> {
  readonly report: RunTotals & Reports;
  readonly error: Error | undefined;
  /** The run that this one resumed: its completed partitions were not read again. */
  readonly resumedFrom: string | undefined;
  /** The same in full. */
  readonly resumed: Resumed | undefined;
}

/** A run that another one resumed. */
export interface Resumed {
  readonly runId: string;
  /** Start of the first run that was cut off: no row is older. */
  readonly since: Date;
  /** It was to read everything, and so does the one that resumed it. */
  readonly full: boolean;
}

/**
 * Runs `work` as a run. Its failures are in the result; thrown is only what kept it from beginning.
 *
 * @throws LockedError where another process has the lock; DatabaseError where the run can't be written down.
 */
export async function conductRun<Reports extends object>(
  spec: RunSpec,
  work: (life: RunLife) => Promise<RunResult<Reports>>,
): Promise<RunEnd<Reports>> {
  const { database, schemas, events } = spec;
  const stop = new AbortController();
  const lock = await database.tryLock(spec.lock, (error) => {
    const message = 'The connection to the database broke, so this run lost its lock.';
    stop.abort(new DatabaseError(message, { cause: error, advice: RERUN, kind: 'passing' }));
  });
  if (lock === undefined) {
    throw new LockedError(`${spec.taken} schema ${schemas.target} in ${database.label}.`, {
      advice: 'Wait for it to end; "sigma-sync runs" shows when it began.',
    });
  }
  try {
    await spec.prepare(lock, stop.signal);
    const book = openRunBook(database, schemas);
    const run = await begin(spec, book);
    const stats = collectStats(events);
    const { life, unlisten } = lifeOf(spec.signal, stop, { run, book, lock, requestsOf: stats.of });
    const result = await work(life);
    unlisten();
    stats.stop();
    // A lost lock cancels what is under way, and those requests fail first: it is the cause all the same.
    const error = stop.signal.reason instanceof DatabaseError ? stop.signal.reason : result.error;
    const status = spec.signal.aborted ? 'interrupted' : error === undefined ? result.status : 'failed';
    const retryCauses = stats.retryCauses();
    const report: RunTotals & Reports = {
      runId: run.runId,
      status,
      startedAt: run.startedAt.toISOString(),
      finishedAt: spec.now().toISOString(),
      ...stats.total(),
      ...(Object.keys(retryCauses).length === 0 ? {} : { retryCauses }),
      ...result.reports,
    };
    await finish(spec, book, run, report, error);
    const { resumedFrom, cycleStartedAt: since } = run;
    const resumed = resumedFrom === undefined ? undefined : { runId: resumedFrom, since, full: run.full };
    return { report, error, resumedFrom, resumed };
  } finally {
    await lock.release();
  }
}

async function begin(spec: RunSpec, book: RunBook): Promise<StartedRun> {
  const { command, full, resumeWithinMs, names: streams, origin = BY_CLI } = spec;
  const run = await book.start({ command, full, now: spec.now(), resumeWithinMs, origin, streams });
  const { trigger, schedule } = origin;
  const { runId, resumedFrom } = run;
  spec.events.emit('run.started', {
    ...{ runId, command, trigger, schedule },
    ...{ streams, full: run.full, resumedFrom },
  });
  return run;
}

/** Ties what may end a run early together; `unlisten` lets go of the signal. */
function lifeOf(
  signal: AbortSignal,
  stop: AbortController,
  parts: Pick<RunLife, 'run' | 'book' | 'lock' | 'requestsOf'>,
): { readonly life: RunLife; unlisten(): void } {
  const cancel = new AbortController();
  let failure: Error | undefined;
  // Without the lock nothing under way is worth its end.
  stop.signal.addEventListener('abort', () => {
    if (stop.signal.reason instanceof DatabaseError) cancel.abort(stop.signal.reason);
  });
  const onStop = (): void => {
    stop.abort(signal.reason);
    setTimeout(() => cancel.abort(signal.reason), GRACE_MS).unref();
  };
  if (signal.aborted) onStop();
  signal.addEventListener('abort', onStop, { once: true });
  return {
    life: {
      ...parts,
      stop: stop.signal,
      cancel: cancel.signal,
      get failure() {
        return failure;
      },
      fail(error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
        stop.abort(failure);
        cancel.abort(failure);
      },
    },
    unlisten: () => signal.removeEventListener('abort', onStop),
  };
}

async function finish(
  { command, events, now }: RunSpec,
  book: RunBook,
  run: StartedRun,
  report: RunTotals,
  error: Error | undefined,
): Promise<void> {
  const { runId, status } = report;
  // Exports resume from the loaded rows, however the run ended.
  const resumable = command !== 'export' && (status === 'interrupted' || error !== undefined);
  const text = error === undefined ? undefined : describeError(error);
  const durationMs = now().getTime() - run.startedAt.getTime();
  // A database that is gone can't record it; the next run sees that this one never finished.
  await book.finish(run, report, resumable, text).catch((failure: unknown) => {
    if (error !== undefined) return;
    events.emit('run.finished', { runId, status: 'failed', durationMs });
    throw failure;
  });
  events.emit('run.finished', { runId, status, durationMs });
}
