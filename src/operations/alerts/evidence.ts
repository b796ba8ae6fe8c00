/** Reads what the rules look at, in a handful of queries. */
import { hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import { exportOutcomes, type Outcome, streamOutcomes } from '../../state/read/outcomes.ts';
import { badParts, lastOfEach } from '../../state/read/runs.ts';
import { scheduleRecords } from '../../state/schedule-book.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { TurnBook, WatchItem } from '../freshness/watch-list.ts';
import type { Certificate, DriftNote, FinishedRun, Part, Served, Watched } from './rules.ts';

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
  const outcomes = new Map<string, Outcome>([
    ...(await streamOutcomes(session, schemas)).map((one) => [`stream ${one.stream}`, one] as const),
    ...(await exportOutcomes(session, schemas)).map((one) => [`export ${one.export}`, one] as const),
  ]);
  const wanted = items.map(({ what, name }) => `${what} ${name}`);
  const never = wanted.filter((subject) => {
    const known = outcomes.get(subject);
    return (
      known !== undefined &&
      known.lastSuccessAt === null &&
      !['unavailable', 'retired'].includes(known.status)
    );
  });
  const tried = await readFirstTries(session, schemas, never);
  return items.map((item) => {
    const subject = `${item.what} ${item.name}`;
    const last = outcomes.get(subject);
    return {
      subject,
      status: last?.status ?? 'never',
      lastSuccess: last?.lastSuccessAt ?? undefined,
      firstTried: tried.get(subject),
      runId: last?.runId,
      error: last?.error ?? undefined,
      limitMs: item.limitMs,
      lastTurn: turns.lastTurn(item, now),
      lastAttempt: last?.lastAttemptAt,
      coveredBy: item.coveredBy,
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

/** The last outcome of every schedule in the settings; removed schedules do not count. @throws DatabaseError */
export async function readServed(
  session: Session,
  { schemas, schedules }: EvidenceQuestion,
): Promise<ReadonlyMap<string, Served | undefined>> {
  const records = await scheduleRecords(session, schemas);
  return new Map(
    schedules.map((name): [string, Served | undefined] => {
      const record = records.get(name);
      if (record === undefined) return [name, undefined];
      const { attempts, retryAt, lastStatus, lastStartedAt, lastRunId, error } = record;
      const last = { status: lastStatus, startedAt: lastStartedAt, runId: lastRunId };
      return [name, { ...last, attempts, retryAt, error }];
    }),
  );
}

/** The latest finished runs, the newest first, with what went wrong in them. @throws DatabaseError */
export async function readRuns(
  session: Session,
  { schemas, now }: EvidenceQuestion,
): Promise<readonly FinishedRun[]> {
  const since = new Date(now.getTime() - RUN_DAYS * 24 * 3_600_000);
  const runs = await lastOfEach(session, schemas, { since, each: RUNS_EACH });
  const unwell = runs.filter(({ status }) => status !== 'complete').map(({ runId }) => runId);
  const parts = Map.groupBy(await badParts(session, schemas, unwell), ({ runId }) => runId);
  return runs.map(({ schedule, error, ...run }) => ({
    ...run,
    schedule: schedule ?? undefined,
    error: error ?? undefined,
    parts: (parts.get(run.runId) ?? []).map(
      ({ name, status, error: why }): Part => ({ name, status, error: why ?? undefined }),
    ),
  }));
}

/**
 * Drift seen by runs since the event `after`, and since a time; and the last event of any kind, for the next call.
 * @throws DatabaseError
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

/** Certificates of SAML that are in use, as far as they are synced. @throws DatabaseError */
export async function readCertificates(
  session: Session,
  { schemas }: Pick<EvidenceQuestion, 'schemas'>,
): Promise<readonly Certificate[] | undefined> {
  if (!(await hasTable(session, schemas.target, 'saml_certificates'))) return undefined;
  const rows = await session.query<{ id: string; purpose: string | null; provider: string; notAfter: Date }>(
    `/* reading certificates that are in use */
     select saml_service_provider_certificate_id as id, purpose, saml_service_provider_id as provider,
            not_after as "notAfter"
       from ${quoteTable(schemas.target, 'saml_certificates')}
      where _deleted_at is null and is_active is not false and not_after is not null
      order by not_after, 1`,
  );
  return rows.map(({ purpose, ...row }) => ({ ...row, purpose: purpose ?? undefined }));
}
