/** Export jobs: what was asked for, until when it runs and how long its result is kept. */
import { Random } from '../store/random.ts';
import type { ExportFile } from './export-file.ts';

/** The duration of a job. */
export interface JobDuration {
  /** Milliseconds of real time. */
  readonly ms: number;
  /** Downloads that are answered as if it still ran. */
  readonly polls: number;
}

export interface Job {
  readonly queryId: string;
  readonly file: ExportFile;
  /** By the logical clock, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** By `performance.now()`. */
  readonly readyAt: number;
  pollsLeft: number;
  /** Answers a download with an error of the query. */
  readonly fails: boolean;
}

export class ExportJobs {
  readonly #seed: number;
  readonly #jobs = new Map<string, Job>();
  /** Jobs started so far. */
  started = 0;
  /** Most jobs that ran at once: each counts from its start until it is done, whether or not anybody asks for it. */
  mostRunning = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Results that are kept or in the making. */
  get size(): number {
    return this.#jobs.size;
  }

  start(
    now: number,
    { ms, polls }: JobDuration,
    job: Pick<Job, 'file' | 'fails'> & { readonly validityMs: number },
  ): Job {
    for (const { queryId, expiresAt } of this.#jobs.values()) if (expiresAt <= now) this.expire(queryId);
    const started: Job = {
      queryId: new Random(this.#seed, 'export', ++this.started).uuid(),
      file: job.file,
      fails: job.fails,
      expiresAt: now + job.validityMs,
      readyAt: performance.now() + ms,
      pollsLeft: polls,
    };
    this.#jobs.set(started.queryId, started);
    this.mostRunning = Math.max(this.mostRunning, [...this.#jobs.values()].filter(isRunning).length);
    return started;
  }

  /** A job whose result has not expired. */
  find(queryId: string, now: number): Job | undefined {
    const job = this.#jobs.get(queryId);
    return job === undefined || job.expiresAt <= now ? undefined : job;
  }

  /** Forgets a result, or all of them: their downloads answer 404. */
  expire(queryId?: string): void {
    if (queryId === undefined) this.#jobs.clear();
    else this.#jobs.delete(queryId);
  }
}

function isRunning({ pollsLeft, readyAt }: Job): boolean {
  return pollsLeft > 0 || performance.now() < readyAt;
}

/** True once a job is over. Asking is a poll, of which a job can outlast some. */
export function isOver(job: Job): boolean {
  const isDone = !isRunning(job);
  if (job.pollsLeft > 0) job.pollsLeft--;
  return isDone;
}
