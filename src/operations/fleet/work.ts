/** Works on one job of the queue: a run of one organization, as `start` would do it for that organization alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import type { Database } from '../../core/database/database.ts';
import { describeError, InterruptedError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import { bookName } from '../../exports/decide/definition.ts';
import { dueExports } from '../../exports/select-exports.ts';
import { type Fleet, type Member, openFleet } from '../../fleet/open-fleet.ts';
import { TOKEN_INTERVAL_MS } from '../../sigma/client.ts';
import { TOKEN_PATH } from '../../sigma/token.ts';
import { type JobOutcome, runJob } from '../service/job-run.ts';
import { compileJobs, type Work } from '../service/jobs.ts';
import { keepHouseOf, keepViews } from './chores.ts';
import {
  BEAT_SECONDS,
  type HeldJob,
  HOUSEKEEPING,
  type JobData,
  keyOf,
  PRIORITY,
  passOn,
  QUEUE,
  sendOptions,
} from './queue.ts';

/** Interval of looking for jobs, in seconds. */
const POLL_SECONDS = 2;
/** Milliseconds by which a rest is longer than the API asks for. */
const TIMER_MS = 20;

/** Dependencies of the work on a job. */
export interface WorkOptions {
  readonly config: () => FleetConfig;
  readonly boss: Pick<PgBoss, 'send' | 'work'>;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
  /** Called with each organization that is opened; gives the function to call when it is closed. */
  readonly onOpen: (member: Member) => () => void;
  /** Called with each job that the settings lack. */
  readonly onUnknown?: (job: JobData) => void;
}

/** The settings of this process lack a job: others may have it, so that it isn't for this process to end it. */
export class UnknownJobError extends Error {}

/** The record of a job that ended, as the queue keeps it. */
export interface JobRecord {
  readonly status: JobOutcome['status'];
  readonly runId?: string | undefined;
  readonly error?: string | undefined;
}

/** Name of the sessions of an attempt at a job. Another attempt ends them by it. */
export const sessionsOf = ({ id, retryCount }: Pick<HeldJob, 'id' | 'retryCount'>): string =>
  `sigma-sync job ${id}/${retryCount}`;

/** Works on jobs, so many at once, until the queue is stopped. @throws the driver's error */
export async function takeJobs(
  options: WorkOptions & { readonly boss: PgBoss },
  concurrency: number,
): Promise<void> {
  const settings = {
    localConcurrency: concurrency,
    // One job of an organization at a time, so that its pace and its token limit hold for any number of workers.
    groupConcurrency: 1,
    heartbeatRefreshSeconds: BEAT_SECONDS,
    pollingIntervalSeconds: POLL_SECONDS,
    // As long as more jobs wait, a worker that ends one takes the next at once: many take less than an interval.
    burstWhenReadyExceeds: 1,
  };
  await options.boss.work<JobData>(QUEUE, settings, async ([job]) => {
    if (job === undefined) return undefined;
    try {
      return await work(job, options);
    } catch (error) {
      if (!(error instanceof UnknownJobError)) throw error;
      options.onUnknown?.(job.data);
      return passOn(options.boss, job);
    }
  });
}

/**
 * Runs a job to its end.
 *
 * @returns its record, unless the queue is to repeat it.
 * @throws Error if the queue is to repeat it; UnknownJobError if the settings lack it.
 */
export async function work(job: HeldJob, options: WorkOptions): Promise<JobRecord> {
  const config = options.config();
  const { organization, job: name } = job.data;
  const chosen = config.organizations.filter((one) => one.name === organization);
  if (chosen.length === 0) throw new UnknownJobError(organization);
  const signal = AbortSignal.any([options.signal, job.signal]);
  const fleet = openFleet({ config, chosen, signal, applicationName: sessionsOf(job) });
  const [member] = fleet.members;
  const closed = member === undefined ? undefined : options.onOpen(member);
  const token = member === undefined ? undefined : watchToken(member.app.events);
  try {
    if (member === undefined) throw new UnknownJobError(organization);
    const task = taskOf(member, name);
    if (task === undefined) throw new UnknownJobError(keyOf(job.data));
    if (job.retryCount > 0) await endFormerAttempts(await fleet.database(), job);
    if (task === HOUSEKEEPING) return await keepHouseOf(member).then(() => ({ status: 'complete' }));
    return await run(fleet, member, task, { ...options, job, signal });
  } catch (error) {
    if (error instanceof UnknownJobError) throw error;
    // The queue stores all of an error, its cause included: it gets the words alone, and no secret.
    throw new Error(fleet.redact(describeError(error)));
  } finally {
    closed?.();
    await fleet.close();
    await token?.rest();
  }
}

/**
 * Keeps the token limit of an organization across workers, which share no clock and no folder: a job does not end before
 * the next one may ask for a token. Another attempt at a job begins some seconds later anyway.
 */
function watchToken(events: EventBus): { rest(): Promise<void> } {
  let askedAt = Number.NEGATIVE_INFINITY;
  const forget = events.on('http.request', ({ path }) => {
    if (path === TOKEN_PATH) askedAt = performance.now();
  });
  return {
    async rest() {
      forget();
      const left = askedAt + TOKEN_INTERVAL_MS - performance.now();
      // A timer may fire a millisecond early, and clocks of two machines round differently.
      if (left > 0) await sleep(Math.ceil(left) + TIMER_MS);
    },
  };
}

function taskOf({ app }: Member, name: string): Work | typeof HOUSEKEEPING | undefined {
  if (name === HOUSEKEEPING) return HOUSEKEEPING;
  const scheduled = compileJobs(app).find((one) => one.name === name);
  if (scheduled !== undefined) return scheduled;
  const exports = app.exports.filter((one) => bookName(one) === name);
  return exports.length === 0 ? undefined : { name, streams: [], full: false, exports };
}

interface RunOptions extends Pick<WorkOptions, 'boss'> {
  readonly job: HeldJob;
  readonly signal: AbortSignal;
}

async function run(
  fleet: Fleet,
  { app, sync }: Member,
  task: Work,
  { boss, job, signal }: RunOptions,
): Promise<JobRecord> {
  const { organization } = job.data;
  const lanes = { streams: new PQueue({ concurrency: 1 }), exports: new PQueue({ concurrency: 1 }) };
  // Exports that follow a sync are jobs of their own: any worker may do them, and each is repeated by itself.
  const follow = task.streams.length === 0 ? [] : task.exports;
  const own = follow.length === 0 ? task : { ...task, exports: [] };
  const origin = { trigger: 'schedule', schedule: task.name } as const;
  const { status, runId, error, retry } = await runJob(sync, own, {
    ...{ lanes, signal, origin, events: app.events },
  });
  await keepViews(fleet, boss);
  const said = error === undefined ? undefined : app.redact(error);
  if (retry !== 'never' || status === 'interrupted')
    throw new Error(`${organization}: ${task.name} is ${status}: ${said ?? 'it was stopped'}`);
  const engine = { database: await sync.database(), schemas: app.schemas, clock: app.clock };
  for (const definition of await dueExports(engine, follow)) {
    const data: JobData = { organization, job: bookName(definition) };
    await boss.send(QUEUE, data, sendOptions(data, PRIORITY.scheduled));
  }
  return { status, runId, error: said };
}

/**
 * Ends the database sessions of earlier attempts at a job. The queue gave it up because its worker was silent: dead, or
 * halted with locks that would keep this attempt from its work. Should that worker wake up, its transactions are gone, and
 * the fence of the run book keeps it from beginning others.
 */
export async function endFormerAttempts(
  database: Database,
  job: Pick<HeldJob, 'id' | 'retryCount'>,
): Promise<void> {
  await database.session((session) =>
    session.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = current_user
          and starts_with(application_name, $1) and application_name <> $2`,
      [sessionsOf({ ...job, retryCount: 0 }).replace(/\d+$/, ''), sessionsOf(job)],
    ),
  );
}

/** The reason of a stop, for runs under way. */
export const stoppedBy = (reason: string): InterruptedError =>
  new InterruptedError(`Stopped by ${reason}.`, {
    advice: 'The loaded rows are kept; the next attempt resumes.',
  });
