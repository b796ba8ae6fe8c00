/**
 * The cause that keeps all streams from being synced: it ended the last run as a whole, and all runs since it began.
 */
import { hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import { plural, stamp } from '../../core/words.ts';
import type { Schemas } from '../schemas.ts';

/** A cause that is not one stream's. */
export interface Outage {
  /** The message of the last run. */
  readonly error: string;
  /** Start of the first run that it ended. */
  readonly since: Date;
  /** End of the last run before, in which streams were read; undefined where there was none. */
  readonly lastRead?: Date | undefined;
  readonly runId: string;
  /** Time of the next attempt, if a schedule is to repeat it. */
  readonly retryAt: Date | undefined;
}

/**
 * Undefined where the last sync was not ended by such a cause: it went well, or streams of it failed on their own. A run
 * that somebody stopped, or that is under way, counts as well once a stream of it was read.
 *
 * @throws DatabaseError
 */
export async function readOutage(session: Session, schemas: Schemas): Promise<Outage | undefined> {
  const [runs, streams] = [quoteTable(schemas.state, 'runs'), quoteTable(schemas.state, 'run_streams')];
  const [outage] = await session.query<{
    error: string;
    since: Date;
    run_id: string;
    last_read: Date | null;
  }>(
    `/* reading what keeps all streams from being synced */
     with known as (select r.*,
                           case when r.status in ('complete', 'partial') then true
                                when r.status = 'failed' then r.error is null
                                else exists (select 1 from ${streams} s
                                              where s.run_id = r.run_id and (s.status = 'complete' or s.read > 0))
                           end as is_well
                      from ${runs} r where r.command = 'sync'),
          well as (select max(started_at) as at from known where is_well),
          cut as (select k.* from known k, well w
                   where k.status = 'failed' and not k.is_well and (w.at is null or k.started_at > w.at))
     select l.error, l.run_id, (select min(started_at) from cut) as since,
            (select max(coalesce(finished_at, started_at)) from known where is_well) as last_read
       from cut l order by l.started_at desc limit 1`,
  );
  if (outage === undefined) return undefined;
  const { error, since, run_id: runId, last_read: lastRead } = outage;
  return { error, since, lastRead: lastRead ?? undefined, runId, retryAt: await readRetry(session, schemas) };
}

async function readRetry(session: Session, schemas: Schemas): Promise<Date | undefined> {
  if (!(await hasTable(session, schemas.state, 'schedules'))) return undefined;
  const [next] = await session.query<{ at: Date | null }>(
    `select min(retry_at) as at from ${quoteTable(schemas.state, 'schedules')}
      where last_status = 'failed' and schedule not like 'export %'`,
  );
  return next?.at ?? undefined;
}

/** Since when, what it affects, and when it is tried again: one sentence, without the cause. */
export function outageFact({ since, lastRead, retryAt }: Outage, streams: number): string {
  const failing = lastRead === undefined ? '' : `; syncs have failed since ${stamp(since)} UTC`;
  const again = retryAt === undefined ? 'with the next run' : `at ${stamp(retryAt)} UTC`;
  return `Nothing has synced since ${stamp(lastRead ?? since)} UTC${failing}. This affects ${plural(streams, 'stream')}; sigma-sync tries again ${again}.`;
}

/** All that is known of it, on one line. */
export function outageInWords(outage: Outage, streams: number): string {
  return `${outageFact(outage, streams)} ${outage.error}`;
}
