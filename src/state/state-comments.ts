/** Comments on the tables and columns of the state schema, so that SQL clients show them. */
/** Comment of a table, and of each of its columns. */
interface TableComments {
  readonly about: string;
  readonly columns: Readonly<Record<string, string>>;
}

const COUNTS = {
  read: 'Entries read from the API',
  inserted: 'Rows that were new',
  updated: 'Rows that differed',
  unchanged: 'Rows that were equal and not touched',
} as const;

/** Every table, and every column of it. */
export const STATE_COMMENTS: Readonly<Record<string, TableComments>> = {
  runs: {
    about: 'Every run of a command that writes, with its outcome',
    columns: {
      run_id: 'Unique id of the run',
      command: 'Command it was started by',
      status: 'running, complete, partial (some partitions failed), failed or interrupted',
      resumable: 'True if it was cut off, so that the next run resumes it',
      full: 'True if everything was read, changed or not',
      cycle_id: 'The first run of a chain of resumed ones: what completed in a cycle is not repeated in it',
      cycle_started_at: 'When that run started',
      resumed_from: 'Run that this one resumed',
      started_at: 'When it started',
      finished_at: 'When it ended; null while it runs, and if it was killed',
      requests: 'Attempts of requests, those for tokens included',
      retries: 'Attempts that were repeated',
      rate_limited: 'Answers of 429',
      error: 'Error that cut it off',
      rows: 'Rows that its exports read; null for other runs, as the three below',
      bytes: 'Bytes that its exports downloaded',
      windows: 'Windows that its exports loaded',
      query_ids: 'Queries that Sigma ran for its exports',
      trigger: 'Trigger: cli, schedule, page or api',
      schedule: 'Schedule that it served',
      throttled_ms: 'Milliseconds for which answers of 429 slowed it down, added up over its requests',
    },
  },
  run_streams: {
    about: 'Result of each run for each stream',
    columns: {
      run_id: 'Run',
      stream: 'Stream',
      status: 'complete, partial, failed, interrupted, deletion_guard, unavailable, retired or skipped',
      mode: 'full or incremental',
      partitions: 'Partitions that were due',
      partitions_failed: 'Partitions that failed and are retried by the next run',
      requests: 'Attempts of requests for this stream',
      ...COUNTS,
      deleted: 'Rows marked as deleted, those that followed their parent included',
      error: 'First error',
      started_at: 'When the stream was started',
      finished_at: 'When the stream was done',
      retries: 'Attempts that were repeated',
      rate_limited: 'Answers of 429',
    },
  },
  streams: {
    about: 'The last outcome of each stream',
    columns: {
      stream: 'Stream',
      last_run_id: 'Run that tried it last',
      last_status: 'How that ended',
      last_attempt_at: 'When it was tried last',
      last_success_at: 'When it was last complete: the freshness of its table',
      error: 'Error of the last run',
    },
  },
  partitions: {
    about: 'Cursors: what was fetched of each partition, and for which change signal of its parent',
    columns: {
      stream: 'Stream',
      partition:
        'Partition: the id of the parent, behind its kind where the stream has several; empty for a root listing',
      kind: 'Kind of parent: workbook, team, …; root for a root listing',
      status: 'complete or failed',
      signal: "The parent's change signal that the rows were fetched for",
      run_id: 'Run that tried it last',
      cycle_id: 'Cycle in which its rows were last committed',
      completed_at: 'When its rows were last committed',
      attempts: 'Runs in a row that failed on it; 1 after a success',
      doubts:
        'How often in a row something was left in doubt: an endpoint that fails where it has nothing to tell',
      doubtful: 'Ids of elements with a doubtful answer, which a sync asks for again',
      doubted_at: 'When it was last asked',
      covered: 'How often in a row a shortcut by another parent stood in for its own listing',
      error: 'Why it failed',
      request_id: "Sigma's id of the request that failed, for its support",
    },
  },
  absences: {
    about: 'Rows absent from a complete listing that are not tombstoned (yet)',
    columns: {
      stream: 'Stream',
      key: 'Key of the row, as a JSON array',
      partition: 'Partition whose listing lacks it',
      confirmed:
        'True where its deletion is proved; false where it waits for a direct look or a second listing',
      run_id: 'Run that noted it last',
      noted_at: 'When it was first noted',
    },
  },
  retirements: {
    about: 'Streams whose root listing is not there any more though it was read before',
    columns: {
      stream: 'Stream',
      gone_since: 'When it was first answered with 404 or 410',
      asked_at: 'When it was last answered so',
      retired_at: 'Since when it counts as retired; null while it is in doubt',
    },
  },
  changes: {
    about:
      'The change log: what each run changed in the tables, in the order of change_id; partitioned by month',
    columns: {
      change_id: 'Order of the changes',
      changed_at: 'When the run committed it',
      run_id: 'Run',
      stream: 'Stream, which is the name of the table',
      key: "Values of the stream's key columns, as text",
      operation: 'insert (also of a row that was deleted before), update or delete',
      changed: 'Columns that an update changed; _raw where only fields without a column did',
      before: 'Values of those columns before an update; of all columns before a delete',
      after: 'Values of those columns after an update; of all columns after an insert',
    },
  },
  history: {
    about: 'Since when the change log of a stream is complete; the _as_of functions go back no further',
    columns: { stream: 'Stream', since: 'Time from which every change is in the log' },
  },
  rewrites: {
    about: 'Rows that were rewritten without a change of the organization; emissions send them again',
    columns: {
      change_id: 'Position among the changes, of the same sequence',
      rewritten_at: 'When they were rewritten',
      stream: 'Stream',
      key: 'Key of the row as the change log has it; null where all rows of the stream are meant',
    },
  },
  database_id: {
    about: 'Tells this database from others, for the state of emissions',
    columns: { id: 'Random, made once' },
  },
  privacy: {
    about: 'Privacy settings that the stored rows of a stream comply with',
    columns: {
      stream: 'Stream',
      rules: 'hash or drop, by column or by path into _raw',
      key_id: 'Tells which key its hashes were last made with, and is not that key',
    },
  },
  forgotten: {
    about: 'People who were forgotten, without the person',
    columns: {
      member: 'SHA-256 of the id: tells whether Sigma still has that member, and nothing else',
      forgotten_at: 'When that was',
      rows: 'How many rows were deleted or changed, by table',
    },
  },
  exports: {
    about: 'The cursor of each export, and its last outcome',
    columns: {
      export: 'Name of the export in the settings',
      table_name: 'Table it is loaded into',
      mode: 'replace, append or merge',
      watermark: 'Everything before was asked for; the next run goes back from here by the lookback',
      last_run_id: 'Run that tried it last',
      last_status:
        'How that ended: complete, partial (rows were rejected, or too few came), failed or interrupted',
      last_attempt_at: 'When it was tried last',
      last_success_at: 'When it was last loaded to its end',
      error: 'Error of the last run',
    },
  },
  export_columns: {
    about: 'Columns of the tables of exports, with their labels in Sigma',
    columns: {
      export: 'Export',
      column_name: 'Column of its table',
      label: 'Label of the column in Sigma',
      occurrence: 'Position among the columns of that label, from 0',
      kind: 'Kind of the values that were seen; unknown where there were none',
      sql_type: 'Type of the column',
      column_id:
        'Id of the column in its element; empty where Sigma gave none, null where it was not asked yet',
      added_at: 'When the column was added',
      missing_since: 'Since when the export has no such column; null while it has',
    },
  },
  export_runs: {
    about: 'Result of each run for each export',
    columns: {
      export_run: 'Number that stands in _export_run of the rows',
      run_id: 'Run',
      export: 'Export',
      status: 'running, complete, partial (rows were rejected, or too few came), failed or interrupted',
      rows: 'Rows that were read',
      inserted: 'Rows that were new',
      updated: 'Rows that differed',
      unchanged: 'Rows that were equal and not touched',
      deleted: 'Rows that were replaced, in mode replace',
      rejected: 'Rows that could not be stored',
      bytes: 'Bytes that were downloaded',
      windows: 'Windows that were loaded',
      query_ids: 'Queries that Sigma ran',
      drift: 'Columns that appeared, vanished or were widened',
      rejections: 'The first rows that were rejected: number, column and reason',
      warnings: 'Warnings, a sentence each',
      waited_ms: 'Milliseconds of waiting for Sigma',
      loaded_ms: 'Milliseconds of downloading and loading',
      error: 'Error',
      started_at: 'When it was started',
      finished_at: 'When it was done',
    },
  },
  export_windows: {
    about: 'The windows of each export, as they were loaded last',
    columns: {
      export: 'Export',
      window_from: 'Start of the window, included',
      window_to: 'End of the window, not included',
      export_run: 'Export run that loaded it',
      rows: 'Rows that were read',
      bytes: 'Bytes that were downloaded',
      query_ids: 'Queries that Sigma ran',
      loaded_at: 'When it was committed',
    },
  },
  run_events: {
    about: 'Events of a run besides reading and writing: failures, drift, guards; only the first of many',
    columns: {
      event_id: 'Number of the event',
      run_id: 'Run',
      at: 'When it happened',
      event: 'Name of the event, as in the log',
      stream: 'Stream or export',
      detail: 'Description of the event',
      request_id: 'Id of the request, which the support of Sigma asks for',
    },
  },
  leases: {
    about: 'The process that runs the schedules, and the one that sends the alerts of several organizations',
    columns: {
      lease: 'Name of the lease',
      holder: 'Process that has it: host, process id, a random part',
      fence: 'Number that grows with every change of hands',
      acquired_at: 'Since when the holder has it',
      expires_at: 'When another may take it, by the clock of the database; the holder prolongs it',
    },
  },
  schedules: {
    about: 'The last run of each schedule',
    columns: {
      schedule: 'Name of the schedule; of an export that has one of its own, export and its name',
      served_turn: 'Last due time that was served; earlier ones that were missed count as served by it',
      attempts: 'Runs that failed in a row and are yet to be repeated',
      retry_at: 'When a run that failed is repeated',
      fence: 'Fence of the lease under which it was run',
      last_run_id: 'Its last run',
      last_status: 'How that ended, or running',
      last_started_at: 'When it started',
      last_finished_at: 'When it ended',
      error: 'Error that kept it from starting or cut it off',
    },
  },
  alerts: {
    about: 'Alerts, from when each was seen until it was gone',
    columns: {
      alert_id: 'Number of the alert',
      key: 'Subject of the alert; a key has one open alert at a time',
      kind: 'failure, staleness, deletion_guard, drift or expiry',
      subject: 'Schedule, stream or export',
      detail: 'Description of the problem',
      run_id: 'Run in which it was seen',
      raised_at: 'When it was seen first',
      last_seen_at: 'When it was seen last',
      settled_at: 'When it was gone',
    },
  },
  alert_messages: {
    about: 'Messages to each receiver about an alert',
    columns: {
      alert_id: 'Alert',
      receiver: 'Receiver',
      told_at: 'When the last message about the alert was sent',
      recovery_told_at: 'When the message about the recovery was sent',
      attempts: 'Attempts since the last that arrived',
      retry_at: 'When it is tried again',
      error: 'Why the last attempt failed',
    },
  },
  table_sizes: {
    about: 'Size of each table, once a day',
    columns: {
      schema_name: 'Schema',
      table_name: 'Table',
      day: 'Day, in UTC',
      rows: 'Rows that are not marked as deleted',
      bytes: 'Bytes on disk, indexes included',
    },
  },
  analytics: {
    about: 'Models of the analytics schema: how each was declared, and of what it was refreshed',
    columns: {
      model: 'Name of the view, materialized view or function',
      kind: 'view, materialized or function',
      definition: 'Hash of its declaration; a sync recreates the model if that differs',
      built_at: 'When it was made',
      signature: 'State of its tables at the last refresh; without a change, a sync skips the refresh',
      refreshed_at: 'When it was last refreshed; null for what needs none',
      duration_ms: 'Milliseconds the last refresh took',
      rows: 'Rows it had then',
    },
  },
};
