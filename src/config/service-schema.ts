/** Settings of what runs unattended: schedules, page, freshness, retention, alerts, traces and log. */
import { LOG_FORMATS, LOG_LEVELS } from '../core/logging/log-words.ts';
import { z } from 'zod';
import {
  about,
  CRON,
  cron,
  openAddress,
  secret,
  secretFile,
  streamNames,
  text,
  timeZone,
  variable,
} from './about.ts';

const NAME = /^[a-z][a-z0-9_-]{0,39}$/;
const NAME_WANTED = 'a name of at most 40 lower-case letters, digits, dashes and underscores';

/** One schedule of `start`. */
export const schedule = z.strictObject({
  name: about(z.string().trim().regex(NAME), {
    description: 'Name of the schedule, as the log and the page call it.',
    'x-wanted': NAME_WANTED,
    examples: ['nightly'],
  }),
  cron: about(cron, {
    description: 'When it runs, as a cron expression.',
    ...CRON,
  }),
  time_zone: timeZone('Time zone of the cron expression.'),
  streams: streamNames(
    'Streams to sync, their parents included; the word slow stands for those that change without a signal. Without it, those that `sync` runs.',
    'grants',
  ),
  exclude: streamNames(
    'Streams to leave out, as those that have a schedule of their own; slow stands for all slow ones.',
    'slow',
  ),
  full: about(z.boolean().default(false), { description: 'Read everything again, changed or not.' }),
  exports: about(z.boolean().default(true), {
    description: 'Then run the exports that have no schedule of their own; only where streams is not set.',
  }),
});

export const service = z.strictObject({
  host: about(text.default('127.0.0.1'), {
    description: 'Address that the page listens on. Beyond loopback it needs a password or token.',
    'x-env': 'SIGMA_SYNC_HOST',
  }),
  port: about(z.int().min(0).max(65_535).default(8080), {
    description: 'Port of the page, of /healthz, /readyz and /metrics; 0 takes any that is free.',
    'x-env': 'SIGMA_SYNC_PORT',
  }),
  password: secret(
    'SIGMA_SYNC_PASSWORD',
    'Password of the page, of at least 12 characters; the user is sigma-sync.',
  ),
  password_file: secretFile('SIGMA_SYNC_PASSWORD', 'the password', 'password'),
  viewer_password: secret(
    'SIGMA_SYNC_VIEWER_PASSWORD',
    'Password of those who may look and not act, of at least 12 characters; the user is viewer.',
  ),
  viewer_password_file: secretFile('SIGMA_SYNC_VIEWER_PASSWORD', 'that password', 'viewer_password'),
  token: secret(
    'SIGMA_SYNC_TOKEN',
    'Bearer token for programs, such as Prometheus, of at least 16 characters; it may read, not act.',
  ),
  token_file: secretFile('SIGMA_SYNC_TOKEN', 'the token', 'token'),
  public_url: about(openAddress.optional(), {
    description: 'Address under which people reach the page, for links in alerts; its host is accepted, too.',
    'x-wanted': 'an address without a password, such as https://sigma-sync.example.com',
    examples: ['https://sigma-sync.example.com'],
  }),
  read_only: about(z.boolean().default(false), {
    description: 'The page shows, but can neither run nor cancel anything.',
  }),
  jitter_seconds: about(z.number().min(0).max(3600).default(60), {
    description:
      'Every turn of a schedule is delayed by up to so many seconds, so that not all the world asks at once.',
  }),
  spread_minutes: about(z.number().min(0).max(1440).optional(), {
    description:
      'Of several organizations, each has its turns later by its own share of so many minutes, and of half the time between two turns at most. Without it, 60; 0 = all at once.',
    examples: [60],
  }),
  organizations_at_once: about(z.int().min(1).max(64).default(4), {
    description: 'Of several organizations, how many are synced at the same time by `start`.',
  }),
});

export const freshness = z.strictObject({
  hours: about(z.number().min(0.1).max(8760).default(36), {
    description: 'A stream whose last success is longer ago than this is stale.',
  }),
  hours_by_stream: about(z.record(z.string(), z.number().min(0.1).max(8760)).default({}), {
    description: 'The same for single streams, and for exports by their names.',
    'x-wanted': 'a number of hours from 0.1 to 8760 for each stream or export it names',
    examples: [{ grants: 6 }],
  }),
  certificate_days: about(z.int().min(0).max(3650).default(30), {
    description:
      'Days before an active certificate of SAML runs out from which on it is told as an alert; with 0, once it ran out.',
  }),
});

export const retention = z.strictObject({
  run_days: about(z.int().min(7).max(36_500).default(400), {
    description: 'Days that finished runs, their errors and settled alerts are kept.',
  }),
  detail_days: about(z.int().min(7).max(36_500).default(90), {
    description: 'Days that what a run did to each stream that it did not change is kept.',
  }),
});

export const ALERT_EVENTS = [
  'failure',
  'staleness',
  'deletion_guard',
  'drift',
  'expiry',
  'recovery',
] as const;

export const alert = z.strictObject({
  name: about(z.string().trim().regex(NAME), {
    description: 'Name of the receiver.',
    'x-wanted': NAME_WANTED,
    examples: ['ops'],
  }),
  kind: about(z.enum(['webhook', 'slack', 'email', 'command']), {
    description:
      'webhook posts JSON, slack posts what Slack and its likes show, email sends mail, command runs a program.',
    examples: ['slack'],
  }),
  on: about(
    z
      .array(z.enum(ALERT_EVENTS))
      .min(1)
      .default([...ALERT_EVENTS]),
    {
      description: 'What it is told.',
      'x-wanted': `a list of ${ALERT_EVENTS.join(', ')}`,
    },
  ),
  url: about(text.optional(), {
    description:
      'Where webhook and slack post to; for email the mail server: smtps://user:password@host:465.',
    'x-secret': true,
    examples: [variable('ALERT_URL')],
  }),
  url_file: about(text.optional(), {
    description: 'File that holds the url. Instead of url.',
    examples: ['/run/secrets/alert_url'],
  }),
  from: about(text.optional(), {
    description: 'Sender of an email.',
    examples: ['sigma-sync@example.com'],
  }),
  to: about(z.array(text).default([]), {
    description: 'Receivers of an email.',
    'x-wanted': 'a list of e-mail addresses',
    examples: [['data@example.com']],
  }),
  command: about(z.array(text).default([]), {
    description:
      'Program and its arguments; it gets the alert as JSON on its standard input, and runs without a shell.',
    'x-wanted': 'a list of a program and its arguments',
    examples: [['/usr/local/bin/page', '--team', 'data']],
  }),
  repeat_hours: about(z.number().min(0).max(8760).default(24), {
    description: 'What still lasts is told again after so many hours; 0 tells it once.',
  }),
});

export const telemetry = z.strictObject({
  traces_endpoint: about(openAddress.optional(), {
    description:
      'Where OpenTelemetry traces go by OTLP over HTTP; headers come from OTEL_EXPORTER_OTLP_HEADERS. Without it there are none.',
    'x-env': 'OTEL_EXPORTER_OTLP_ENDPOINT',
    'x-wanted': 'an address without a password, such as http://localhost:4318',
    examples: ['http://localhost:4318'],
  }),
});

export const log = z.strictObject({
  level: about(z.enum(LOG_LEVELS).default('info'), {
    description: 'Least severe level that is logged.',
    'x-env': 'SIGMA_SYNC_LOG_LEVEL',
  }),
  format: about(z.enum(LOG_FORMATS).default('text'), {
    description: 'Log lines for people (text) or for machines (json); both go to standard error.',
    'x-env': 'SIGMA_SYNC_LOG_FORMAT',
  }),
  file: about(text.optional(), {
    description: 'File that is written, too, always as JSON; it is rotated by size.',
    'x-env': 'SIGMA_SYNC_LOG_FILE',
    examples: ['/var/log/sigma-sync/sigma-sync.log'],
  }),
  max_megabytes: about(z.number().min(0.1).max(10_000).default(20), {
    description: 'Size at which the file is rotated.',
  }),
  max_files: about(z.int().min(1).max(1000).default(5), {
    description: 'Rotated files that are kept, the current one included.',
  }),
});
