/** The part of the state schema that is there for readers. */

/**
 * The part of the state schema that the reader may select from: load times, and the change log, which the functions
 * for an earlier time need. Errors and rejected values stay closed, because they quote Sigma's answers, and so do all
 * tables that concern nobody but the connector.
 */
export const READABLE_STATE: Readonly<Record<string, readonly string[] | 'all'>> = {
  history: 'all',
  changes: 'all',
  table_sizes: 'all',
  streams: ['stream', 'last_run_id', 'last_status', 'last_attempt_at', 'last_success_at'],
  exports: [
    ...['export', 'table_name', 'mode', 'watermark', 'last_run_id'],
    ...['last_status', 'last_attempt_at', 'last_success_at'],
  ],
  runs: [
    ...['run_id', 'command', 'status', 'full', 'started_at', 'finished_at', 'requests', 'retries'],
    ...['rate_limited', 'throttled_ms', 'rows', 'bytes', 'trigger', 'schedule'],
  ],
  run_streams: [
    ...['run_id', 'stream', 'status', 'mode', 'partitions', 'partitions_failed', 'requests', 'read'],
    ...['inserted', 'updated', 'unchanged', 'deleted', 'started_at', 'finished_at'],
  ],
  export_runs: [
    ...['export_run', 'run_id', 'export', 'status', 'rows', 'inserted', 'updated', 'unchanged', 'deleted'],
    ...['rejected', 'bytes', 'windows', 'started_at', 'finished_at'],
  ],
};
