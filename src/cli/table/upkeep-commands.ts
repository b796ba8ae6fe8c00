/** The commands that look after what is stored. */
import { argument, type Commands, examples, json, option } from './declare.ts';

const ROLE_NAMES = [
  option('--writer <name>', 'role of the connector', 'sigma_sync_writer'),
  option('--reader <name>', 'role of readers', 'sigma_reader'),
];

/** Cursors, people, old records, roles. */
export const upkeepCommands: Commands = [
  {
    name: 'reset',
    summary: "delete a stream's cursors, so that the next sync reads all of it again; keeps the rows",
    arguments: [argument('<stream>', 'name of the stream')],
    help: examples('reset workbook_elements'),
    load: () => import('../commands/setup/reset.ts'),
  },
  {
    name: 'forget',
    summary: 'delete a person from tables, change log, analytics and exports, and list what remains',
    arguments: [
      argument('<member>', 'id or e-mail address of the member'),
      argument('[address...]', 'other addresses of the same person'),
    ],
    options: [
      option('--dry-run', 'show what would be deleted, and delete nothing'),
      json('print the report as JSON'),
    ],
    help: examples(
      'forget ann@example.org --dry-run',
      'forget qHkDpWOWwJnrxs4JpTd2x1mYb1tQh ann@example.org',
    ),
    load: () => import('../commands/setup/forget.ts'),
  },
  {
    name: 'vacuum',
    summary:
      'delete old records of runs (see retention in the settings), vacuum all tables, and show the freed space',
    options: [
      option('--dry-run', 'show what would be deleted, and delete nothing'),
      json('print the report as JSON'),
    ],
    help: examples('vacuum --dry-run'),
    load: () => import('../commands/setup/vacuum.ts'),
  },
  {
    name: 'roles',
    summary: 'create and check two SQL roles: one for the connector, one for readers',
    commands: [
      {
        name: 'create',
        summary: 'create or correct the roles, schemas and tables; run it as a database admin',
        options: [...ROLE_NAMES, option('--sql', 'print the statements instead of running them')],
        help: examples('roles create --sql'),
        load: () => import('../commands/setup/roles.ts').then(({ create }) => ({ run: create })),
      },
      {
        name: 'check',
        summary: 'check that the roles have the privileges they need and no more, and suggest fixes',
        options: [...ROLE_NAMES, json('print the report as JSON')],
        help: examples('roles check'),
        load: () => import('../commands/setup/roles.ts').then(({ check }) => ({ run: check })),
      },
    ],
  },
];
