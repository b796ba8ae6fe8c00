/** The run book: what ran, how it ended, and whether the next run goes on from it. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../core/database/database.ts';
import { ConfigError } from '../core/errors.ts';
import { assertLease } from './lease.ts';
import type { Schemas } from './schemas.ts';
import { BY_CLI, type RunCommand, type RunOrigin, type RunReport, type StreamReport } from './run-types.ts';
import { assertRunning, fenceOff } from './run-fence.ts';
import { type StateSchema, stateOf } from './state-tables.ts';

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
  /** Everything is read, changed or not: asked for, or carried on from the run that this one goes on from. */
  readonly full: boolean;
  /** Start of the first run of the cycle: what a resumed run did not read itself is as old as that. */
  readonly cycleStartedAt: Date;
}

/** Reads and writes the run book. Every method throws DatabaseError. */
export interface RunBook {
  /** Goes on from the last run of the command where that was cut off less than `resumeWithinMs` ago. */
  start(options: {
    command: RunCommand;
    full: boolean;
    now: Date;
    resumeWithinMs: number;
    /** Default: the command line. */
    origin?: RunOrigin | undefined;
    /** Streams that it is to run: whether a backfill has anything left of them. */
    streams?: readonly string[];
  }): Promise<StartedRun>;
  finishStream(run: StartedRun, report: StreamReport, startedAt: Date, finishedAt: Date): Promise<void>;
  finish(run: StartedRun, report: RunReport, resumable: boolean, error: string | undefined): Promise<void>;
  finishExports(run: StartedRun, report: ExportTotals, error: string | undefined): Promise<void>;
}

/** What the run book keeps of a run of exports. */
export interface ExportTotals extends Omit<RunReport, 'streams'> {
  readonly exports: readonly {
    readonly rows: number;
    readonly bytes: number;
    readonly windows: number;
    readonly queryIds: readonly string[];
  }[];
}

/** Opens the run book of a schema. */
export function openRunBook(database: Database, schemas: Schemas): RunBook {
  const withState = <T>(work: (db: Kysely<StateSchema>) => Promise<T>): Promise<T> =>
    database.session((session) => work(stateOf(session, schemas)));

  return {
    start: ({ command, full, now, resumeWithinMs, origin = BY_CLI, streams = [] }) =>
      database.transaction(async (session) => {
        const db = stateOf(session, schemas);
        if (origin.lease !== undefined) await assertLease(session, schemas, origin.lease);
        const last = await db
          .selectFrom('runs')
          .select(['run_id', 'status', 'resumable', 'full', 'cycle_id', 'cycle_started_at'])
          .where('command', '=', command)
          .orderBy('started_at', 'desc')
          .limit(1)
          .executeTakeFirst();
        await fenceOff(session, schemas, command);
        const age = now.getTime() - (last?.cycle_started_at.getTime() ?? 0);
        // A full run asks for everything anew, so it goes on only from another full run; and what was read too long
        // ago (or by a clock ahead of ours) is read again.
        const fresh = age >= 0 && age <= resumeWithinMs;
        const goesOn = last !== undefined && fresh && (last.full || !full);
        const resumes = goesOn && (await isUnfinished(db, command, last, streams)) ? last : undefined;
        if (command === 'backfill' && resumeWithinMs === Number.POSITIVE_INFINITY && resumes === undefined) {
          throw new ConfigError(
            'There is no backfill to go on with: the last one is complete, or none was begun.',
            {
              advice: 'Leave --resume out to begin one.',
            },
          );
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
        await db
          .insertInto('runs')
          .values({
            run_id: run.runId,
            command,
            status: 'running',
            resumable: false,
            full: run.full,
            cycle_id: run.cycleId,
            cycle_started_at: run.cycleStartedAt,
            resumed_from: run.resumedFrom ?? null,
            started_at: now,
            finished_at: null,
            requests: 0,
            retries: 0,
            rate_limited: 0,
            error: null,
            trigger: origin.trigger,
            schedule: origin.schedule ?? null,
          })
          .execute();
        return run;
      }),

    finishStream: (run, report, startedAt, finishedAt) =>
      database.transaction(async (session) => {
        await assertRunning(session, schemas, run.runId);
        const db = stateOf(session, schemas);
        await db
          .insertInto('run_streams')
          .values({
            run_id: run.runId,
            stream: report.name,
            status: report.status,
            mode: report.mode,
            partitions: report.partitions,
            partitions_failed: report.partitionsFailed,
            requests: report.requests,
            read: report.read,
            inserted: report.inserted,
            updated: report.updated,
            unchanged: report.unchanged,
            deleted: report.deleted,
            retries: report.retries,
            rate_limited: report.rateLimited,
            error: report.error ?? null,
            started_at: startedAt,
            finished_at: finishedAt,
          })
          .execute();
        // A backfill says nothing about what the next sync will find: freshness is the business of syncs.
        if (run.command === 'backfill') return;
        const asOf = run.resumedFrom === undefined ? finishedAt : run.cycleStartedAt;
        const success = report.status === 'complete' ? asOf : null;
        await db
          .insertInto('streams')
          .values({
            stream: report.name,
            last_run_id: run.runId,
            last_status: report.status,
            last_attempt_at: finishedAt,
            last_success_at: success,
            error: report.error ?? null,
          })
          .onConflict((conflict) =>
            conflict.column('stream').doUpdateSet({
              last_run_id: run.runId,
              last_status: report.status,
              last_attempt_at: finishedAt,
              ...(success === null ? {} : { last_success_at: success }),
              error: report.error ?? null,
            }),
          )
          .execute();
      }),

    finishExports: (run, report, error) =>
      withState(async (db) => {
        const { status, finishedAt, requests, retries, rateLimited, throttledMs, exports } = report;
        const sum = (of: 'rows' | 'bytes' | 'windows'): number =>
          exports.reduce((total, one) => total + one[of], 0);
        await db
          .updateTable('runs')
          .set({
            status,
            finished_at: finishedAt,
            ...{ requests, retries, rate_limited: rateLimited, throttled_ms: throttledMs },
            rows: String(sum('rows')),
            bytes: String(sum('bytes')),
            windows: sum('windows'),
            query_ids: exports.flatMap(({ queryIds }) => queryIds),
            error: error ?? null,
          })
          .where('run_id', '=', run.runId)
          // What the next run said of one that lost its lock stands.
          .where('status', '=', 'running')
          .execute();
      }),

    finish: (run, report, resumable, error) =>
      withState(async (db) => {
        await db
          .updateTable('runs')
          .set({
            status: report.status,
            resumable,
            finished_at: report.finishedAt,
            requests: report.requests,
            retries: report.retries,
            rate_limited: report.rateLimited,
            throttled_ms: report.throttledMs,
            error: error ?? null,
          })
          .where('run_id', '=', run.runId)
          .where('status', '=', 'running')
          .execute();
      }),
  };
}

/** True where a run was cut off. A backfill is gone on with until it is complete, whatever kept it from that. */
async function isUnfinished(
  db: Kysely<StateSchema>,
  command: RunCommand,
  last: Pick<StateSchema['runs'], 'status' | 'resumable' | 'cycle_id'>,
  streams: readonly string[],
): Promise<boolean> {
  if (last.status === 'running' || last.resumable) return true;
  if (command !== 'backfill') return false;
  return last.status !== 'complete' || leavesOut(db, last.cycle_id, streams);
}

/** True where a backfill was cut off, and what went on from there left some of these streams out. */
async function leavesOut(
  db: Kysely<StateSchema>,
  cycleId: string,
  streams: readonly string[],
): Promise<boolean> {
  const parts = await db
    .selectFrom('runs')
    .leftJoin('run_streams', 'run_streams.run_id', 'runs.run_id')
    .select(['runs.status as run', 'run_streams.stream', 'run_streams.status'])
    .where('runs.cycle_id', '=', cycleId)
    .execute();
  if (parts.every(({ run }) => run === 'complete')) return false;
  const done = parts.filter(({ status }) => status === 'complete' || status === 'unavailable');
  return streams.some((name) => !done.some(({ stream }) => stream === name));
}
