/** Tables of the state schema as Kysely sees them; `migrations/` creates them, `state-comments.ts` says what all of them are. */
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { Session } from '../core/database/database.ts';
import type { Schemas } from './schemas.ts';

type Timestamp = ColumnType<Date, Date | string, Date | string>;

/** One run of a command that writes. */
export interface RunTable {
  run_id: string;
  command: string;
  status: string;
  /** True where the run was cut off before its end, so that the next one may go on from it. */
  resumable: boolean;
  full: boolean;
  /** The cycle: this run and those it goes on from. What completed in a cycle is not done again in it. */
  cycle_id: string;
  cycle_started_at: Timestamp;
  resumed_from: string | null;
  started_at: Timestamp;
  finished_at: Timestamp | null;
  requests: number;
  retries: number;
  rate_limited: number;
  error: string | null;
  /** Of exports only, as the three below. */
  rows?: string | null;
  bytes?: string | null;
  windows?: number | null;
  query_ids?: string[] | null;
  /** cli, schedule, page or api. */
  trigger: Generated<string>;
  schedule: string | null;
  throttled_ms: Generated<string | number>;
}

/** What one run did to one stream. */
export interface RunStreamTable {
  run_id: string;
  stream: string;
  status: string;
  mode: string;
  partitions: number;
  partitions_failed: number;
  requests: number;
  read: number;
  inserted: number;
  updated: number;
  unchanged: number;
  deleted: number;
  error: string | null;
  started_at: Timestamp;
  finished_at: Timestamp;
  retries: Generated<number>;
  rate_limited: Generated<number>;
}

/** The last outcome of a stream. */
export interface StreamTable {
  stream: string;
  last_run_id: string;
  last_status: string;
  last_attempt_at: Timestamp;
  last_success_at: Timestamp | null;
  error: string | null;
}

/** A row absent from a complete listing that has not been tombstoned yet. */
export interface AbsenceTable {
  stream: string;
  key: string;
  partition: string;
  confirmed: boolean;
  run_id: string;
  noted_at: Generated<Timestamp>;
}

/** Tables that are written and read by Kysely, qualified with the configured schema at run time. Others are asked in SQL. */
export type StateSchema = {
  runs: RunTable;
  run_streams: RunStreamTable;
  streams: StreamTable;
  absences: AbsenceTable;
};

/** Kysely on the state schema's tables. */
export function stateOf(session: Session, schemas: Schemas): Kysely<StateSchema> {
  return session.db.withTables<StateSchema>().withSchema(schemas.state);
}
