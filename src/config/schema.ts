/**
 * Every setting: its kind, limits, default, environment variable and help. The types, the JSON Schema, the example
 * file and the table in docs/configuration.md follow from this one declaration.
 */
import { z } from 'zod';
import { about, secret, secretFile, streamNames, text, variable } from './about.ts';
import { analytics } from './analytics-schema.ts';
import type { CamelKeys } from './camel-keys.ts';
import { exportEntry } from './exports-schema.ts';
import { organization } from './organization-schema.ts';
import { REGION_NAMES } from './regions.ts';
import { alert, freshness, log, retention, schedule, service, telemetry } from './service-schema.ts';

/** Names of target schemas: short enough that `<name>_sync` and the names of indexes fit into Postgres's 63 bytes. */
const SCHEMA_NAME = /^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,39}$/;

const SCHEMA_WANTED =
  'a name of at most 40 lower-case letters, digits and underscores that begins neither with a digit nor with pg_';

const sigma = z.strictObject({
  region: about(z.enum(REGION_NAMES).optional(), {
    description: 'Cloud region of the organization. Set region or base_url, not both.',
    'x-env': 'SIGMA_REGION',
    examples: ['aws-us-west'],
  }),
  base_url: about(text.optional(), {
    description:
      'Base URL of the API, instead of a region. Sigma shows it under Administration > Developer Access. It may end with a slash or /v2.',
    'x-env': 'SIGMA_BASE_URL',
    examples: ['https://aws-api.sigmacomputing.com'],
  }),
  client_id: about(text.optional(), {
    description: 'Client id of the API credentials, from Administration > Developer Access.',
    'x-env': 'SIGMA_CLIENT_ID',
    examples: [variable('SIGMA_CLIENT_ID')],
  }),
  client_id_file: secretFile('SIGMA_CLIENT_ID', 'the client id', 'client_id'),
  client_secret: secret(
    'SIGMA_CLIENT_SECRET',
    'Client secret of the API credentials. Keep it in the environment or in a file of its own.',
  ),
  client_secret_file: secretFile(
    'SIGMA_CLIENT_SECRET',
    'the client secret, such as a mounted container secret',
    'client_secret',
  ),
  allow_http: about(z.boolean().default(false), {
    description: 'Accept an http:// base URL of another machine. The credentials then travel unencrypted.',
  }),
  concurrency: about(z.int().min(1).max(64).default(8), { description: 'Requests to Sigma at once.' }),
  requests_per_minute: about(z.int().min(1).max(100_000).optional(), {
    description: 'Most requests a minute. Without it, concurrency and the answers of the API set the pace.',
    examples: [600],
  }),
  page_size: about(z.int().min(1).max(1000).default(1000), {
    description: 'Entries per page of a listing. The API returns at most 1000.',
  }),
  max_pages: about(z.int().min(1).max(10_000_000).default(20_000), {
    description: 'Most pages of one listing. A longer listing fails and none of it is loaded.',
  }),
  max_answer_megabytes: about(z.number().min(0.1).max(512).default(8), {
    description:
      'Most megabytes of one answer, before and after decompression; export downloads have no such limit. A larger page is requested again with fewer entries. An answer can take ten times its size in memory.',
  }),
  timeout_seconds: about(z.number().min(1).max(3600).default(60), {
    description:
      'Time limit of one attempt, answer included. A download fails after this long without data, or below a kilobyte a second.',
  }),
  max_attempts: about(z.int().min(1).max(20).default(7), {
    description: 'Attempts per request, including the first, before it fails.',
  }),
});

const database = z.strictObject({
  url: secret(
    'DATABASE_URL',
    'Postgres to load into. Without it, sigma-sync uses an embedded database in directory.',
  ),
  url_file: secretFile('DATABASE_URL', 'the Postgres URL', 'url'),
  directory: about(text.default('./.sigma-sync'), {
    description: 'Folder of the embedded database, relative to the working directory. Created if missing.',
    'x-env': 'SIGMA_SYNC_DIRECTORY',
  }),
  connections: about(z.int().min(2).max(1000).optional(), {
    description:
      'Most connections to Postgres at once. Without it, 9 or exports_concurrency plus 5, whichever is more; start takes 8 more. Fewer also work if the server grants no more.',
    'x-env': 'SIGMA_SYNC_DATABASE_CONNECTIONS',
    examples: [4],
  }),
  schema: about(z.string().regex(SCHEMA_NAME).default('sigma'), {
    description: 'Schema of the tables. Runs and cursors go to the schema of this name plus _sync.',
    'x-env': 'SIGMA_SYNC_SCHEMA',
    'x-wanted': SCHEMA_WANTED,
  }),
  exports_schema: about(z.string().regex(SCHEMA_NAME).default('sigma_data'), {
    description: 'Schema of the tables with exported element data.',
    'x-env': 'SIGMA_SYNC_EXPORTS_SCHEMA',
    'x-wanted': SCHEMA_WANTED,
  }),
});

const sync = z.strictObject({
  streams: about(z.array(text).min(1).optional(), {
    description: 'Streams to sync, with their parents. Without it, all of them.',
    'x-wanted': 'a list of stream names',
    examples: [['members', 'workbooks']],
  }),
  exclude: streamNames('Streams to leave out.', 'workbook_lineage'),
  opt_in: streamNames(
    'Streams to add: allowed_ips, column_security_rules and tenants are skipped unless named here.',
    'allowed_ips',
  ),
  backfill_requests_per_minute: about(z.int().min(1).max(100_000).default(600), {
    description: 'Most requests a minute of a backfill. Backfills run beside the syncs.',
  }),
  refresh_days: about(z.number().min(0).max(366).default(7), {
    description:
      'Days within which data that changes without a signal is read again, an even share per run: schedules, tags, bookmarks, embeds, materializations, favourites, recents of members not seen lately. 0 reads all of it in every run.',
  }),
  refresh_days_by_stream: about(z.record(z.string(), z.number().min(0).max(366)).default({}), {
    description: 'refresh_days of single streams.',
    'x-wanted': 'a number of days from 0 to 366 for each stream it names',
    examples: [{ workbook_schedules: 1 }],
  }),
  deletion_guard: z
    .strictObject({
      percent: about(z.number().min(0).max(100).default(20), {
        description:
          'Mark no deletions if more than this percent of a table and more than deletion_guard.rows vanished at once. 100 always marks them.',
      }),
      rows: about(z.int().min(0).default(25), {
        description:
          'Number of rows that must vanish at once, with deletion_guard.percent, before no deletions are marked: lost permissions look the same. A loss of up to 25 rows also counts if it is more than 3 rows and more than 60 percent of the table.',
      }),
    })
    .prefault({}),
  resume_within_hours: about(z.number().min(0).max(8760).default(6), {
    description:
      'Hours after its start within which the next run resumes an interrupted run; 0 always starts over. Keep it below the interval between runs, or the next run takes old data for fresh.',
  }),
  exports_per_minute: about(z.int().min(1).max(10_000).default(100), {
    description:
      'Most exports of element data started per minute. The API documents 100; its newer pages say 400.',
  }),
  exports_concurrency: about(z.int().min(1).max(16).default(4), {
    description: 'Exports loaded at once.',
  }),
  exports_ahead: about(z.int().min(1).max(16).default(4), {
    description: 'Windows of one export that Sigma prepares at once.',
  }),
});

const history = z.strictObject({
  exclude: streamNames(
    'Streams to leave out of the change log. Their tables have no earlier versions to query.',
    'workbook_columns',
  ),
  retention_months: about(z.int().min(1).max(1200).default(25), {
    description: 'Whole months of the change log to keep. A sync drops older ones when it starts.',
  }),
});

const privacy = z.strictObject({
  key: secret(
    'SIGMA_SYNC_PRIVACY_KEY',
    'Key of the hashes, at least 16 characters. Keep it in the environment or in a file of its own. After a new key, everything hashed is read again.',
  ),
  key_file: secretFile('SIGMA_SYNC_PRIVACY_KEY', 'the key', 'key'),
  columns: about(z.record(z.string(), z.enum(['hash', 'drop'])).default({}), {
    description:
      'Columns to hash or drop, as stream.column, or stream._raw.field.field for a field without a column. docs/privacy.md has examples.',
    'x-wanted': 'hash or drop for each column it names',
    examples: [{ 'members.email': 'hash', 'members.first_name': 'drop' }],
  }),
});

/** Default schedule of `start`. */
const NIGHTLY = { name: 'nightly', cron: '15 2 * * *' };

/** The settings file, keys in snake_case. */
export const configSchema = z.strictObject({
  sigma: sigma.prefault({}).describe('The Sigma organization and its API.'),
  database: database.prefault({}).describe('The Postgres database to load into.'),
  sync: sync.prefault({}).describe('Streams to sync, and limits for syncs.'),
  history: history.prefault({}).describe('The change log.'),
  privacy: privacy.prefault({}).describe('Columns to hash or leave out.'),
  analytics: analytics.prefault({}).describe('The analytics models.'),
  exports: about(z.array(exportEntry).default([]), {
    description:
      'Workbook elements to load into tables: a list, one entry per element, each starting with a dash.',
    'x-wanted': 'a list of exports',
  }),
  schedules: about(z.array(schedule).prefault([NIGHTLY]), {
    description:
      'Schedules of `start`: a list, one entry each, starting with a dash. Without it, one nightly sync at 02:15 UTC. Exports with a schedule of their own follow that.',
    'x-wanted': 'a list of schedules',
  }),
  service: service.prefault({}).describe('The process that `start` runs, and its page.'),
  freshness: freshness.prefault({}).describe('Limits for the age of data.'),
  retention: retention.prefault({}).describe('Time to keep the records of runs.'),
  alerts: about(z.array(alert).default([]), {
    description: 'Receivers of alerts: a list, one entry each, starting with a dash.',
    'x-wanted': 'a list of receivers',
  }),
  telemetry: telemetry.prefault({}).describe('Traces.'),
  log: log.prefault({}).describe('Log lines, on standard error and in a file.'),
  organizations: about(z.array(organization).min(1).optional(), {
    description:
      'Several organizations in one database: a list, one entry each, starting with a dash. Each has its own schemas (docs/fleet.md). Without it, the settings above describe the only organization.',
    'x-wanted': 'a list of organizations, at least one',
  }),
  organizations_folder: about(text.optional(), {
    description:
      'Folder with one file per organization instead of the list, relative to the working directory. The file name without .yaml is the name of the organization. The file holds the groups of an entry.',
    examples: ['config/organizations'],
  }),
});

/** Settings as the file has them, validated and with defaults. */
export type Settings = z.output<typeof configSchema>;

/** Settings that list the other organizations. */
type Fleet = Pick<Settings, 'organizations' | 'organizations_folder'>;

/** Settings of which one source may set only one; a later source's choice replaces an earlier one's. */
export const ALTERNATIVES = [
  ['sigma.region', 'sigma.base_url'],
  ['sigma.client_id', 'sigma.client_id_file'],
  ['sigma.client_secret', 'sigma.client_secret_file'],
  ['database.url', 'database.url_file'],
  ['privacy.key', 'privacy.key_file'],
  ['service.password', 'service.password_file'],
  ['service.viewer_password', 'service.viewer_password_file'],
  ['service.token', 'service.token_file'],
] as const;

/** One export as it was configured; tokens that stood in files are read. */
export type ExportConfig = CamelKeys<Omit<Settings['exports'][number], 'oauth_overrides' | 'parameters'>> & {
  readonly parameters: Readonly<Record<string, string>>;
  readonly oauthOverrides: readonly { readonly connection: string; readonly token: string }[];
};

/** One receiver of alerts as it was configured; what stood in files is read. */
export type AlertConfig = CamelKeys<Omit<Settings['alerts'][number], 'url_file'>>;

/**
 * The loaded configuration: every secret file read, every URL checked, defaults filled in.
 * `sigma.baseUrl` is the normalized origin whether the region or the URL was set; `database.directory` is absolute.
 */
export type Config = CamelKeys<
  Omit<Settings, 'sigma' | 'database' | 'privacy' | 'exports' | 'service' | 'alerts' | keyof Fleet>
> & {
  readonly sigma: CamelKeys<Omit<Settings['sigma'], 'client_id_file' | 'client_secret_file'>>;
  readonly database: CamelKeys<Omit<Settings['database'], 'url_file'>>;
  readonly privacy: CamelKeys<Omit<Settings['privacy'], 'key_file'>>;
  readonly exports: readonly ExportConfig[];
  readonly service: CamelKeys<
    Omit<Settings['service'], 'password_file' | 'viewer_password_file' | 'token_file'>
  >;
  readonly alerts: readonly AlertConfig[];
  /** Absolute paths of the files that secrets came from, which are read again when these are rotated. */
  readonly secretFiles: {
    readonly clientId?: string | undefined;
    readonly clientSecret?: string | undefined;
    readonly databaseUrl?: string | undefined;
  };
  /** The settings or variables that the credentials come from, in words. */
  readonly credentialsFrom?: string | undefined;
  /** The settings file that was read, as it was named; undefined where there is none. */
  readonly file: string | undefined;
};
