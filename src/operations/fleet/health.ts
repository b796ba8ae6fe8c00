/** Checks whether a process of many organizations does its work. */
import type { PgBoss } from 'pg-boss';
import { quoteTable } from '../../core/database/database.ts';
import { within } from '../../core/within.ts';
import type { HealthCheck } from '../service/probes.ts';

/** Milliseconds that a check waits for the database. */
const PATIENCE_MS = 3_000;
/** Milliseconds for which an answer of the database is good enough: anybody may ask. */
const CACHE_MS = 2_000;
/** A planner looks for due schedules every half minute; this many seconds without a look are too many. */
const LONGEST_LOOK_SECONDS = 180;
/** A worker looks for jobs every two seconds; this many milliseconds without a look are too many. */
const LONGEST_POLL_MS = 60_000;

/** The reason of a process without its database. */
export const UNREACHABLE = 'The database does not answer.';

/** The queue that a check looks at. */
export interface HealthOptions {
  readonly boss: Pick<PgBoss, 'getDb' | 'getWipData'>;
  /** Schema of the queue. */
  readonly schema: string;
}

/** A planner is well if the database answers, the plan is that of its settings, and due schedules are looked for. */
export function plannerHealth(options: HealthOptions, isPlanned: () => boolean): HealthCheck {
  const startedAt = performance.now();
  const look = lastLook(options);
  return async () => {
    const answer = await look();
    if (answer === undefined) return [UNREACHABLE];
    const sinceStart = (performance.now() - startedAt) / 1000;
    const seconds = answer.seconds ?? sinceStart;
    return [
      ...(isPlanned() ? [] : ['The schedules of the settings are not in the queue.']),
      // The last look of a fleet that was stopped may be long ago.
      ...(seconds > LONGEST_LOOK_SECONDS && sinceStart > LONGEST_LOOK_SECONDS
        ? [`No planner has looked for due schedules for ${Math.round(seconds)} seconds.`]
        : []),
    ];
  };
}

/** A worker is well if the database answers, and all of it that is free looks for jobs. */
export function workerHealth(options: HealthOptions): HealthCheck {
  const look = lastLook(options);
  return async () => {
    if ((await look()) === undefined) return [UNREACHABLE];
    const now = Date.now();
    const silent = options.boss.getWipData().filter(({ count, lastFetchedOn, createdOn }) => {
      return count === 0 && now - (lastFetchedOn ?? createdOn) > LONGEST_POLL_MS;
    });
    return silent.length === 0 ? [] : ['It has not looked for jobs for over a minute.'];
  };
}

/** Seconds since any planner looked for due schedules, as far as the database knows; undefined if it does not answer. */
function lastLook({ boss, schema }: HealthOptions): () => Promise<{ seconds: number | null } | undefined> {
  let known: { seconds: number | null } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  const ask = async (): Promise<void> => {
    try {
      const sql = `select extract(epoch from now() - cron_on)::float8 as seconds from ${quoteTable(schema, 'version')}`;
      const { rows } = await boss.getDb().executeSql(sql);
      const seconds: unknown = rows[0]?.seconds;
      known = { seconds: typeof seconds === 'number' ? seconds : null };
    } catch {
      known = undefined;
    } finally {
      askedAt = performance.now();
      asking = undefined;
    }
  };
  return async () => {
    if (performance.now() - askedAt < CACHE_MS) return known;
    asking ??= ask();
    return (await within(asking, PATIENCE_MS)) ? known : undefined;
  };
}
