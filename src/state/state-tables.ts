/** The state schema's tables as Kysely sees them; `migrations/` creates them. */
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

/** The cursor: what was fetched of a stream's partition, and for which change signal of its parent. */
export interface PartitionTable {
  stream: string;
  partition: string;
  kind: string;
  status: string;
  signal: string | null;
  run_id: string;
  /** Cycle in which it last completed. */
  cycle_id: string | null;
  completed_at: Timestamp | null;
  attempts: number;
  /** Times in a row that something was left in doubt since it was last read as a whole. */
  doubts: Generated<number>;
  /** What it was: values of the parameter that the stream is read for. */
  doubtful: string[] | null;
  doubted_at: Timestamp | null;
  error: string | null;
  request_id: string | null;
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

/** What a run changed in a row: append-only. */
export interface ChangeTable {
  change_id: Generated<string>;
  changed_at: Timestamp;
  run_id: string;
  stream: string;
  key: string[];
  operation: 'insert' | 'update' | 'delete';
  changed: string[] | null;
  before: unknown;
  after: unknown;
}

/** Since when the change log of a stream is complete. */
export interface HistoryTable {
  stream: string;
  since: Timestamp;
}

/** Privacy rules that the stored rows of a stream comply with. */
export interface PrivacyTable {
  stream: string;
  rules: unknown;
  key_id: string | null;
}

/** The cursor of an export, and its last outcome. */
export interface ExportTable {
  export: string;
  table_name: string;
  mode: string;
  /** Everything that was created before was asked for. */
  watermark: Timestamp | null;
  last_run_id: string;
  last_status: string;
  last_attempt_at: Timestamp;
  last_success_at: Timestamp | null;
  error: string | null;
}

/** A column of an export's table. */
export interface ExportColumnTable {
  export: string;
  column_name: string;
  label: string;
  /** Which of the columns of this label, from 0. */
  occurrence: number;
  kind: string;
  sql_type: string;
  added_at: Timestamp;
  missing_since: Timestamp | null;
}

/** What one run loaded of one export. `_export_run` of its rows is `export_run`. */
export interface ExportRunTable {
  export_run: Generated<string>;
  run_id: string;
  export: string;
  status: string;
  rows: Generated<string>;
  inserted: Generated<string>;
  updated: Generated<string>;
  unchanged: Generated<string>;
  deleted: Generated<string>;
  rejected: Generated<string>;
  bytes: Generated<string>;
  windows: Generated<number>;
  query_ids: Generated<string[]>;
  drift: unknown;
  rejections: unknown;
  waited_ms: Generated<string>;
  loaded_ms: Generated<string>;
  error: string | null;
  started_at: Timestamp;
  finished_at: Timestamp | null;
}

/** A window as it was loaded last. */
export interface ExportWindowTable {
  export: string;
  window_from: Timestamp;
  window_to: Timestamp;
  export_run: string;
  rows: string;
  bytes: string;
  query_ids: string[];
  loaded_at: Timestamp;
}

/** What happened in a run that somebody may ask about. */
export interface RunEventTable {
  event_id: Generated<string>;
  run_id: string;
  at: Timestamp;
  event: string;
  stream: string | null;
  detail: string;
  request_id: string | null;
}

/** Who is in charge. The fence grows with every change of hands. */
export interface LeaseTable {
  lease: string;
  holder: string;
  fence: string;
  acquired_at: Timestamp;
  expires_at: Timestamp;
}

/** What became of a schedule's last turn. */
export interface ScheduleTable {
  schedule: string;
  served_turn: Timestamp | null;
  attempts: Generated<number>;
  retry_at: Timestamp | null;
  /** Of the lease under which it was served. */
  fence: string;
  last_run_id: string | null;
  last_status: string | null;
  last_started_at: Timestamp | null;
  last_finished_at: Timestamp | null;
  error: string | null;
}

/** Something that matters, from when it was seen until it was gone. */
export interface AlertTable {
  alert_id: Generated<string>;
  key: string;
  kind: string;
  subject: string;
  detail: string;
  run_id: string | null;
  raised_at: Timestamp;
  last_seen_at: Timestamp;
  settled_at: Timestamp | null;
}

/** What a receiver was told of an alert. */
export interface AlertMessageTable {
  alert_id: string;
  receiver: string;
  told_at: Timestamp | null;
  recovery_told_at: Timestamp | null;
  attempts: Generated<number>;
  retry_at: Timestamp | null;
  error: string | null;
}

/** Size of a table on a day. */
export interface TableSizeTable {
  schema_name: string;
  table_name: string;
  day: string;
  rows: string;
  bytes: string;
}

/** A model of the analytics schema: how it was declared, and of what it was refreshed. */
export interface AnalyticsTable {
  model: string;
  kind: string;
  definition: string;
  built_at: Timestamp;
  signature: string | null;
  refreshed_at: Timestamp | null;
  duration_ms: string | null;
  rows: string | null;
}

/** All of the state schema. Table names are qualified with the configured schema at run time. */
export type StateSchema = {
  runs: RunTable;
  run_streams: RunStreamTable;
  streams: StreamTable;
  partitions: PartitionTable;
  absences: AbsenceTable;
  changes: ChangeTable;
  history: HistoryTable;
  privacy: PrivacyTable;
  exports: ExportTable;
  export_columns: ExportColumnTable;
  export_runs: ExportRunTable;
  export_windows: ExportWindowTable;
  run_events: RunEventTable;
  leases: LeaseTable;
  schedules: ScheduleTable;
  alerts: AlertTable;
  alert_messages: AlertMessageTable;
  table_sizes: TableSizeTable;
  analytics: AnalyticsTable;
};

/** Kysely on the state schema's tables. */
export function stateOf(session: Session, schemas: Schemas): Kysely<StateSchema> {
  return session.db.withTables<StateSchema>().withSchema(schemas.state);
}
