/** Jobs under way in this process. */
import PQueue from 'p-queue';
import type { Sync } from '../../create-sync.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { apply, initialState } from '../../core/progress/progress-state.ts';
import type { RunOrigin } from '../../state/run-types.ts';
import type { RunningJob } from '../web/service-control.ts';
import { type JobOutcome, type Lanes, runJob } from './job-run.ts';
import type { Job } from './jobs.ts';

/** A job under way, with its end. */
export interface ActiveJob extends RunningJob {
  runId: string | undefined;
  stopping: boolean;
  readonly abort: AbortController;
  /** Never rejects. */
  readonly done: Promise<JobOutcome>;
}

/** Where a job comes from. */
export type JobOrigin = RunOrigin & { readonly trigger: 'schedule' | 'page' };

/** Runs jobs: each once at a time, those of a kind one after the other. */
export interface Runner {
  readonly active: ReadonlyMap<string, ActiveJob>;
  /** Begins a job; `finished` is told of its end before `done` resolves. */
  begin(
    sync: Sync,
    job: Job,
    origin: JobOrigin,
    finished: (outcome: JobOutcome, startedAt: Date) => void,
  ): void;
  /** Asks a job to stop; false where it is not under way. */
  stop(name: string, reason: Error): boolean;
  /** Asks all of them, and waits for their ends. */
  stopAll(reason: Error): Promise<void>;
}

/** Makes a runner; `events` hears what all jobs do. */
export function openRunner(events: EventBus, now: () => Date): Runner {
  const active = new Map<string, ActiveJob>();
  const lanes: Lanes = { streams: new PQueue({ concurrency: 1 }), exports: new PQueue({ concurrency: 1 }) };

  const stop = (name: string, reason: Error): boolean => {
    const job = active.get(name);
    if (job === undefined) return false;
    job.stopping = true;
    job.abort.abort(reason);
    return true;
  };

  return {
    active,
    stop,
    begin(sync, job, origin, finished) {
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
        finished(outcome, startedAt);
        return outcome;
      });
      const { name } = job;
      const { trigger } = origin;
      const one: ActiveJob = {
        name,
        trigger,
        startedAt,
        runId: undefined,
        stopping: false,
        progress,
        abort,
        done,
      };
      active.set(name, one);
    },
    async stopAll(reason) {
      const all = [...active.values()];
      for (const { name } of all) stop(name, reason);
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
