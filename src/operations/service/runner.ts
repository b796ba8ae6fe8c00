/** Jobs under way in this process. */
import PQueue from 'p-queue';
import type { EventBus } from '../../core/events/bus.ts';
import { apply, initialState } from '../../core/progress/progress-state.ts';
import type { Sync } from '../../runs/requests.ts';
import type { RunOrigin } from '../../state/run-types.ts';
import type { RunningJob } from '../web/service-control.ts';
import type { EndedTask } from '../web/task.ts';
import { type JobOutcome, type Lanes, runJob } from './job-run.ts';
import type { Work } from './jobs.ts';

/** A job under way, with its end. */
export interface ActiveJob extends RunningJob {
  runId: string | undefined;
  stopping: boolean;
  readonly abort: AbortController;
  /** Never rejects. */
  readonly done: Promise<JobOutcome>;
}

/** The origin of a job. */
export type JobOrigin = RunOrigin & { readonly trigger: 'schedule' | 'page' };

/** Ends of jobs that are remembered. */
const MOST_ENDED = 50;

export type Runner = ReturnType<typeof openRunner>;

/** Runs jobs: each once at a time, those of a kind one after the other; `events` hears what all of them do. */
export function openRunner(events: EventBus, now: () => Date) {
  const active = new Map<string, ActiveJob>();
  const ended = new Map<string, EndedTask>();
  const lanes: Lanes = { streams: new PQueue({ concurrency: 1 }), exports: new PQueue({ concurrency: 1 }) };

  const stop = (name: string, reason: Error): boolean => {
    const job = active.get(name);
    if (job === undefined) return false;
    job.stopping = true;
    job.abort.abort(reason);
    return true;
  };

  const noteEnd = (name: string, { status, runId, error }: JobOutcome): void => {
    // Moved to the end, so that the first is the one that ended longest ago.
    ended.delete(name);
    ended.set(name, { name, status, runId, error, finishedAt: now() });
    const [oldest] = ended.keys();
    if (ended.size > MOST_ENDED && oldest !== undefined) ended.delete(oldest);
  };

  return {
    /** The ends of the latest jobs, by name. */
    ended: ended as ReadonlyMap<string, EndedTask>,
    active: active as ReadonlyMap<string, ActiveJob>,
    /** Asks a job to stop; false where it is not under way. */
    stop,
    /** Begins a job; `finished` is called with its result before `done` resolves. */
    begin(
      sync: Sync,
      job: Work,
      origin: JobOrigin,
      finished: (outcome: JobOutcome, startedAt: Date) => void,
    ): void {
      const own = events.child();
      const abort = new AbortController();
      const startedAt = now();
      const progress = initialState(startedAt.getTime());
      const unlisten = own.onAny((name, fields, { runId }) => {
        progress.now = now().getTime();
        apply(progress, name, fields);
        one.runId = runId ?? one.runId;
      });
      const request = { lanes, signal: abort.signal, origin, events: own };
      const done = runJob(sync, job, request).then((outcome) => {
        unlisten();
        active.delete(job.name);
        noteEnd(job.name, outcome);
        finished(outcome, startedAt);
        return outcome;
      });
      const what = { name: job.name, trigger: origin.trigger, startedAt, progress };
      const one: ActiveJob = { ...what, runId: undefined, stopping: false, abort, done };
      active.set(job.name, one);
    },
    /** Asks all of them, and waits for their ends. */
    async stopAll(reason: Error): Promise<void> {
      const all = [...active.values()];
      for (const { name } of all) stop(name, reason);
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
