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
    description: 'Cloud region of the organization. Set this or base_url.',
    'x-env': 'SIGMA_REGION',
    examples: ['aws-us-west'],
  }),
  base_url: about(text.optional(), {
    description:
      'Base URL of the API instead of a region; a trailing slash or /v2 does no harm. Sigma shows it under Administration > Developer Access.',
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
    'Client secret of the API credentials. Better in the environment or in a file than here.',
  ),
  client_secret_file: secretFile(
    'SIGMA_CLIENT_SECRET',
    'the client secret, as container secrets are mounted',
    'client_secret',
  ),
  allow_http: about(z.boolean().default(false), {
    description: 'Accept an http:// base URL of another machine; the credentials then travel unencrypted.',
  }),
  concurrency: about(z.int().min(1).max(64).default(8), { description: 'Requests under way at once.' }),
  requests_per_minute: about(z.int().min(1).max(100_000).optional(), {
    description:
      'Most requests a minute. Without it only concurrency and the answers of the API set the pace.',
    examples: [600],
  }),
  page_size: about(z.int().min(1).max(1000).default(1000), {
    description: 'Entries per page of a listing; the API gives at most 1000.',
  }),
  max_pages: about(z.int().min(1).max(10_000_000).default(20_000), {
    description: 'Most pages of one listing; one that goes on is given up, and nothing of it counts.',
  }),
  max_answer_megabytes: about(z.number().min(0.1).max(512).default(8), {
    description:
      'Most megabytes of one answer, also once it is decompressed, downloads of exports aside. A page that has more is asked for with fewer entries. One that large may need its memory ten times.',
  }),
  timeout_seconds: about(z.number().min(1).max(3600).default(60), {
    description:
      'Seconds after which one attempt of a request is given up, its answer included. A download is given up where it brings nothing for so long, or less than a kilobyte a second.',
  }),
  max_attempts: about(z.int().min(1).max(20).default(7), {
    description: 'Attempts per request, the first included, before it counts as failed.',
  }),
});

const database = z.strictObject({
  url: secret('DATABASE_URL', 'Postgres to load into. Without it an embedded database in directory is used.'),
  url_file: secretFile('DATABASE_URL', 'the Postgres URL', 'url'),
  directory: about(text.default('./.sigma-sync'), {
    description: 'Folder of the embedded database, relative to the working directory; made where missing.',
    'x-env': 'SIGMA_SYNC_DIRECTORY',
  }),
  connections: about(z.int().min(2).max(1000).optional(), {
    description:
      'Most connections to Postgres at once. Without it 9, or 5 more than exports_concurrency where that is more, and 8 more for start; where the server gives fewer, those do.',
    'x-env': 'SIGMA_SYNC_DATABASE_CONNECTIONS',
    examples: [4],
  }),
  schema: about(z.string().regex(SCHEMA_NAME).default('sigma'), {
    description:
      'Schema of the tables. Runs and cursors go to the schema of this name with _sync at its end.',
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
    description: 'Streams to sync, their parents included. Without it all of them.',
    'x-wanted': 'a list of stream names',
    examples: [['members', 'workbooks']],
  }),
  exclude: streamNames('Streams to leave out.', 'workbook_lineage'),
  opt_in: streamNames(
    'Streams that are left out unless they are named here: allowed_ips and tenants.',
    'allowed_ips',
  ),
  backfill_requests_per_minute: about(z.int().min(1).max(100_000).default(600), {
    description: 'Most requests a minute of a backfill, which runs beside the syncs.',
  }),
  refresh_days: about(z.number().min(0).max(366).default(7), {
    description:
      'What changes without a signal (schedules, tags, bookmarks, embeds, materializations, favourites, recents of members who were not seen lately) is read again within so many days, an even share in every run; 0 reads all of it in every run.',
  }),
  refresh_days_by_stream: about(z.record(z.string(), z.number().min(0).max(366)).default({}), {
    description: 'The same for single streams.',
    'x-wanted': 'a number of days from 0 to 366 for each stream it names',
    examples: [{ workbook_schedules: 1 }],
  }),
  deletion_guard: z
    .strictObject({
      percent: about(z.number().min(0).max(100).default(20), {
        description:
          'No deletions are marked where more than this percent of a table vanished at once (100: always) …',
      }),
      rows: about(z.int().min(0).default(25), {
        description:
          '… and more than this number of rows: lost permissions look the same. Of up to 25 rows, more than 3 and more than 60 percent of their table are too many, too.',
      }),
    })
    .prefault({}),
  resume_within_hours: about(z.number().min(0).max(8760).default(6), {
    description:
      'A run that was cut off is continued by the next one within so many hours of its start; 0 always begins anew. Less than the time between two runs, or the second would take what the first one read for fresh.',
  }),
  exports_per_minute: about(z.int().min(1).max(10_000).default(100), {
    description:
      'Most exports of element data that are started in a minute. The API documents 100, its newer pages 400.',
  }),
  exports_concurrency: about(z.int().min(1).max(16).default(4), {
    description: 'Exports that are loaded at once.',
  }),
  exports_ahead: about(z.int().min(1).max(16).default(4), {
    description: 'Windows of one export that Sigma works on at once.',
  }),
});

const history = z.strictObject({
  exclude: streamNames(
    'Streams whose changes are not written down in the change log; their tables cannot be shown as of an earlier time.',
    'workbook_columns',
  ),
  retention_months: about(z.int().min(1).max(1200).default(25), {
    description:
      'Whole months of the change log that are kept; older ones are dropped at the start of a sync.',
  }),
});

const privacy = z.strictObject({
  key: secret(
    'SIGMA_SYNC_PRIVACY_KEY',
    'Key of the hashes, of at least 16 characters. Better in the environment or in a file than here; with another key everything that is hashed is read again.',
  ),
  key_file: secretFile('SIGMA_SYNC_PRIVACY_KEY', 'the key', 'key'),
  columns: about(z.record(z.string(), z.enum(['hash', 'drop'])).default({}), {
    description:
      'What is hashed or dropped, by stream.column, or by stream._raw.field.field for what is no column; docs/privacy.md has examples.',
    'x-wanted': 'hash or drop for each column it names',
    examples: [{ 'members.email': 'hash', 'members.first_name': 'drop' }],
  }),
});

/** Default schedule of `start`. */
const NIGHTLY = { name: 'nightly', cron: '15 2 * * *' };

/** The settings file, keys in snake_case. */
export const configSchema = z.strictObject({
  sigma: sigma.prefault({}).describe('The Sigma organization and how its API is called.'),
  database: database.prefault({}).describe('Where the data goes.'),
  sync: sync.prefault({}).describe('What is synced and how carefully.'),
  history: history.prefault({}).describe('The change log.'),
  privacy: privacy.prefault({}).describe('What is not stored as Sigma has it.'),
  analytics: analytics.prefault({}).describe('The schema of answers.'),
  exports: about(z.array(exportEntry).default([]), {
    description:
      'Elements of workbooks whose data is loaded into tables, as a list: one entry each, begun with a dash.',
    'x-wanted': 'a list of exports',
  }),
  schedules: about(z.array(schedule).prefault([NIGHTLY]), {
    description:
      'What `start` runs and when, as a list: one entry each, begun with a dash. Without it, one nightly sync at 02:15 UTC. Exports with a schedule run at theirs.',
    'x-wanted': 'a list of schedules',
  }),
  service: service.prefault({}).describe('The process of `start` and its page.'),
  freshness: freshness.prefault({}).describe('How fresh everything shall be.'),
  retention: retention.prefault({}).describe('How long the records of runs are kept.'),
  alerts: about(z.array(alert).default([]), {
    description: 'Who is told when something matters, as a list: one entry each, begun with a dash.',
    'x-wanted': 'a list of receivers',
  }),
  telemetry: telemetry.prefault({}).describe('Traces.'),
  log: log.prefault({}).describe('What is logged, to standard error and to a file.'),
  organizations: about(z.array(organization).min(1).optional(), {
    description:
      'Several organizations in one database, as a list: one entry each, begun with a dash. Each has schemas of its own (docs/fleet.md). Without it, the settings above are those of the only one.',
    'x-wanted': 'a list of organizations, at least one',
  }),
  organizations_folder: about(text.optional(), {
    description:
      'Folder with a file for each organization instead of the list, relative to the working directory. Its name is that of the file without .yaml; in it stand the groups of an entry.',
    examples: ['config/organizations'],
  }),
});

/** Settings as the file has them, validated and with defaults. */
export type Settings = z.output<typeof configSchema>;

/** Where the settings of other organizations stand. */
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
  /** The settings file that was read, as it was named; undefined where there is none. */
  readonly file: string | undefined;
};
