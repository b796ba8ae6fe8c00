/** One run of a job: its streams, then its exports, each in its turn. */
import type PQueue from 'p-queue';
import { ConfigError, comeBackAt, describeError, InterruptedError, LockedError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { overall } from '../../exports/remember/export-report.ts';
import { dueExports } from '../../exports/select-exports.ts';
import type { Sync } from '../../runs/requests.ts';
import type { RunOrigin, RunStatus } from '../../state/run-types.ts';
import type { JobStatus } from '../../state/schedule-book.ts';
import type { Work } from './jobs.ts';

/** One run of streams and one of exports at a time: the database would refuse a second one. */
export interface Lanes {
  readonly streams: PQueue;
  readonly exports: PQueue;
}

/** The outcome of a job, and the remedy. */
export interface JobOutcome {
  readonly status: JobStatus;
  readonly runId: string | undefined;
  readonly error: string | undefined;
  /** `later`: it may fare better; `soon`: as soon as the other run that is in the way ends; `never`: it would not. */
  readonly retry: 'never' | 'later' | 'soon';
  /** Sigma said when to come back. */
  readonly notBefore?: Date | undefined;
}

/** Input of a job's run. */
export interface JobRequest {
  readonly lanes: Lanes;
  readonly signal: AbortSignal;
  readonly origin: RunOrigin;
  /** Events of this job alone. */
  readonly events: EventBus;
}

/** Runs a job to its end. It never throws: what keeps it from running is an outcome, too. */
export async function runJob(sync: Sync, job: Work, request: JobRequest): Promise<JobOutcome> {
  const { lanes, signal, origin, events } = request;
  let runId: string | undefined;
  const forget = events.on('run.started', (run) => {
    runId ??= run.runId;
  });
  const asked = { signal, origin, events };
  try {
    const results: Result[] = [];
    if (job.streams.length > 0) {
      const { streams, full, acceptsDeletions: acceptDeletions = false } = job;
      results.push(
        await inTurn(lanes.streams, signal, async () => {
          const { report, error } = await sync.run({ ...asked, streams, full, acceptDeletions });
          const unwell = report.streams.filter((stream) => stream.error !== undefined);
          return {
            status: report.status,
            isCutOff: error !== undefined || report.status === 'interrupted',
            // If only the guard objects, somebody has to look; another run would find nothing new.
            isGuard: error === undefined && !unwell.some(({ status }) => status === 'failed'),
            error: error === undefined ? firstOf(unwell) : describeError(error),
            notBefore: comeBackAt(error),
          };
        }),
      );
    }
    if (job.exports.length > 0 && results[0]?.isCutOff !== true) {
      const result = await inTurn(lanes.exports, signal, async (): Promise<Result | undefined> => {
        const { app } = sync;
        const engine = { database: await sync.database(), schemas: app.schemas, clock: app.clock };
        // One with a schedule of its own is here because of that, and one without follows the streams.
        const exports = job.streams.length === 0 ? job.exports : await dueExports(engine, job.exports);
        if (exports.length === 0) return undefined;
        const { report, error } = await sync.exports({ ...asked, exports, ...job.range });
        const unwell = report.exports.filter((one) => one.error !== undefined);
        return {
          status: report.status,
          isCutOff: error !== undefined,
          isGuard: false,
          error: error === undefined ? firstOf(unwell) : describeError(error),
          notBefore: comeBackAt(error),
        };
      });
      if (result !== undefined) results.push(result);
    }
    // Beside a sync, which ends with the same, it would find it busy.
    if (job.refreshes === true)
      results.push(await inTurn(lanes.streams, signal, () => refreshed(sync, asked)));
    return conclude(results, runId);
  } catch (error) {
    return refused(error, runId);
  } finally {
    forget();
  }
}

/** Brings the answers up to date. @throws LockedError where another process is refreshing them. */
async function refreshed(sync: Sync, asked: Pick<JobRequest, 'signal' | 'events'>): Promise<Result> {
  const { busy, models, error } = await sync.analytics(asked);
  if (busy) throw new LockedError('Another process refreshes the answers.');
  const failed = models.filter(({ status }) => status === 'failed').map(({ model }) => model);
  const reason = error ?? (failed.length === 0 ? undefined : `These answers failed: ${failed.join(', ')}`);
  const status = reason === undefined ? 'complete' : 'failed';
  return { status, isCutOff: false, isGuard: false, error: reason, notBefore: undefined };
}

/** Waits for a turn in a lane and works: the signal ends the wait at once, and the work sees to its end itself. */
async function inTurn<T>(lane: PQueue, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const onAbort = (): void => waiting.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const begin = (): Promise<T> => {
    signal.removeEventListener('abort', onAbort);
    signal.throwIfAborted();
    return work();
  };
  try {
    signal.throwIfAborted();
    return await lane.add(begin, { signal: waiting.signal });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface Result {
  readonly status: RunStatus;
  readonly isCutOff: boolean;
  readonly isGuard: boolean;
  readonly error: string | undefined;
  readonly notBefore: Date | undefined;
}

function conclude(results: readonly Result[], runId: string | undefined): JobOutcome {
  const status = overall(results.map((result) => result.status));
  const failed = results.filter((result) => result.status === 'failed');
  const error = results.find((result) => result.error !== undefined)?.error;
  const retry = failed.some(({ isGuard }) => !isGuard) ? 'later' : 'never';
  const notBefore = results.find((result) => result.notBefore !== undefined)?.notBefore;
  return { status, runId, error: status === 'complete' ? undefined : error, retry, notBefore };
}

/** The outcome of a job that could not run, or broke in a way that no report shows. */
function refused(error: unknown, runId: string | undefined): JobOutcome {
  const text = describeError(error);
  if (error instanceof LockedError) return { status: 'blocked', runId, error: text, retry: 'soon' };
  if (error instanceof InterruptedError) return { status: 'interrupted', runId, error: text, retry: 'never' };
  const retry = error instanceof ConfigError ? 'never' : 'later';
  return { status: 'failed', runId, error: text, retry, notBefore: comeBackAt(error) };
}

function firstOf(unwell: readonly { readonly name: string; readonly error?: string }[]): string | undefined {
  const [first] = unwell;
  if (first === undefined) return undefined;
  const more = unwell.length === 1 ? '' : ` (and ${unwell.length - 1} more)`;
  return `${first.name}: ${first.error ?? 'unknown'}${more}`;
}
