/** How schedules fared, as the queue has it: workers write no record of turns, the queue repeats what failed. */
import { quoteTable, type Session } from '../../core/database/database.ts';
import type { Served } from '../alerts/rules.ts';
import { QUEUE } from './queue.ts';

interface JobRow {
  readonly [column: string]: unknown;
  readonly organization: string;
  readonly job: string;
  readonly state: 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly retries: number;
  readonly startAfter: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly status: string | null;
  readonly runId: string | null;
  readonly error: string | null;
}

/** How schedules of an organization fared. */
export interface QueueRecords {
  /** By the name of the schedule, or of the export as the run book has it. */
  readonly served: ReadonlyMap<string, Served>;
  /** True while a job is under way: its end is news that the runs may not have. */
  readonly isAtWork: boolean;
}

/** The last job of each schedule of these organizations that was ever begun. @throws DatabaseError */
export async function queueRecords(
  session: Session,
  queue: string,
  organizations: readonly string[],
): Promise<ReadonlyMap<string, QueueRecords>> {
  const rows = await session.query<JobRow>(
    `/* reading how jobs ended */
     select distinct on (group_id, data->>'job') group_id as organization, data->>'job' as job, state::text as state,
            retry_count as retries, start_after as "startAfter", started_on as "startedAt", completed_on as "endedAt",
            output->>'status' as status, output->>'runId' as "runId",
            coalesce(output->>'error', output->>'message') as error
       from ${quoteTable(queue, 'job')}
      where name = $1 and group_id = any ($2::text[]) and state <> 'created'
      order by group_id, data->>'job', created_on desc`,
    [QUEUE, organizations],
  );
  return new Map(
    [...Map.groupBy(rows, ({ organization }) => organization)].map(([organization, jobs]) => {
      const served = jobs.flatMap((row): [string, Served][] => {
        const one = servedOf(row);
        return one === undefined ? [] : [[row.job, one]];
      });
      const isAtWork = jobs.some(({ state }) => state === 'active');
      return [organization, { served: new Map(served), isAtWork }];
    }),
  );
}

function servedOf(row: JobRow): Served | undefined {
  const { state, retries, startAfter, startedAt, endedAt, status, runId, error } = row;
  const times = { startedAt: startedAt ?? undefined, endedAt: endedAt ?? undefined };
  const known = { ...times, runId: runId ?? undefined, error: error ?? undefined };
  switch (state) {
    case 'retry':
      return { ...known, endedAt: undefined, status: 'failed', attempts: retries + 1, retryAt: startAfter };
    case 'active':
      // The attempts before failed, and the next is under way.
      return {
        // The last run, of the attempt before, says why.
        ...{ startedAt: undefined, runId: undefined, error: undefined },
        ...{ status: retries > 0 ? 'failed' : 'running', attempts: retries, retryAt: startAfter },
      };
    case 'failed':
      return { ...known, status: 'failed', attempts: retries + 1, retryAt: undefined };
    case 'completed':
      if (status === null || status === 'removed') return undefined;
      return { ...known, status, attempts: 0, retryAt: undefined };
    default:
      return undefined;
  }
}

/** A text for each organization that differs whenever a job of it began, ended or is to be repeated. @throws DatabaseError */
export async function queueNews(session: Session, queue: string): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ organization: string; news: string }>(
    `/* looking for jobs that ended */
     select group_id as organization,
            concat_ws(', ', max(started_on), max(completed_on), count(*) filter (where state = 'retry')) as news
       from ${quoteTable(queue, 'job')}
      where name = $1 and started_on is not null and group_id is not null group by group_id`,
    [QUEUE],
  );
  return new Map(rows.map(({ organization, news }) => [organization, news]));
}
