/** Data of `status` and `runs`: the state of every stream, and the runs so far. */
import { type Database, hasTable, quoteTable, type Row } from '../../core/database/database.ts';
import type { Stream } from '../../extractors/stream.ts';
import type { Schemas } from '../schemas.ts';
import { countRows, partitionCounts, partitionsToRetry, streamOutcomes } from './outcomes.ts';
import { listRuns, type RunSummary } from './runs.ts';

/** Freshness and last outcome of a stream. Times are ISO 8601. */
export interface StreamState {
  readonly name: string;
  /** `never` where no run has tried it. */
  readonly status: string;
  readonly lastSuccessAt: string | null;
  readonly lastAttemptAt: string | null;
  readonly rows: number;
  readonly partitions: number;
  /** Partitions that the next run retries. */
  readonly partitionsFailed: number;
  readonly error: string | null;
}

/** A run as the run book has it. Times are ISO 8601. */
export interface RunState
  extends Omit<RunSummary, 'startedAt' | 'finishedAt' | 'failures' | 'error' | 'remark'> {
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Number of rows of a run of exports, else null. */
  readonly rows: number | null;
  readonly error: string | null;
}

/** True where the state schema is there; without it nothing has run yet. @throws DatabaseError */
export async function isMigrated(database: Database, schemas: Schemas): Promise<boolean> {
  return database.session((session) => hasTable(session, schemas.state, 'partitions'));
}

/** True once a run began: a database can have tables before, as a new embedded one does. @throws DatabaseError */
export async function hasRuns(database: Database, schemas: Schemas): Promise<boolean> {
  if (!(await isMigrated(database, schemas))) return false;
  const rows = await database.session((session) =>
    session.query(`select 1 from ${quoteTable(schemas.state, 'runs')} limit 1`),
  );
  return rows.length > 0;
}

/** The state of every stream of the catalogue; `never` of all without a database. @throws DatabaseError */
export async function streamStates(
  database: Database | undefined,
  schemas: Schemas,
  streams: readonly Stream[],
): Promise<StreamState[]> {
  const names = streams.map(({ name }) => name);
  const state = (
    outcomes: Awaited<ReturnType<typeof streamOutcomes>>,
    counts: Awaited<ReturnType<typeof partitionCounts>>,
    rows?: ReadonlyMap<string, number>,
  ): StreamState[] =>
    names.map((name) => {
      const outcome = outcomes.find(({ stream }) => stream === name);
      const partitions = counts.find(({ stream }) => stream === name);
      return {
        name,
        status: outcome?.status ?? 'never',
        lastSuccessAt: outcome?.lastSuccessAt?.toISOString() ?? null,
        lastAttemptAt: outcome?.lastAttemptAt.toISOString() ?? null,
        rows: rows?.get(name) ?? 0,
        partitions: partitions?.total ?? 0,
        partitionsFailed: partitions?.failed ?? 0,
        error: outcome?.error ?? null,
      };
    });
  if (database === undefined || !(await isMigrated(database, schemas))) return state([], []);
  return database.session(async (session) =>
    state(
      await streamOutcomes(session, schemas),
      await partitionCounts(session, schemas),
      await countRows(session, schemas, names),
    ),
  );
}

/** The latest runs, the newest first. @throws DatabaseError */
export async function latestRuns(database: Database, schemas: Schemas, limit: number): Promise<RunState[]> {
  if (!(await isMigrated(database, schemas))) return [];
  const runs = await database.session(async (session) => {
    const hasExports = await hasTable(session, schemas.state, 'export_runs');
    const more = `${hasExports ? 'r.rows::float8' : 'null::float8'} as rows`;
    return listRuns<RunSummary & { rows: number | null } & Row>(
      session,
      schemas,
      { limit },
      { more, hasExports },
    );
  });
  return runs.map(({ failures: _, error: __, remark, rows, ...run }) => ({
    ...run,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    rows,
    error: remark,
  }));
}

/** Partitions that failed and are retried by the next run, with the reason. @throws DatabaseError */
export async function failedPartitions(
  database: Database,
  schemas: Schemas,
  limit: number,
): Promise<{ stream: string; partition: string; attempts: number; error: string }[]> {
  const failed = await database.session((session) => partitionsToRetry(session, schemas, limit));
  return failed.map(({ stream, partition, attempts, error }) => ({
    ...{ stream, partition, attempts },
    error: error ?? '',
  }));
}
