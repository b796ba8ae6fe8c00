/** Reads what the rules look at, in a handful of queries over the state schema. */
import { quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { DriftNote, FinishedRun, Part, Served, Watched } from './rules.ts';
import type { TurnBook, WatchItem } from '../freshness/watch-list.ts';

/** What is wanted. */
export interface EvidenceQuestion {
  readonly schemas: Schemas;
  readonly items: readonly WatchItem[];
  /** Names of the schedules of the settings. */
  readonly schedules: readonly string[];
  readonly turns: TurnBook;
  readonly now: Date;
}

/** Runs of each command and schedule that are looked at: as many as the strictest rule wants in a row. */
const RUNS_EACH = 3;
/** Runs that are older tell nothing any more. */
const RUN_DAYS = 100;

/** The last outcome of every item. @throws DatabaseError */
export async function readWatched(session: Session, question: EvidenceQuestion): Promise<readonly Watched[]> {
  const { schemas, items, turns, now } = question;
  const rows = await session.query<{
    subject: string;
    status: string;
    success: Date | null;
    run: string;
    error: string | null;
  }>(
    `/* reading how fresh everything is */
     select 'stream ' || stream as subject, last_status as status, last_success_at as success, last_run_id as run, error
       from ${quoteTable(schemas.state, 'streams')}
     union all
     select 'export ' || export, last_status, last_success_at, last_run_id, error
       from ${quoteTable(schemas.state, 'exports')}`,
  );
  const known = new Map(rows.map((row) => [row.subject, row]));
  const wanted = new Set(items.map(({ what, name }) => `${what} ${name}`));
  const never = rows.filter(
    ({ subject, status, success }) => success === null && status !== 'unavailable' && wanted.has(subject),
  );
  const tried = await readFirstTries(
    session,
    schemas,
    never.map(({ subject }) => subject),
  );
  return items.map((item) => {
    const subject = `${item.what} ${item.name}`;
    const row = known.get(subject);
    return {
      subject,
      status: row?.status ?? 'never',
      lastSuccess: row?.success ?? undefined,
      firstTried: tried.get(subject),
      runId: row?.run,
      error: row?.error ?? undefined,
      limitMs: item.limitMs,
      lastTurn: turns.lastTurn(item, now),
    };
  });
}

/** Since when somebody tries what never succeeded. It is seldom asked, because it reads the whole history. */
async function readFirstTries(
  session: Session,
  schemas: Schemas,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (subjects.length === 0) return new Map();
  const rows = await session.query<{ subject: string; first: Date }>(
    `/* reading since when streams are tried */
     select 'stream ' || stream as subject, min(started_at) as first
       from ${quoteTable(schemas.state, 'run_streams')} where 'stream ' || stream = any($1::text[]) group by stream
     union all
     select 'export ' || export, min(started_at) from ${quoteTable(schemas.state, 'export_runs')}
      where 'export ' || export = any($1::text[]) group by export`,
    [subjects],
  );
  return new Map(rows.map(({ subject, first }) => [subject, first]));
}

/** What became of every schedule of the settings. @throws DatabaseError */
export async function readSchedules(
  session: Session,
  { schemas, schedules }: EvidenceQuestion,
): Promise<ReadonlyMap<string, Served | undefined>> {
  const rows = await session.query<{
    schedule: string;
    status: string | null;
    attempts: number;
    retry: Date | null;
    started: Date | null;
    run: string | null;
    error: string | null;
  }>(
    `/* reading what became of the schedules */
     select schedule, last_status as status, attempts, retry_at as retry, last_started_at as started,
            last_run_id as run, error
       from ${quoteTable(schemas.state, 'schedules')}`,
  );
  const served = new Map(
    rows.map((row): [string, Served] => [
      row.schedule,
      {
        status: row.status ?? undefined,
        attempts: row.attempts,
        retryAt: row.retry ?? undefined,
        startedAt: row.started ?? undefined,
        runId: row.run ?? undefined,
        error: row.error ?? undefined,
      },
    ]),
  );
  // One that the settings no longer have is nobody's concern.
  return new Map(schedules.map((name) => [name, served.get(name)]));
}

/** The latest finished runs, the newest first, with what went wrong in them. @throws DatabaseError */
export async function readRuns(
  session: Session,
  { schemas, now }: EvidenceQuestion,
): Promise<readonly FinishedRun[]> {
  const runs = await session.query<{
    id: string;
    command: string;
    schedule: string | null;
    status: string;
    started: Date;
    error: string | null;
  }>(
    `/* reading how the latest runs ended */
     select id, command, schedule, status, started, error from (
       select run_id as id, command, schedule, status, started_at as started, error,
              row_number() over (partition by command, schedule order by started_at desc, run_id) as place
         from ${quoteTable(schemas.state, 'runs')}
        where status in ('complete', 'partial', 'failed') and started_at > $1) r
      where place <= $2 order by started desc, id`,
    [new Date(now.getTime() - RUN_DAYS * 24 * 3_600_000), RUNS_EACH],
  );
  const bad = runs.filter(({ status }) => status !== 'complete').map(({ id }) => id);
  const parts =
    bad.length === 0
      ? []
      : await session.query<{ run: string; name: string; status: string; error: string | null }>(
          `/* reading what went wrong in them */
           select run_id as run, stream as name, status, error
             from ${quoteTable(schemas.state, 'run_streams')}
            where run_id = any($1::text[]) and status in ('failed', 'partial', 'deletion_guard')
           union all
           select run_id, 'export ' || export, status, error from ${quoteTable(schemas.state, 'export_runs')}
            where run_id = any($1::text[]) and status in ('failed', 'partial')
            order by 1, 2`,
          [bad],
        );
  const byRun = Map.groupBy(parts, ({ run }) => run);
  return runs.map((run) => ({
    runId: run.id,
    command: run.command,
    schedule: run.schedule ?? undefined,
    status: run.status,
    startedAt: run.started,
    error: run.error ?? undefined,
    parts: (byRun.get(run.id) ?? []).map(
      ({ name, status, error }): Part => ({ name, status, error: error ?? undefined }),
    ),
  }));
}

/**
 * What the runs since the event `after`, and since a time, saw change its shape; and the last event there is, of
 * whatever kind, for the next time. @throws DatabaseError
 */
export async function readDrift(
  session: Session,
  { schemas }: Pick<EvidenceQuestion, 'schemas'>,
  after: bigint,
  since: Date,
): Promise<{ readonly notes: readonly DriftNote[]; readonly last: bigint }> {
  const events = quoteTable(schemas.state, 'run_events');
  const [newest] = await session.query<{ last: string }>(
    `select coalesce(max(event_id), 0)::text as last from ${events}`,
  );
  const rows = await session.query<{ run: string; stream: string | null; detail: string; at: Date }>(
    `/* reading what changed its shape */
     select run_id as run, stream, detail, at from ${events}
      where event_id > $1::bigint and at > $2 and event in ('schema.drift', 'export.drift')
      order by event_id`,
    [String(after), since],
  );
  const notes = rows.map(({ run, stream, detail, at }): DriftNote => {
    const name = stream ?? 'unknown';
    const subject = name.startsWith('export ') ? name : `stream ${name}`;
    return { subject, detail, runId: run, at };
  });
  return { notes, last: BigInt(newest?.last ?? 0) };
}
