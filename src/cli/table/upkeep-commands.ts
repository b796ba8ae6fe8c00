/** The commands that look after what is stored. */
import { argument, type Commands, examples, json, option } from './declare.ts';

const ROLE_NAMES = [
  option('--writer <name>', 'role that the connector works as', 'sigma_sync_writer'),
  option('--reader <name>', 'role that may read', 'sigma_reader'),
];

/** Cursors, people, old records, roles. */
export const upkeepCommands: Commands = [
  {
    name: 'reset',
    summary: "forget a stream's cursors, so that the next sync reads all of it again; rows stay",
    arguments: [argument('<stream>', 'name of the stream')],
    help: examples('reset workbook_elements'),
    load: () => import('../commands/setup/reset.ts'),
  },
  {
    name: 'forget',
    summary: 'delete a person from tables, change log, answers and exports, and say what is left',
    arguments: [
      argument('<member>', 'id or address of the member'),
      argument('[address...]', 'other addresses of the same person'),
    ],
    options: [option('--dry-run', 'say what would go, and delete nothing'), json('print the report as JSON')],
    help: examples(
      'forget ann@example.org --dry-run',
      'forget qHkDpWOWwJnrxs4JpTd2x1mYb1tQh ann@example.org',
    ),
    load: () => import('../commands/setup/forget.ts'),
  },
  {
    name: 'vacuum',
    summary:
      'remove old records of runs, as the settings under retention say, vacuum all tables, and say what that freed',
    options: [option('--dry-run', 'say what would go, and remove nothing'), json('print the report as JSON')],
    help: examples('vacuum --dry-run'),
    load: () => import('../commands/setup/vacuum.ts'),
  },
  {
    name: 'organizations',
    summary: 'list the organizations of the settings, their schemas, and tenants that have no entry yet',
    options: [
      option('--discover', 'ask each for its tenants, and show entries for those that have none'),
      json('print them as JSON'),
    ],
    help: examples('organizations', 'organizations --discover'),
    load: () => import('../commands/setup/organizations.ts'),
  },
  {
    name: 'roles',
    summary: 'make and check two SQL roles: one for the connector, one for those who read',
    commands: [
      {
        name: 'create',
        summary: 'make the roles, schemas and tables, or make them right; run it as an admin of the database',
        options: [...ROLE_NAMES, option('--sql', 'print the statements instead of running them')],
        help: examples('roles create --sql'),
        load: () => import('../commands/setup/roles.ts').then(({ create }) => ({ run: create })),
      },
      {
        name: 'check',
        summary: 'check that the roles have what they need and no more, with a fix for what is not so',
        options: [...ROLE_NAMES, json('print the report as JSON')],
        help: examples('roles check'),
        load: () => import('../commands/setup/roles.ts').then(({ check }) => ({ run: check })),
      },
    ],
  },
];
