/** Plans the jobs of many organizations: each schedule of the settings becomes a schedule of the queue. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectionOptions, PgBoss } from 'pg-boss';
import type { FleetConfig } from '../../config/fleet.ts';
import { type Database, quoteLiteral, runAll } from '../../core/database/database.ts';
import { bookName } from '../../exports/decide/definition.ts';
import type { Member } from '../../fleet/open-fleet.ts';
import { placesOf } from '../../fleet/places.ts';
import { compileJobs } from '../service/jobs.ts';
import { shareOf, spreadMs, spreadOf } from '../service/timetable.ts';
import { HOUSEKEEPING, type JobData, keyOf, PRIORITY, QUEUE, sendOptions } from './queue.ts';

/** A schedule as the queue is to have it. */
export interface PlannedSchedule {
  /** Its key in the queue: letters, digits and dashes only, whatever its name. */
  readonly key: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly data: JobData;
  /** Seconds after each turn, so that organizations do not all begin at once. */
  readonly delaySeconds: number;
}

/** The schedules of all organizations. */
export function schedulesOf(members: readonly Pick<Member, 'name' | 'app'>[]): readonly PlannedSchedule[] {
  return members.flatMap(({ name: organization, app }) =>
    compileJobs(app).map(({ name: job, cron, timeZone, turns }): PlannedSchedule => {
      const digest = createHash('sha256').update(`${organization}\n${job}`).digest();
      const { service } = app.config;
      const spread = spreadOf(organization, service, members.length);
      const jitter = shareOf(`${organization}\n${job}`) * service.jitterSeconds;
      return {
        ...{ cron, timeZone, data: { organization, job } },
        key: `${organization}-${digest.toString('hex', 0, 8)}`,
        delaySeconds: Math.floor(spreadMs(turns, spread) / 1000 + jitter),
      };
    }),
  );
}

/** The changes of a plan. */
export interface PlanResult {
  readonly schedules: number;
  readonly changed: number;
  readonly removed: number;
  /** Jobs that waited and that no setting wants any more. */
  readonly cancelled: number;
  /** Organizations whose first load was sent. */
  readonly firstLoads: readonly string[];
}

/** More schedules, or waiting jobs, than any fleet has. */
const MOST = 100_000;

/**
 * Makes the schedules of the queue those of the settings, and sends first loads: all of it or nothing, in one transaction,
 * because a thousand of them would wait a thousand times for the disk.
 *
 * @throws DatabaseError
 */
export async function plan(
  { boss, database }: { readonly boss: PgBoss; readonly database: Database },
  members: readonly Pick<Member, 'name' | 'app'>[],
  newcomers: readonly string[],
): Promise<PlanResult> {
  const wanted = schedulesOf(members);
  const stored = new Map(
    (await boss.getSchedules(QUEUE, undefined, { limit: MOST })).map((one) => [one.key, one]),
  );
  const changed = wanted.filter(({ key, cron, timeZone, data, delaySeconds }) => {
    const known = stored.get(key);
    return (
      known?.cron !== cron ||
      known.timezone !== timeZone ||
      !isDeepStrictEqual(known.data, data) ||
      known.options?.startAfter !== delaySeconds
    );
  });
  const keys = new Set(wanted.map(({ key }) => key));
  const gone = [...stored.keys()].filter((key) => !keys.has(key));
  const first = newcomers.flatMap((name) => {
    const own = members.find((member) => member.name === name);
    const [job] = own === undefined ? [] : compileJobs(own.app).filter(({ streams }) => streams.length > 0);
    return job === undefined ? [] : [{ organization: name, job: job.name }];
  });
  const jobs = first.map((data) => ({ data, ...sendOptions(data, PRIORITY.firstLoad) }));
  const cancelled = await orphans(boss, members);
  const batch = batchOf();
  for (const { key, cron, timeZone, data, delaySeconds } of changed)
    await boss.schedule(QUEUE, cron, data, {
      ...sendOptions(data, PRIORITY.scheduled),
      ...{ key, tz: timeZone, startAfter: delaySeconds, db: batch.db },
      // A turn that fell into an outage is caught up once.
      missed: 'once',
    });
  for (const key of gone) await boss.unschedule(QUEUE, key, { db: batch.db });
  await database.transaction(async (session) => {
    const db: ConnectionOptions['db'] = {
      executeSql: async (text, values) => ({ rows: await session.query(text, values) }),
    };
    await runAll(session, batch.statements, 'planning');
    if (cancelled.length > 0) await boss.cancel(QUEUE, [...cancelled], { db });
    if (jobs.length > 0) await boss.insert(QUEUE, jobs, { db });
  });
  return {
    schedules: wanted.length,
    changed: changed.length,
    removed: gone.length,
    cancelled: cancelled.length,
    firstLoads: first.map(({ organization }) => organization),
  };
}

/** Jobs that wait for a worker and that the settings have no longer: workers leave it to the planner to end them. */
async function orphans(
  boss: PgBoss,
  members: readonly Pick<Member, 'name' | 'app'>[],
): Promise<readonly string[]> {
  const known = new Set(
    members.flatMap(({ name: organization, app }) =>
      [...compileJobs(app).map(({ name }) => name), ...app.exports.map(bookName), HOUSEKEEPING].map((job) =>
        keyOf({ organization, job }),
      ),
    ),
  );
  const waiting = await boss.findJobs<JobData>(QUEUE, { queued: true, limit: MOST });
  return waiting.flatMap(({ id, data }) => (known.has(keyOf(data)) ? [] : [id]));
}

/** Takes statements of pg-boss that give nothing, for a transaction of few round trips: a thousand of them cost a second. */
function batchOf() {
  const statements: string[] = [];
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return 'null';
    return quoteLiteral(typeof value === 'object' ? JSON.stringify(value) : String(value));
  };
  const db: ConnectionOptions['db'] = {
    async executeSql(text, values = []) {
      statements.push(text.replaceAll(/\$(\d+)/g, (_, place: string) => literal(values[Number(place) - 1])));
      return { rows: [] };
    },
  };
  return { db, statements };
}

/** Organizations without tables: nobody has loaded them yet. @throws DatabaseError */
export async function newcomersOf(database: Database, config: FleetConfig): Promise<readonly string[]> {
  const places = placesOf(config);
  const rows = await database.session((session) =>
    session.query<{ schema: string }>(
      `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relname = 'runs' and n.nspname = any ($1::text[])`,
      [places.map(({ schemas }) => schemas.state)],
    ),
  );
  const known = new Set(rows.map(({ schema }) => schema));
  return places.filter(({ schemas }) => !known.has(schemas.state)).map(({ name }) => name);
}
