/** The run book: what ran, how it ended, and whether the next run goes on from it. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../database/database.ts';
import type { Schemas } from './migrate.ts';
import type { StateSchema } from './schema.ts';

/** How a run or a stream ended. */
export type RunStatus = 'complete' | 'partial' | 'failed' | 'interrupted';
export type StreamStatus = RunStatus | 'deletion_guard' | 'skipped';

/** What a run did to a stream; the shape of `--json`. */
export interface StreamReport {
  readonly name: string;
  readonly status: StreamStatus;
  readonly mode: 'full' | 'incremental';
  readonly partitions: number;
  readonly partitionsFailed: number;
  readonly requests: number;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly error?: string;
}

/** What a run did; the shape of `--json`. Times are ISO 8601. */
export interface RunReport {
  readonly runId: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly requests: number;
  readonly retries: number;
  readonly rateLimited: number;
  readonly streams: readonly StreamReport[];
}

/** A run that has begun. */
export interface StartedRun {
  readonly runId: string;
  readonly startedAt: Date;
  /** Sweeps and listings completed since then are not repeated. */
  readonly cycleStartedAt: Date;
  readonly resumedFrom: string | undefined;
}

/** Reads and writes the run book. Every method throws DatabaseError. */
export interface RunBook {
  start(options: { command: string; full: boolean; now: Date; resumeWithinMs: number }): Promise<StartedRun>;
  finishStream(run: StartedRun, report: StreamReport, startedAt: Date, finishedAt: Date): Promise<void>;
  finish(run: StartedRun, report: RunReport, resumable: boolean, error: string | undefined): Promise<void>;
}

/** Opens the run book of a schema. */
export function openRunBook(database: Database, schemas: Schemas): RunBook {
  const withState = <T>(work: (db: Kysely<StateSchema>) => Promise<T>): Promise<T> =>
    database.session((session) => work(session.db.withTables<StateSchema>().withSchema(schemas.state)));

  return {
    start: ({ command, full, now, resumeWithinMs }) =>
      withState(async (db) => {
        const last = await db
          .selectFrom('runs')
          .select(['run_id', 'status', 'resumable', 'full', 'cycle_started_at'])
          .orderBy('started_at', 'desc')
          .limit(1)
          .executeTakeFirst();
        // We hold the lock, so a run that still calls itself running was killed.
        await db
          .updateTable('runs')
          .set({
            status: 'interrupted',
            resumable: true,
            error: 'The process ended without finishing the run.',
          })
          .where('status', '=', 'running')
          .execute();
        const cutOff = last !== undefined && (last.status === 'running' || last.resumable);
        // A full run asks for everything anew, so it goes on only from another full run.
        const resumes = cutOff && (last.full || !full) ? last : undefined;
        const oldest = new Date(now.getTime() - resumeWithinMs);
        const run: StartedRun = {
          runId: randomUUID(),
          startedAt: now,
          cycleStartedAt:
            resumes === undefined
              ? now
              : new Date(Math.max(resumes.cycle_started_at.getTime(), oldest.getTime())),
          resumedFrom: resumes?.run_id,
        };
        await db
          .insertInto('runs')
          .values({
            run_id: run.runId,
            command,
            status: 'running',
            resumable: false,
            full,
            cycle_started_at: run.cycleStartedAt,
            resumed_from: run.resumedFrom ?? null,
            started_at: now,
            finished_at: null,
            requests: 0,
            retries: 0,
            rate_limited: 0,
            error: null,
          })
          .execute();
        return run;
      }),

    finishStream: (run, report, startedAt, finishedAt) =>
      withState(async (db) => {
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
            error: report.error ?? null,
            started_at: startedAt,
            finished_at: finishedAt,
          })
          .execute();
        const success = report.status === 'complete' ? finishedAt : null;
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
            error: error ?? null,
          })
          .where('run_id', '=', run.runId)
          .execute();
      }),
  };
}
