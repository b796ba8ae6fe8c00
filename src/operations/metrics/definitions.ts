/** Every metric: its kind, labels, unit and help. Instruments and docs/metrics.md follow from this one declaration. */

export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** A metric as it is written down here. `L` are the names of its labels. */
export interface Definition<K extends MetricKind = MetricKind, L extends string = string> {
  readonly kind: K;
  /** Name without the prefix. */
  readonly name: string;
  /** The quantity, with its unit in parentheses at the end. */
  readonly help: string;
  /** Labels and what they hold. */
  readonly labels: Readonly<Record<L, string>>;
  /** Upper bounds of a histogram. */
  readonly buckets?: readonly number[];
}

/** Before every name of ours; those of the process (`process_`, `nodejs_`) have the names all programs give them. */
export const PREFIX = 'sigma_sync_';

function define<K extends MetricKind>(kind: K) {
  return <const L extends string = never>(
    name: string,
    help: string,
    labels: Readonly<Record<L, string>> = {} as Readonly<Record<L, string>>,
    buckets?: readonly number[],
  ): Definition<K, L> => ({ kind, name, help, labels, ...(buckets === undefined ? {} : { buckets }) });
}

const counter = define('counter');
const gauge = define('gauge');
const histogram = define('histogram');

const STATUS = 'Status of the answer, or `none` without an answer';
const SCHEDULE = 'Schedule of the run; empty without one';
const COMMAND = '`sync`, `backfill` or `export`';
/** Only where there are several organizations. Then labels of detail are left out, see `detail`. */
const organization = { organization: 'Organization, if there are several' };
const stream = { ...organization, stream: 'Stream' };
const exported = { ...organization, export: 'Export' };

/**
 * Labels that metrics of several organizations leave out, so that a thousand of them have tens of series each and not
 * thousands.
 */
export const DETAIL: ReadonlySet<string> = new Set([
  'stream',
  'export',
  'endpoint',
  'method',
  'schedule',
  'lane',
  'kind',
]);

/** Metrics of this process, from its events. */
export const PROCESS_METRICS = {
  build: gauge('build_info', 'Version of sigma-sync and of Node; always 1.', {
    version: 'Version of sigma-sync',
    node: 'Version of Node',
  }),
  requests: counter('requests_total', 'Attempts of requests to Sigma (count).', {
    ...organization,
    endpoint: 'Declared path, ids as `{id}`; `other` for undeclared paths',
    method: 'GET or POST',
    status: STATUS,
  }),
  requestSeconds: histogram(
    'request_duration_seconds',
    'Time from a request to its answer, or to the headers of a download (seconds).',
    { area: 'Area of the endpoint: `workbooks`, `grants`, `token`, `export`, `download`, …' },
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  ),
  retries: counter('retries_total', 'Failed attempts that were retried (count).', {
    ...organization,
    status: STATUS,
  }),
  throttled: counter(
    'throttled_seconds_total',
    'Time that requests waited because of a 429, summed over requests (seconds).',
    { ...organization, lane: '`api`, `exports`, `downloads` or `token`' },
  ),
  queue: gauge('requests_waiting', 'Requests waiting to be sent (count).', {
    lane: '`api`, `exports`, `downloads` or `token`',
  }),
  tokens: counter(
    'token_refreshes_total',
    'Access tokens received, including the first of each run (count).',
    organization,
  ),
  rows: counter('rows_total', 'Rows of streams that were written or found unchanged (count).', {
    ...stream,
    operation: '`insert`, `update`, `delete` or `unchanged`',
  }),
  entries: counter('entries_read_total', 'Entries listed by Sigma (count).', stream),
  rejected: counter(
    'entries_rejected_total',
    'Entries left out because they lack a key field (count).',
    stream,
  ),
  partitionFailures: counter('partitions_failed_total', 'Partitions that failed (count).', stream),
  drift: counter('drift_total', 'Fields of an unexpected type, once per field and read (count).', stream),
  guard: counter(
    'deletion_guard_total',
    'Times that the deletion guard prevented deletions (count).',
    stream,
  ),
  exportRows: counter('export_rows_total', 'Export rows loaded (count).', exported),
  exportBytes: counter('export_bytes_total', 'Export data loaded (bytes).', exported),
  exportRejected: counter('export_rejected_total', 'Export rows that could not be stored (count).', exported),
  exportDrift: counter('export_drift_total', 'Changes to the columns of exports (count).', exported),
  runs: counter('runs_total', 'Finished runs (count).', {
    ...organization,
    command: COMMAND,
    schedule: SCHEDULE,
    status: '`complete`, `partial`, `failed` or `interrupted`',
  }),
  runSeconds: histogram(
    'run_duration_seconds',
    'Duration of a run (seconds).',
    { ...organization, command: COMMAND },
    [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800],
  ),
  lastRun: gauge(
    'last_run_status',
    '1 for the status of the last run that ended in this process, otherwise 0.',
    {
      ...organization,
      command: COMMAND,
      schedule: SCHEDULE,
      status: '`complete`, `partial`, `failed` or `interrupted`',
    },
  ),
  running: gauge('run_in_progress', 'Runs in progress (count).', {
    ...organization,
    command: COMMAND,
    schedule: SCHEDULE,
  }),
  leader: gauge(
    'service_leader',
    '1 while this process runs the schedules, 0 while another one does.',
    organization,
  ),
  pages: counter('page_requests_total', 'Requests to the page and its endpoints (count).', {
    status: 'Status of the answer',
  }),
} as const;

/** Metrics from the database, read at each scrape. They are missing while it can't be reached. */
export const DATABASE_METRICS = {
  reachable: gauge('database_reachable', '1 if the database answered, otherwise 0.'),
  freshness: gauge(
    'stream_freshness_seconds',
    'Time since a sync last read the whole stream (seconds).',
    stream,
  ),
  freshnessTarget: gauge(
    'stream_freshness_target_seconds',
    'Age at which the stream is stale; missing for unreadable streams (seconds).',
    stream,
  ),
  streamRows: gauge('stream_rows', 'Rows of the table at the last measurement (count).', stream),
  partitionsFailed: gauge(
    'partitions_failed',
    'Failed partitions that the next run retries (count).',
    stream,
  ),
  exportFreshness: gauge(
    'export_freshness_seconds',
    'Time since the export was last loaded (seconds).',
    exported,
  ),
  exportTarget: gauge(
    'export_freshness_target_seconds',
    'Age at which the export is stale (seconds).',
    exported,
  ),
  watermark: gauge(
    'export_watermark_timestamp_seconds',
    'Time up to which an export with windows is loaded (seconds since 1970).',
    exported,
  ),
  scheduleSuccess: gauge(
    'schedule_last_success_timestamp_seconds',
    'Time of the last complete run of the schedule (seconds since 1970).',
    { ...organization, schedule: 'Schedule' },
  ),
  alerts: gauge('alerts_open', 'Open alerts (count).', {
    ...organization,
    kind: 'Kind of alert: `failure`, `staleness`, `deletion_guard`, `drift`, …',
  }),
} as const;

/** Metrics of several organizations from the database, read at each scrape: one series for each organization. */
export const FLEET_METRICS = {
  organizations: gauge('organizations', 'Organizations of the settings (count).'),
  organizationFreshness: gauge(
    'organization_freshness_seconds',
    'Age of the oldest of its streams and exports (seconds).',
    organization,
  ),
  organizationStale: gauge(
    'organization_stale',
    'Streams and exports that are older than their limit (count).',
    organization,
  ),
  organizationNeverRead: gauge(
    'organization_never_read',
    'Streams and exports that were never read as a whole (count).',
    organization,
  ),
  organizationFailing: gauge(
    'organization_failing',
    'Streams and exports whose last attempt failed (count).',
    organization,
  ),
  organizationSuccess: gauge(
    'organization_last_success_timestamp_seconds',
    'Time of the last complete sync (seconds since 1970).',
    organization,
  ),
  organizationFailed: gauge(
    'organization_last_run_failed',
    '1 if the last sync failed, otherwise 0.',
    organization,
  ),
  organizationSeconds: gauge(
    'organization_last_run_duration_seconds',
    'Duration of the last sync (seconds).',
    organization,
  ),
} as const;

/** Metrics of the queue that planners and workers share, read at each scrape of a planner. */
export const QUEUE_METRICS = {
  queueJobs: gauge('queue_jobs', 'Jobs in the queue (count).', {
    state:
      '`waiting` for a worker, `delayed` until later, `active`, or `failed` for good within the last 7 days',
  }),
  queueOldest: gauge(
    'queue_oldest_waiting_seconds',
    'Time that the oldest job waits for a worker (seconds).',
  ),
  queueProcesses: gauge('queue_processes', 'Processes that were heard from lately (count).', {
    kind: '`planner` or `worker`',
  }),
  queueLook: gauge(
    'queue_schedules_checked_seconds',
    'Time since a planner last looked for due schedules (seconds).',
  ),
} as const;

/** Metrics of a process of one organization. */
export const METRICS = { ...PROCESS_METRICS, ...DATABASE_METRICS } as const;

/** Metrics of any process. */
export const ALL_METRICS = { ...METRICS, ...FLEET_METRICS, ...QUEUE_METRICS } as const;
