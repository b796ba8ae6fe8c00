/** Settings of what runs unattended: schedules, page, freshness, retention, alerts, traces and log. */

import { z } from 'zod';
import { LOG_FORMATS, LOG_LEVELS } from '../core/logging/log-words.ts';
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
    description: 'Name of the schedule in the log and on the page.',
    'x-wanted': NAME_WANTED,
    examples: ['nightly'],
  }),
  cron: about(cron, {
    description: 'Times to run, as a cron expression.',
    ...CRON,
  }),
  time_zone: timeZone('Time zone of the cron expression.'),
  streams: streamNames(
    'Streams to sync, with their parents. The word slow stands for streams that change without a signal. Without it, the streams that `sync` runs.',
    'grants',
  ),
  exclude: streamNames(
    'Streams to leave out, such as those with a schedule of their own. The word slow stands for all slow streams.',
    'slow',
  ),
  full: about(z.boolean().default(false), { description: 'Read everything again, changed or not.' }),
  exports: about(z.boolean().default(true), {
    description:
      'After the sync, run exports without a schedule of their own. It applies only if streams is not set.',
  }),
});

export const service = z.strictObject({
  host: about(text.default('127.0.0.1'), {
    description: 'Address for the page to listen on. Beyond loopback, set a password or token.',
    'x-env': 'SIGMA_SYNC_HOST',
  }),
  port: about(z.int().min(0).max(65_535).default(8080), {
    description: 'Port of the page, /healthz, /readyz and /metrics. 0 takes any free port.',
    'x-env': 'SIGMA_SYNC_PORT',
  }),
  worker_port: about(z.int().min(0).max(65_535).optional(), {
    description:
      'Port of /healthz, /readyz and /metrics of `worker`. 0 takes any free port. Without it, a worker listens on none.',
    'x-env': 'SIGMA_SYNC_WORKER_PORT',
    examples: [8080],
  }),
  password: secret(
    'SIGMA_SYNC_PASSWORD',
    'Password of the page, at least 12 characters. The user name is sigma-sync.',
  ),
  password_file: secretFile('SIGMA_SYNC_PASSWORD', 'the password', 'password'),
  viewer_password: secret(
    'SIGMA_SYNC_VIEWER_PASSWORD',
    'Password for viewing only, at least 12 characters. The user name is viewer.',
  ),
  viewer_password_file: secretFile('SIGMA_SYNC_VIEWER_PASSWORD', 'the viewer password', 'viewer_password'),
  token: secret(
    'SIGMA_SYNC_TOKEN',
    'Bearer token for programs such as Prometheus, at least 16 characters. It can only read.',
  ),
  token_file: secretFile('SIGMA_SYNC_TOKEN', 'the token', 'token'),
  public_url: about(openAddress.optional(), {
    description: 'Public address of the page, for links in alerts. Requests to its host are accepted, too.',
    'x-wanted': 'an address without a password, such as https://sigma-sync.example.com',
    examples: ['https://sigma-sync.example.com'],
  }),
  read_only: about(z.boolean().default(false), {
    description: 'Make the page view-only: it can neither run nor cancel anything.',
  }),
  jitter_seconds: about(z.number().min(0).max(3600).default(60), {
    description:
      'Delay each scheduled run by up to this many seconds, so that installations do not all call Sigma at once.',
  }),
  spread_minutes: about(z.number().min(0).max(1440).optional(), {
    description:
      'Minutes over which `start` spreads the scheduled runs of several organizations, at most half the shortest interval between two runs. Without it, 60; 0 = all at once.',
    examples: [60],
  }),
  organizations_at_once: about(z.int().min(1).max(64).default(4), {
    description: 'Organizations that `start` syncs at once, of several.',
  }),
});

export const freshness = z.strictObject({
  hours: about(z.number().min(0.1).max(8760).default(36), {
    description: 'Hours after its last success at which a stream is stale.',
  }),
  hours_by_stream: about(z.record(z.string(), z.number().min(0.1).max(8760)).default({}), {
    description: 'freshness.hours of single streams, or of exports by name.',
    'x-wanted': 'a number of hours from 0.1 to 8760 for each stream or export it names',
    examples: [{ grants: 6 }],
  }),
  certificate_days: about(z.int().min(0).max(3650).default(30), {
    description:
      'Days before the expiry of an active SAML certificate at which an alert is sent. With 0, after it expired.',
  }),
});

export const retention = z.strictObject({
  run_days: about(z.int().min(7).max(36_500).default(400), {
    description: 'Days to keep finished runs, their errors and settled alerts.',
  }),
  detail_days: about(z.int().min(7).max(36_500).default(90), {
    description: 'Days to keep the details of a run about streams it did not change.',
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
      'webhook posts JSON, slack posts a message for Slack and compatible chats, email sends mail, command runs a program.',
    examples: ['slack'],
  }),
  on: about(
    z
      .array(z.enum(ALERT_EVENTS))
      .min(1)
      .default([...ALERT_EVENTS]),
    {
      description: 'Kinds of alerts to send.',
      'x-wanted': `a list of ${ALERT_EVENTS.join(', ')}`,
    },
  ),
  url: about(text.optional(), {
    description:
      'Address to post to, for webhook and slack. For email, the mail server: smtps://user:password@host:465.',
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
      'Program and its arguments. It runs without a shell and gets the alert as JSON on standard input.',
    'x-wanted': 'a list of a program and its arguments',
    examples: [['/usr/local/bin/page', '--team', 'data']],
  }),
  repeat_hours: about(z.number().min(0).max(8760).default(24), {
    description: 'Hours after which an alert that is still open is sent again. 0 sends it once.',
  }),
});

export const telemetry = z.strictObject({
  traces_endpoint: about(openAddress.optional(), {
    description:
      'Collector of OpenTelemetry traces, by OTLP over HTTP. Headers come from OTEL_EXPORTER_OTLP_HEADERS. Without it, no traces are sent.',
    'x-env': 'OTEL_EXPORTER_OTLP_ENDPOINT',
    'x-wanted': 'an address without a password, such as http://localhost:4318',
    examples: ['http://localhost:4318'],
  }),
});

export const log = z.strictObject({
  level: about(z.enum(LOG_LEVELS).default('info'), {
    description: 'Least severe level to log.',
    'x-env': 'SIGMA_SYNC_LOG_LEVEL',
  }),
  format: about(z.enum(LOG_FORMATS).default('text'), {
    description: 'Log lines for people (text) or machines (json). Both go to standard error.',
    'x-env': 'SIGMA_SYNC_LOG_FORMAT',
  }),
  file: about(text.optional(), {
    description: 'File to log to as well, always as JSON. It is rotated by size.',
    'x-env': 'SIGMA_SYNC_LOG_FILE',
    examples: ['/var/log/sigma-sync/sigma-sync.log'],
  }),
  max_megabytes: about(z.number().min(0.1).max(10_000).default(20), {
    description: 'Size at which to rotate the file.',
  }),
  max_files: about(z.int().min(1).max(1000).default(5), {
    description: 'Log files to keep, including the current one.',
  }),
});
