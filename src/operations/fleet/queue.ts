/**
 * The queue of jobs of many organizations: pg-boss, in a schema of its own beside the tables. Queues, retries, priorities,
 * cron and heartbeats are pg-boss's; this file says how we use them.
 */
import { type DatabaseOptions, type Job, PgBoss, type QueuePolicy } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { readAddress } from '../../core/database/address.ts';
import { ensureSchema } from '../../core/database/database.ts';
import { openPostgres } from '../../core/database/postgres.ts';
import { ConfigError, describeError } from '../../core/errors.ts';
import { WAIT_FOR_MIGRATION } from '../../state/lock.ts';

/** Name of the queue. One is enough: organizations are groups in it, and priorities order them. */
export const QUEUE = 'runs';

/** How names of planners and of workers begin, in the server's list of sessions and in the queue's of processes. */
export const PLANNER = 'sigma-sync plan';
export const WORKER = 'sigma-sync work';

/** Name of the queue of what is done for all organizations together, by planners: their settings say which there are. */
export const FLEET_QUEUE = 'fleet';

/** The content of a job: a schedule of an organization, one of its exports, or a chore. */
export interface JobData {
  readonly organization: string;
  /** Name of the schedule; for an export `export <name>`, for a chore `chore <name>`: names of schedules have no spaces. */
  readonly job: string;
  /** Since when workers have passed it on, whose settings lack it; ISO 8601. */
  readonly unknownSince?: string;
}

/** The job that keeps an organization's records small. */
export const HOUSEKEEPING = 'chore housekeeping';

/** The content of a job for all organizations together. */
export interface FleetChore {
  readonly chore: 'views' | 'housekeeping';
}

/** A job that a worker holds. */
export type HeldJob = Job<JobData>;

/** A worker that was not heard from for this long is taken for dead, in seconds. pg-boss allows no less than 10. */
const HEARTBEAT_SECONDS = 20;
/** Interval of looking for dead workers, in seconds. */
const SUPERVISE_SECONDS = 5;
/** No run takes longer, in seconds: pg-boss ends jobs after 24 hours at the latest. */
const LONGEST_SECONDS = 24 * 3600;
/** First wait before a retry, in seconds; it doubles each time. */
const RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 900;
const MOST_RETRIES = 6;

const POLICY: QueuePolicy = 'exclusive';
/** One may wait while another one is at work: it began before the other was asked for, and may have missed the reason. */
const FLEET_POLICY: QueuePolicy = 'stately';
const FLEET_RETRIES = 2;

const OPTIONS = {
  heartbeatSeconds: HEARTBEAT_SECONDS,
  expireInSeconds: LONGEST_SECONDS,
  retryLimit: MOST_RETRIES,
  retryDelay: RETRY_SECONDS,
  retryBackoff: true,
  retryDelayMax: LONGEST_RETRY_SECONDS,
} as const;

/** Heartbeats of a worker, in seconds: three of them may be lost. */
export const BEAT_SECONDS = HEARTBEAT_SECONDS / 4;

/** Priorities: a person waits for what the page asks for; a first load of a new organization must not delay the nightly runs, and chores delay neither. */
export const PRIORITY = { byHand: 10, scheduled: 0, firstLoad: -10, chore: -20 } as const;

/** Needs of `openQueue` besides the settings. */
export interface QueueOptions {
  /** Name of the process in the server's list of sessions. */
  readonly name: string;
  /** True if it also sends the jobs of schedules that are due; one of several such processes does. */
  readonly plans: boolean;
  /** Jobs that one process works on at once. */
  readonly concurrency: number;
  readonly onError: (text: string) => void;
}

/**
 * Opens the queue, and creates its tables if they are missing.
 *
 * @throws ConfigError without a Postgres server; DatabaseError or the driver's error if it can't be reached.
 */
export async function openQueue(config: FleetConfig, options: QueueOptions): Promise<PgBoss> {
  const { url } = config.base.database;
  if (url === undefined)
    throw new ConfigError('Workers need a Postgres server, and the settings name none.', {
      advice: 'Set DATABASE_URL, or run "sigma-sync --organization NAME start" on the embedded database.',
    });
  await makeSchema(url, config.queue);
  const boss = new PgBoss({
    ...addressOf(url),
    schema: config.queue,
    // The schema is there already, and a user without the right to create schemas could not even ask for it.
    createSchema: false,
    application_name: options.name,
    max: 2 + Math.min(options.concurrency, 4),
    schedule: options.plans,
    // Every process looks for dead workers, so that none has to stay alive for that.
    supervise: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    // Workers know from it whether more jobs wait.
    queueCacheIntervalSeconds: SUPERVISE_SECONDS,
    instanceName: options.name,
  });
  boss.on('error', (error: unknown) => options.onError(describeError(error)));
  try {
    await boss.start();
    await boss.createQueue(QUEUE, { policy: POLICY, ...OPTIONS });
    await boss.createQueue(FLEET_QUEUE, { policy: FLEET_POLICY, ...OPTIONS, retryLimit: FLEET_RETRIES });
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined);
    throw error;
  }
  return boss;
}

/** Makes the schema if it is missing. Several processes that start at once do that one after another. */
async function makeSchema(url: string, name: string): Promise<void> {
  const database = openPostgres({ url });
  try {
    await database.transaction(async (session) => {
      await session.query(WAIT_FOR_MIGRATION, [`${name}: schema`]);
      await ensureSchema(session, name);
    });
  } finally {
    await database.close();
  }
}

/** The address as pg-boss hands it on to the driver; parts that are not given are left out. */
function addressOf(url: string): DatabaseOptions {
  const { label: _, ...address } = readAddress(url);
  const given = Object.entries(address).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as DatabaseOptions;
}

/** Tells jobs apart. */
export const keyOf = ({ organization, job }: Pick<JobData, 'organization' | 'job'>): string =>
  `${organization}/${job}`;

/** One job of a kind is queued or active, however often it is sent. */
export const sendOptions = ({ organization, job }: JobData, priority: number) => ({
  singletonKey: keyOf({ organization, job }),
  group: { id: organization },
  priority,
});

/** Wait before another worker may take a job that was passed on, in seconds. */
const PASS_SECONDS = 30;
/** Workers pass a job on for so long: time to reload all of them. */
const PATIENCE_MS = 3_600_000;

/**
 * Gives a job back to the queue, for a worker with newer settings. It stays as it is in all but its start, and no attempt
 * is used up.
 *
 * @throws Error if no worker has known it for long; the driver's error
 */
export async function passOn(boss: PgBoss, job: HeldJob): Promise<void> {
  const { organization, unknownSince = new Date().toISOString() } = job.data;
  if (Date.now() - Date.parse(unknownSince) > PATIENCE_MS)
    throw new Error(
      `No worker has known ${job.data.job} of organization ${organization} since ${unknownSince}. Reload the settings of the workers: send SIGHUP to each, or restart them.`,
    );
  const [known] = await boss.findJobs<JobData>(QUEUE, { id: job.id });
  const transaction = await boss.getDb().beginTransaction?.();
  if (known === undefined || transaction === undefined) return;
  const { db } = transaction;
  try {
    await boss.deleteJob(QUEUE, job, { db });
    const data: JobData = { ...job.data, unknownSince };
    const again = { data, ...sendOptions(data, known.priority), startAfter: PASS_SECONDS };
    await boss.insert(QUEUE, [again], { db });
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
