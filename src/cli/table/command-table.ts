/** All commands in the order of the help: how each is called, and the file that runs it, loaded when it is called. */
import type { FORMATS } from '../../analytics/report/digest-formats.ts';
import { DEFAULT_FILE } from '../../config/default-file.ts';
import { wholeNumber } from '../options/parsers.ts';
import {
  argument,
  type Commands,
  choice,
  directory,
  examples,
  json,
  number,
  option,
  time,
} from './declare.ts';
import { exportsGroup } from './exports-commands.ts';
import { simulatorCommands } from './simulator-commands.ts';
import { upkeepCommands } from './upkeep-commands.ts';

// Named again, because what makes them is not loaded for the help; the compiler knows whether these are all.
const REPORT_FORMATS: Readonly<Record<keyof typeof FORMATS, true>> = { md: true, html: true, json: true };

/** Every command, and the groups with theirs. */
export const COMMANDS: Commands = [
  {
    name: 'init',
    summary: 'write a commented settings file',
    arguments: [argument('[file]', 'path of the file', DEFAULT_FILE)],
    options: [
      option('--short', 'only the settings that a nightly sync needs'),
      option('--force', 'replace an existing file'),
    ],
    help: examples('init', 'init --short'),
    opensDatabase: false,
    load: () => import('../commands/setup/init.ts'),
  },
  {
    name: 'check',
    summary: 'test credentials, clock, API, permissions and database, and suggest a fix for each failure',
    arguments: [argument('[what]', 'access: compare the stored access of some members with Sigma')],
    options: [
      number('--members <n>', 'members to compare in "check access"', [1, 100_000], 5),
      json('print the report as JSON'),
    ],
    help: examples('check', 'check access --members 20'),
    load: () => import('../commands/setup/check.ts'),
  },
  {
    name: 'probe',
    summary: 'compare the API of this organization with the known one; shows no data',
    options: [json('print the table as JSON')],
    help: `${examples('probe', 'probe --json >probe.json      attach it to a bug report')}
It reads a few pages of every endpoint. Its output has field names, types and counts only.
`,
    opensDatabase: false,
    load: () => import('../commands/setup/probe.ts'),
  },
  {
    name: 'streams',
    summary: 'list the streams, or show one: key, parent, paging, cursor, columns',
    arguments: [argument('[stream]', 'name of a stream (default: a list of all)')],
    options: [json('print it as JSON, with all of this')],
    help: examples('streams', 'streams workbook_lineage'),
    opensDatabase: false,
    load: () => import('../commands/inspect/streams.ts'),
  },
  {
    name: 'migrate',
    summary: 'create or update the tables (sync does this too)',
    help: examples('migrate'),
    load: () => import('../commands/setup/migrate.ts'),
  },
  {
    name: 'sync',
    summary: 'sync streams, then run the exports that are due',
    arguments: [argument('[stream...]', 'streams to sync, with their parents (default: all)')],
    options: [
      option('--full', 'read everything again, changed or not'),
      option('--no-resume', 'start over, and resume no sync that was cut off'),
      option('--dry-run', 'show the planned requests, and sync nothing'),
      option('--accept-deletions', 'mark rows as deleted even if the deletion guard objects'),
      number('--at-once <n>', 'organizations to sync at once, of several', [1, 64], 1),
      json('print the report as JSON'),
    ],
    help: examples(
      'sync                         everything that changed, and the exports that are due',
      'sync workbook_elements       one stream and its parents',
      'sync --full                  reads everything again, changed or not',
      'sync --json 2>sync.log       the report as JSON, the log in a file',
    ),
    load: () => import('../commands/run/sync.ts'),
  },
  {
    name: 'backfill',
    summary: 'read everything again at its own rate, beside the syncs',
    arguments: [argument('[stream...]', 'streams to read, with their parents (default: all)')],
    options: [
      option('--resume', 'resume the last backfill that did not complete, for these streams'),
      number('--requests-per-minute <n>', 'maximum requests per minute', [1, 100_000]),
      json('print the report as JSON'),
    ],
    help: `${examples(
      'backfill                                everything once more, beside the nightly sync',
      'backfill workbook_lineage               one stream and its parents',
      'backfill --requests-per-minute 120      slower than sync.backfill_requests_per_minute',
      'backfill --resume                       resumes where the last one stopped',
    )}
A sync and a backfill at the same time read nothing twice. Each waits for the other at a stream:
the sync for some seconds, the backfill until the sync has read the stream.
`,
    load: () => import('../commands/run/backfill.ts'),
  },
  exportsGroup,
  {
    name: 'emit',
    summary:
      'sync, then send what changed to another tool: a Singer target, Airbyte, or a folder of JSON Lines',
    arguments: [argument('[stream...]', 'streams to send, exports as export_NAME (default: all)')],
    options: [
      choice('--format <format>', 'singer or airbyte (to standard output), or jsonl (a folder)', [
        'singer',
        'airbyte',
        'jsonl',
      ]).default('singer'),
      option(
        '--state <file>',
        'state of the destination: the last line that a Singer target printed; jsonl writes the file itself',
      ),
      option('--catalog <file>', 'a catalog of Singer or Airbyte that selects streams'),
      option('--output <folder>', 'new folder for jsonl: one file per stream and a manifest'),
      option('--discover', 'print the catalog, and send nothing'),
      option('--no-sync', 'send what is in the database, without a sync'),
    ],
    help: `${examples(
      'emit | target-postgres --config target.json >>states.jsonl',
      'emit --state state.json | target-postgres --config target.json',
      'emit --format jsonl --output out/2026-11-29 --state out/state.json',
    )}
Without a state, emit sends every live row. With a state, it sends each changed row once, as it is now, and each
deleted row with the time of its deletion.
`,
    load: () => import('../commands/run/emit.ts'),
  },
  {
    name: 'start',
    summary: 'run the schedules and the page until stopped',
    options: [
      option('--once', 'run what is due now, then exit'),
      option('--in-process', 'run all organizations in this process, without workers'),
    ],
    help: `${examples(
      'start                        runs the schedules, and the page on http://127.0.0.1:8080',
      'start --once                 runs what is due now, then exits: for cron and Kubernetes',
      '--config prod.yaml start',
    )}
SIGTERM and SIGINT stop it; the next start resumes. SIGHUP reloads the settings.
Several processes can share a Postgres: one runs the schedules, another takes over if it dies.
`,
    load: () => import('../commands/run/start.ts').then(({ start }) => ({ run: start })),
  },
  {
    name: 'worker',
    summary: 'run what "start" plans for many organizations',
    options: [
      number('--concurrency <n>', 'maximum organizations at once', [1, 64], 4),
      number('--port <n>', 'port of /metrics and /healthz (default: service.worker_port)', [0, 65_535]),
    ],
    help: `${examples('worker', 'worker --concurrency 8')}
Start as many workers as you need, on any number of machines with the same settings. Workers need a Postgres server.
SIGTERM and SIGINT stop it; another worker resumes its runs. SIGHUP reloads the settings.
`,
    opensDatabase: false,
    load: () => import('../commands/run/worker.ts'),
  },
  {
    name: 'serve',
    summary: 'serve the page without running the schedules',
    help: examples('serve    the page on http://127.0.0.1:8080'),
    load: () => import('../commands/run/start.ts').then(({ serve }) => ({ run: serve })),
  },
  {
    name: 'status',
    summary: 'show how fresh each stream and export is and how its last run ended',
    options: [json('print it as JSON')],
    help: examples('status'),
    load: () => import('../commands/inspect/status.ts'),
  },
  {
    name: 'runs',
    summary: 'list the latest runs',
    options: [number('--limit <n>', 'how many', [1, 10_000], 20), json('print them as JSON')],
    help: examples('runs --limit 5'),
    load: () => import('../commands/inspect/runs.ts'),
  },
  ...upkeepCommands,
  {
    name: 'query',
    summary: 'run a read-only SQL query (the embedded database has no other client)',
    arguments: [
      argument(
        '<sql>',
        'one SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN, or - to read it from standard input; tables of sigma, sigma_sync and sigma_analytics need no prefix',
      ),
    ],
    options: [
      directory('query the embedded database in this folder, whatever is configured'),
      option('--timeout <seconds>', 'cancel the query after this time').argParser(
        wholeNumber('--timeout', 1, 86_400),
      ),
      json('print the rows as JSON'),
    ],
    // A statement may begin with a comment, which looks like an option.
    allowUnknownOption: true,
    help: `
Times are UTC. If columns share a name, --json calls the second name_2, and so on. A number with more digits than
a double holds is a text there; cast a column to text if its type must not depend on the value.
${examples(
  'query "select name, latest_version from workbooks where _deleted_at is null limit 5"',
  'query "select name, owner_name, idle_days from stale_workbooks" --json',
  'query - <stale.sql',
)}`,
    load: () => import('../commands/inspect/query.ts'),
  },
  {
    name: 'analytics',
    summary: 'refresh or list the models in sigma_analytics',
    commands: [
      {
        name: 'refresh',
        summary: 'create missing models and refresh changed ones, as each sync does',
        options: [option('--all', 'refresh all models, changed or not'), json('print the result as JSON')],
        help: examples('analytics refresh --all'),
        load: () => import('../commands/run/analytics.ts').then(({ refresh }) => ({ run: refresh })),
      },
      {
        name: 'models',
        summary: 'list the models and the meaning of their rows',
        options: [json('print them with their columns as JSON')],
        help: examples('analytics models'),
        opensDatabase: false,
        load: () => import('../commands/run/analytics.ts').then(({ list }) => ({ run: list })),
      },
    ],
  },
  {
    name: 'report',
    summary: 'print a digest of recent changes and problems, for a mail or a post',
    options: [
      choice('--format <format>', 'output format', Object.keys(REPORT_FORMATS)).default('md'),
      option('--since <time>', 'how far back: 7d, 24h, 2w, or a date', '7d'),
      option('--output <file>', 'write it to a file; default: standard output'),
    ],
    help: examples(
      'report                                  the last seven days, as Markdown',
      'report --format html --output week.html one file, to mail or open',
      'report --since 2026-03-01 --format json',
    ),
    load: () => import('../commands/inspect/report.ts'),
  },
  {
    name: 'history',
    summary: 'show what changed in one row, and when; the latest change first',
    arguments: [
      argument('<stream>', 'name of the stream'),
      argument('<key...>', 'values of its key columns ("sigma-sync streams" names them)'),
    ],
    options: [number('--limit <n>', 'how many changes', [1, 100_000], 50), json('print them as JSON')],
    help: examples(
      'history grants 3f6c2a4e-6d0b-4a53-9c5e-0d1f3a7b8c9d',
      'history team_members <team_id> <member_id> --json',
    ),
    load: () => import('../commands/inspect/history.ts'),
  },
  {
    name: 'diff',
    summary: 'show the net changes between two times',
    arguments: [argument('[stream]', 'name of a stream (default: all)')],
    options: [
      time('--from <time>', 'ISO 8601 or a date, UTC where no zone is given').makeOptionMandatory(),
      time('--to <time>', 'the same (default: now)'),
      number('--limit <n>', 'rows per stream (default: 50 of one stream, 1000 in the JSON)', [0, 1_000_000]),
      json('print counts, keys and columns as JSON'),
    ],
    help: examples(
      'diff --from 2026-03-01 --to 2026-03-31          counts of all streams',
      'diff --from 2026-03-01 grants                   the rows of one',
      'diff --from 2026-03-03T09:00:00Z grants --json',
    ),
    load: () => import('../commands/inspect/diff.ts'),
  },
  {
    name: 'id',
    summary: 'show the object and the long id behind a browser address or an id',
    arguments: [
      argument(
        '<address-or-id>',
        'a browser address (in quotes, because the shell interprets ? and &) or an id',
      ),
    ],
    options: [json('print it as JSON')],
    help: examples(
      "id 'https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5leIG'",
      'id 7sYWojYnccxJqdqkNKAw6S --json',
    ),
    load: () => import('../commands/inspect/id.ts'),
  },
  {
    name: 'alert',
    summary: 'test the receivers of alerts, list open alerts',
    commands: [
      {
        name: 'test',
        summary: 'send a test message to all receivers, or to one',
        arguments: [argument('[receiver]', 'name of a receiver (default: all)')],
        options: [json('print the results as JSON')],
        help: examples('alert test'),
        opensDatabase: false,
        load: () => import('../commands/alerts/alert.ts').then(({ test }) => ({ run: test })),
      },
      {
        name: 'list',
        summary: 'list open alerts and the receivers that got them',
        options: [json('print them as JSON')],
        help: examples('alert list'),
        load: () => import('../commands/alerts/alert.ts').then(({ list }) => ({ run: list })),
      },
    ],
  },
  ...simulatorCommands,
];
