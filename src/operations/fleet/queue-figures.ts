/** Reads how the queue is, from pg-boss's own tables. */
import { type Database, quoteTable } from '../../core/database/database.ts';
import type { QueueFigures } from '../metrics/fleet-figures.ts';
import { PLANNER, QUEUE, WORKER } from './queue.ts';

/** An instance that missed so many heartbeats is taken for dead, as pg-boss does. */
const QUIET_BEATS = 3;

/** Reads the figures of the queue. @param schema schema of the queue. @throws DatabaseError */
export async function readQueue(database: Database, schema: string): Promise<QueueFigures> {
  const [job, instance, version] = ['job', 'instance', 'version'].map((name) => quoteTable(schema, name));
  const [row] = await database.session((session) =>
    session.query<Row>(
      `/* how the queue is */
       with open as (
         select case when state in ('created', 'retry')
                     then case when start_after <= now() then 'waiting' else 'delayed' end
                     else state::text end as state, start_after
           from ${job} where name = $1 and state in ('created', 'retry', 'active', 'failed')),
       alive as (
         select name from ${instance}
          where stopped_on is null and heartbeat_on > now() - heartbeat_seconds * $2 * interval '1 second')
       select (select json_object_agg(state, n)
                 from (select state, count(*) as n from open group by state) s) as jobs,
              (select extract(epoch from now() - min(start_after))::float8 from open where state = 'waiting')
                as "oldestSeconds",
              (select count(*)::integer from alive where starts_with(name, $3)) as workers,
              (select count(*)::integer from alive where starts_with(name, $4)) as planners,
              (select extract(epoch from now() - cron_on)::float8 from ${version}) as "lookSeconds"`,
      [QUEUE, QUIET_BEATS, `${WORKER} `, `${PLANNER} `],
    ),
  );
  return { ...NOTHING, ...row, jobs: row?.jobs ?? {} };
}

type Row = {
  readonly [K in keyof QueueFigures]: K extends 'jobs' ? Record<string, number> | null : QueueFigures[K];
};

const NOTHING: QueueFigures = { jobs: {}, oldestSeconds: null, workers: 0, planners: 0, lookSeconds: null };
