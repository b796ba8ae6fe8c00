/** The run book: the runs, how they ended, and whether the next run resumes the last one. */
import { randomUUID } from 'node:crypto';
import { type Database, quoteName, quoteTable, type Row, type Session } from '../core/database/database.ts';
import { ConfigError } from '../core/errors.ts';
import { assertLease } from './lease.ts';
import { assertRow, fenceOff, whileRunning } from './run-fence.ts';
import { BY_CLI, type RunCommand, type RunOrigin, type RunTotals, type StreamReport } from './run-types.ts';
import type { Schemas } from './schemas.ts';

/** A run that has begun. */
export interface StartedRun {
  readonly runId: string;
  readonly command: RunCommand;
  readonly startedAt: Date;
  /**
   * Sweeps and listings completed in the same cycle are not repeated. It is an id and no time, because clocks go
   * back.
   */
  readonly cycleId: string;
  readonly resumedFrom: string | undefined;
  /** Everything is read, changed or not: on request, or because the resumed run did so. */
  readonly full: boolean;
  /** Start of the first run of the cycle: what a resumed run did not read itself is as old as that. */
  readonly cycleStartedAt: Date;
}

/** The beginning of a run. */
export interface RunStart {
  readonly command: RunCommand;
  readonly full: boolean;
  readonly now: Date;
  readonly resumeWithinMs: number;
  /** Default: the command line. */
  readonly origin?: RunOrigin | undefined;
  /** Streams that it is to run: whether a backfill has anything left of them. */
  readonly streams?: readonly string[];
}

/** Reads and writes the run book. Every method throws DatabaseError. */
export interface RunBook {
  /** Resumes the last run of the command if that was cut off less than `resumeWithinMs` ago. */
  start(start: RunStart): Promise<StartedRun>;
  finishStream(run: StartedRun, report: StreamReport, at: StreamTimes): Promise<void>;
  finish(
    run: StartedRun,
    end: RunTotals & Exported,
    resumable: boolean,
    error: string | undefined,
  ): Promise<void>;
}

/** Start and end of a stream's run. */
export interface StreamTimes {
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** Every change of it is logged: from the end on, unless an earlier time is noted. */
  readonly isLogged?: boolean;
}

/** The record of a run of exports. */
interface Exported {
  readonly exports?: readonly {
    readonly rows: number;
    readonly bytes: number;
    readonly windows: number;
    readonly queryIds: readonly string[];
  }[];
}

/** Opens the run book of a schema. */
export function openRunBook(database: Database, schemas: Schemas): RunBook {
  return {
    start: (start) => database.transaction((session) => startRun(session, schemas, start)),
    finishStream: (run, report, at) =>
      database.transaction((session) => finishStream(session, schemas, run, report, at)),
    finish: (run, end, resumable, error) =>
      database.session((session) => finishRun(session, schemas, run, end, resumable, error)),
  };
}

async function startRun(session: Session, schemas: Schemas, start: RunStart): Promise<StartedRun> {
  const { command, full, now, origin = BY_CLI } = start;
  if (origin.lease !== undefined) await assertLease(session, schemas, origin.lease);
  const last = await lastRun(session, schemas, command);
  await fenceOff(session, schemas, command);
  const resumes = last !== undefined && (await goesOnFrom(session, schemas, last, start)) ? last : undefined;
  if (command === 'backfill' && start.resumeWithinMs === Number.POSITIVE_INFINITY && resumes === undefined) {
    throw new ConfigError('There is no backfill to resume: the last one is complete, or none was started.', {
      advice: 'Leave out --resume to start one.',
    });
  }
  const runId = randomUUID();
  const run: StartedRun = {
    runId,
    command,
    startedAt: now,
    cycleId: resumes?.cycle_id ?? runId,
    cycleStartedAt: resumes?.cycle_started_at ?? now,
    resumedFrom: resumes?.run_id,
    full: full || resumes?.full === true,
  };
  await insert(session, quoteTable(schemas.state, 'runs'), {
    run_id: run.runId,
    command,
    status: 'running',
    resumable: false,
    full: run.full,
    cycle_id: run.cycleId,
    cycle_started_at: run.cycleStartedAt,
    resumed_from: run.resumedFrom ?? null,
    started_at: now,
    ...{ requests: 0, retries: 0, rate_limited: 0 },
    trigger: origin.trigger,
    schedule: origin.schedule ?? null,
  });
  return run;
}

/** One row, by its columns. */
async function insert(
  session: Session,
  table: string,
  row: Readonly<Record<string, unknown>>,
): Promise<void> {
  const names = Object.keys(row);
  const values = names.map((_, index) => `$${index + 1}`);
  await session.query(
    `insert into ${table} (${names.map(quoteName).join(', ')}) values (${values.join(', ')})`,
    Object.values(row),
  );
}

/**
 * Writes, while the run goes on, what it did to a stream and how fresh that is: in one statement, of which the transaction
 * is undone where it finds that another run took over.
 */
async function finishStream(
  session: Session,
  schemas: Schemas,
  run: StartedRun,
  report: StreamReport,
  { startedAt, finishedAt, isLogged = false }: StreamTimes,
): Promise<void> {
  const { name: stream, status, error = null } = report;
  const finished = finishedAt.toISOString();
  const parameters: unknown[] = [run.runId];
  const insertion = (table: string, row: Readonly<Record<string, unknown>>): string => {
    const places = Object.values(row).map((value) => `$${parameters.push(value)}`);
    const columns = Object.keys(row).map(quoteName);
    return `insert into ${quoteTable(schemas.state, table)} as t (${columns.join(', ')}) values (${places.join(', ')})`;
  };
  const ofRun = insertion('run_streams', {
    run_id: run.runId,
    ...{ stream, status, error, started_at: startedAt.toISOString(), finished_at: finished },
    ...{ mode: report.mode, partitions: report.partitions, partitions_failed: report.partitionsFailed },
    ...{ requests: report.requests, retries: report.retries, rate_limited: report.rateLimited },
    ...{ read: report.read, inserted: report.inserted, updated: report.updated },
    ...{ unchanged: report.unchanged, deleted: report.deleted },
  });
  const parts = [`of_run as (${ofRun})`];
  // A backfill says nothing about what the next sync will find: freshness is the business of syncs.
  if (run.command !== 'backfill') {
    const asOf = run.resumedFrom === undefined ? finished : run.cycleStartedAt.toISOString();
    const outcome = insertion('streams', {
      ...{ stream, last_run_id: run.runId, last_status: status, last_attempt_at: finished, error },
      last_success_at: status === 'complete' ? asOf : null,
    });
    parts.push(`outcome as (${outcome} on conflict (stream) do update set
      last_run_id = excluded.last_run_id, last_status = excluded.last_status, error = excluded.error,
      last_attempt_at = excluded.last_attempt_at, last_success_at = coalesce(excluded.last_success_at, t.last_success_at))`);
  }
  if (isLogged)
    parts.push(
      `logged as (${insertion('history', { stream, since: finished })} on conflict (stream) do nothing)`,
    );
  assertRow(await session.query(`with ${parts.join(', ')} select 1 ${whileRunning(schemas)}`, parameters));
}

async function finishRun(
  session: Session,
  schemas: Schemas,
  run: StartedRun,
  end: RunTotals & Exported,
  resumable: boolean,
  error: string | undefined,
): Promise<void> {
  const { status, finishedAt, requests, retries, rateLimited, throttledMs, exports } = end;
  const changes = {
    status,
    resumable,
    finished_at: finishedAt,
    ...{ requests, retries, rate_limited: rateLimited, throttled_ms: throttledMs },
    ...(exports === undefined ? {} : totalsOf(exports)),
    error: error ?? null,
  };
  const sets = Object.keys(changes).map((name, index) => `${quoteName(name)} = $${index + 2}`);
  await session.query(
    // If a run lost its lock, the next run's verdict on it stands.
    `update ${quoteTable(schemas.state, 'runs')} set ${sets.join(', ')} where run_id = $1 and status = 'running'`,
    [run.runId, ...Object.values(changes)],
  );
}

function totalsOf(exports: NonNullable<Exported['exports']>) {
  const sum = (of: 'rows' | 'bytes' | 'windows'): number =>
    exports.reduce((total, one) => total + one[of], 0);
  return {
    rows: String(sum('rows')),
    bytes: String(sum('bytes')),
    windows: sum('windows'),
    query_ids: exports.flatMap(({ queryIds }) => queryIds),
  };
}

interface LastRun {
  readonly run_id: string;
  readonly status: string;
  /** It was cut off before its end, so that the next one may resume it. */
  readonly resumable: boolean;
  readonly full: boolean;
  readonly cycle_id: string;
  readonly cycle_started_at: Date;
}

async function lastRun(
  session: Session,
  schemas: Schemas,
  command: RunCommand,
): Promise<LastRun | undefined> {
  const [last] = await session.query<LastRun & Row>(
    `select run_id, status, resumable, "full", cycle_id, cycle_started_at from ${quoteTable(schemas.state, 'runs')}
      where command = $1 order by started_at desc limit 1`,
    [command],
  );
  return last;
}

/**
 * True where a new run resumes the last one. A full run asks for everything again, so it resumes only another full
 * run; and partitions read too long ago (or by a clock ahead of ours) are read again.
 */
async function goesOnFrom(
  session: Session,
  schemas: Schemas,
  last: LastRun,
  { command, full, now, resumeWithinMs, streams = [] }: RunStart,
): Promise<boolean> {
  const age = now.getTime() - last.cycle_started_at.getTime();
  if (age < 0 || age > resumeWithinMs || (full && !last.full)) return false;
  return isUnfinished(session, schemas, command, last, streams);
}

/** True where a run was cut off. A backfill is resumed until it is complete, for any reason that it ended early. */
async function isUnfinished(
  session: Session,
  schemas: Schemas,
  command: RunCommand,
  last: LastRun,
  streams: readonly string[],
): Promise<boolean> {
  if (last.status === 'running' || last.resumable) return true;
  if (command !== 'backfill') return false;
  return last.status !== 'complete' || leavesOut(session, schemas, last.cycle_id, streams);
}

/** Statuses after which there is nothing left to read of a stream. */
const DONE: ReadonlySet<string> = new Set(['complete', 'unavailable', 'retired']);

/** True where a backfill was cut off, and its successors left some of these streams out. */
async function leavesOut(
  session: Session,
  schemas: Schemas,
  cycleId: string,
  streams: readonly string[],
): Promise<boolean> {
  const parts = await session.query<{ run: string; stream: string | null; status: string | null }>(
    `select r.status as run, s.stream, s.status from ${quoteTable(schemas.state, 'runs')} r
       left join ${quoteTable(schemas.state, 'run_streams')} s using (run_id)
      where r.cycle_id = $1`,
    [cycleId],
  );
  if (parts.every(({ run }) => run === 'complete')) return false;
  const done = parts.filter(({ status }) => status !== null && DONE.has(status));
  return streams.some((name) => !done.some(({ stream }) => stream === name));
}
