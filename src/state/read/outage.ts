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
  readonly runId: string;
  /** Time of the next attempt, if a schedule is to repeat it. */
  readonly retryAt: Date | undefined;
}

/**
 * Undefined where the last sync was not ended by such a cause: it went well, or streams of it failed on their own. Runs that
 * somebody stopped say nothing.
 *
 * @throws DatabaseError
 */
export async function readOutage(session: Session, schemas: Schemas): Promise<Outage | undefined> {
  const runs = quoteTable(schemas.state, 'runs');
  const [outage] = await session.query<{ error: string; since: Date; run_id: string }>(
    `/* reading what keeps all streams from being synced */
     with ended as (select * from ${runs}
                     where command = 'sync' and status in ('complete', 'partial', 'failed')),
          whole as (select max(started_at) as at from ended where status <> 'failed' or error is null),
          last as (select * from ended order by started_at desc limit 1)
     select l.error, l.run_id,
            (select min(e.started_at) from ended e, whole w where w.at is null or e.started_at > w.at) as since
       from last l where l.status = 'failed' and l.error is not null`,
  );
  if (outage === undefined) return undefined;
  const { error, since, run_id: runId } = outage;
  return { error, since, runId, retryAt: await readRetry(session, schemas) };
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
export function outageFact({ since, retryAt }: Outage, streams: number): string {
  const again = retryAt === undefined ? 'with the next run' : `at ${stamp(retryAt)} UTC`;
  return `Nothing has synced since ${stamp(since)} UTC. This affects ${plural(streams, 'stream')}; sigma-sync tries again ${again}.`;
}

/** All that is known of it, on one line. */
export function outageInWords(outage: Outage, streams: number): string {
  return `${outageFact(outage, streams)} ${outage.error}`;
}
