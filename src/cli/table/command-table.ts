/** All commands in the order of the help: how each is called, and the file that runs it, loaded when it is called. */
import type { FORMATS } from '../../analytics/report/digest-formats.ts';
import { DEFAULT_FILE } from '../../config/default-file.ts';
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
import { wholeNumber } from '../options/parsers.ts';
import { upkeepCommands } from './upkeep-commands.ts';

// Named again, because what makes them is not loaded for the help; the compiler knows whether these are all.
const REPORT_FORMATS: Readonly<Record<keyof typeof FORMATS, true>> = { md: true, html: true, json: true };

/** Every command, and the groups with theirs. */
export const COMMANDS: Commands = [
  {
    name: 'init',
    summary: 'write a commented settings file',
    arguments: [argument('[file]', 'where to', DEFAULT_FILE)],
    options: [option('--force', 'replace a file that is there')],
    help: examples('init'),
    opensDatabase: false,
    load: () => import('../commands/setup/init.ts'),
  },
  {
    name: 'check',
    summary: 'test credentials, clock, API, rights and database, with a fix for what fails',
    arguments: [
      argument('[what]', 'access: compare the stored access of some members with what Sigma says of them'),
    ],
    options: [
      number('--members <n>', 'of "check access": how many', [1, 100_000], 5),
      json('print the report as JSON'),
    ],
    help: examples('check', 'check access --members 20'),
    load: () => import('../commands/setup/check.ts'),
  },
  {
    name: 'probe',
    summary: 'hold the API of this organization against what is known of it, without a value of anybody',
    options: [json('print the table as JSON')],
    help: `${examples('probe', 'probe --json >probe.json      to be attached to a bug report')}
It reads a few pages of every endpoint, and shows names of fields, kinds of values and counts.
`,
    opensDatabase: false,
    load: () => import('../commands/setup/probe.ts'),
  },
  {
    name: 'streams',
    summary: 'list the streams: key, parent, paging, cursor',
    options: [json('print the catalogue as JSON')],
    help: examples('streams'),
    opensDatabase: false,
    load: () => import('../commands/inspect/streams.ts'),
  },
  {
    name: 'migrate',
    summary: 'create or update the tables (sync does so by itself)',
    help: examples('migrate'),
    load: () => import('../commands/setup/migrate.ts'),
  },
  {
    name: 'sync',
    summary: 'bring streams up to date, then run the exports that are due',
    arguments: [argument('[stream...]', 'streams to sync, with those they are planned from (default: all)')],
    options: [
      option('--full', 'read everything again, whether it changed or not'),
      option('--dry-run', 'only show what would be asked for'),
      option('--accept-deletions', 'mark rows as deleted even where the deletion guard objects'),
      json('print the report as JSON'),
    ],
    help: examples(
      'sync                         everything that changed, and the exports that are due',
      'sync workbook_elements       one stream and those it is planned from',
      'sync --full                  reads everything again, changed or not',
      'sync --json 2>sync.log       the report for a machine, the log beside it',
    ),
    load: () => import('../commands/run/sync.ts'),
  },
  {
    name: 'backfill',
    summary: 'read everything once more, at a rate of its own and beside the syncs',
    arguments: [argument('[stream...]', 'streams to read, with those they are planned from (default: all)')],
    options: [
      option('--resume', 'go on with the last backfill that did not complete'),
      number('--requests-per-minute <n>', 'most requests a minute', [1, 100_000]),
      json('print the report as JSON'),
    ],
    help: `${examples(
      'backfill                                everything once more, beside the nightly sync',
      'backfill workbook_lineage               one stream and those it is planned from',
      'backfill --requests-per-minute 120      slower than sync.backfill_requests_per_minute says',
      'backfill --resume                       goes on where the last one stopped',
    )}
What a sync reads meanwhile is not read again, and the other way round.
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
        'what the destination has; jsonl writes it, of singer it is the last line of the target',
      ),
      option('--catalog <file>', 'a catalog of Singer or Airbyte that selects streams'),
      option('--output <folder>', 'of jsonl: a new folder, a file for each stream and a manifest'),
      option('--discover', 'print the catalog, and send nothing'),
      option('--no-sync', 'send what is in the database, without a sync'),
    ],
    help: `${examples(
      'emit | target-postgres --config target.json >>states.jsonl',
      'emit --state state.json | target-postgres --config target.json',
      'emit --format jsonl --output out/2026-11-29 --state out/state.json',
    )}
Without a state every live row is sent. With one, each row that changed is sent once, as it is now, and deleted rows
with the time of their deletion.
`,
    load: () => import('../commands/run/emit.ts'),
  },
  {
    name: 'start',
    summary: 'run the schedules and the page until stopped',
    options: [option('--once', 'run what is due now, and end')],
    help: `${examples(
      'start                        runs the schedules, and the page on http://127.0.0.1:8080',
      'start --once                 runs what is due now, and ends: for cron and Kubernetes',
      '--config prod.yaml start',
    )}
A signal: SIGTERM and SIGINT stop it, and the next start goes on from there; SIGHUP reads the settings again.
Several processes may share a database: one of them runs the schedules, another takes over when it is gone.
`,
    load: () => import('../commands/run/start.ts').then(({ start }) => ({ run: start })),
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
    summary: 'answer an SQL query, read-only (the embedded database has no other client)',
    arguments: [
      argument(
        '<sql>',
        'one SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN, or - to read it from standard input; tables of sigma, sigma_sync and sigma_analytics need no prefix',
      ),
    ],
    options: [
      directory('ask the embedded database in this folder, whatever is configured'),
      option('--timeout <seconds>', 'end a query that takes longer').argParser(
        wholeNumber('--timeout', 1, 86_400),
      ),
      json('print the rows as JSON'),
    ],
    // A statement may begin with a comment, which looks like an option.
    allowUnknownOption: true,
    help: `
Times are UTC. Of columns with the same name --json calls the second name_2, and so on.
${examples(
  'query "select name, latest_version from workbooks limit 5"',
  'query "select name, owner_name, idle_days from stale_workbooks" --json',
  'query - <stale.sql',
)}`,
    load: () => import('../commands/inspect/query.ts'),
  },
  {
    name: 'analytics',
    summary: 'the schema of answers (sigma_analytics): refresh it, or list its models',
    commands: [
      {
        name: 'refresh',
        summary: 'make what is missing and refresh what changed, as each sync does',
        options: [option('--all', 'refresh also what did not change'), json('print the result as JSON')],
        help: examples('analytics refresh --all'),
        load: () => import('../commands/run/analytics.ts').then(({ refresh }) => ({ run: refresh })),
      },
      {
        name: 'models',
        summary: 'list the models: what each row of them is',
        options: [json('print them with their columns as JSON')],
        help: examples('analytics models'),
        opensDatabase: false,
        load: () => import('../commands/run/analytics.ts').then(({ list }) => ({ run: list })),
      },
    ],
  },
  {
    name: 'report',
    summary: 'a digest of what happened and of what deserves a look, for a mail or a post',
    options: [
      choice('--format <format>', 'how', Object.keys(REPORT_FORMATS)).default('md'),
      option('--since <time>', 'how far back: 7d, 24h, 2w, or a date', '7d'),
      option('--output <file>', 'write it to a file; default: standard output'),
    ],
    help: examples(
      'report                                  the last seven days, as Markdown',
      'report --format html --output week.html one file, to be mailed or opened',
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
    summary: 'show what changed on balance between two times',
    arguments: [argument('[stream]', 'name of a stream; default all')],
    options: [
      time('--from <time>', 'ISO 8601 or a date, UTC where no zone is given').makeOptionMandatory(),
      time('--to <time>', 'the same; default now'),
      number('--limit <n>', 'rows of each stream in the JSON', [0, 1_000_000], 1000),
      json('print counts, keys and columns as JSON'),
    ],
    help: examples(
      'diff --from 2026-03-01 --to 2026-03-31',
      'diff --from 2026-03-03T09:00:00Z grants --json',
    ),
    load: () => import('../commands/inspect/diff.ts'),
  },
  {
    name: 'id',
    summary: 'say what an address of the browser or an id is of, and its long id',
    arguments: [
      argument(
        '<address-or-id>',
        'an address (in quotes: the shell would take ? and & for itself), or an id',
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
    summary: 'try the receivers of alerts, list what is wrong',
    commands: [
      {
        name: 'test',
        summary: 'send a test message to each receiver of alerts, or to one',
        arguments: [argument('[receiver]', 'name of a receiver; default: all')],
        options: [json('print what became of it as JSON')],
        help: examples('alert test'),
        opensDatabase: false,
        load: () => import('../commands/alerts/alert.ts').then(({ test }) => ({ run: test })),
      },
      {
        name: 'list',
        summary: 'list open alerts and who was told of them',
        options: [json('print them as JSON')],
        help: examples('alert list'),
        load: () => import('../commands/alerts/alert.ts').then(({ list }) => ({ run: list })),
      },
    ],
  },
  ...simulatorCommands,
];
