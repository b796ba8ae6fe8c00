import { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import type { CheckLine } from '../../../operations/check/check-line.ts';
import { checkRoles } from '../../../operations/roles/check-roles.ts';
import type { RoleNames } from '../../../operations/roles/role-names.ts';
import { createRoles, roleStatements } from '../../../operations/roles/create-roles.ts';
import { type CommandContext, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

interface Names {
  readonly writer: string;
  readonly reader: string;
}

const MARKS: Readonly<Record<CheckLine['outcome'], string>> = {
  ok: 'ok',
  warning: 'WARN',
  failed: 'FAIL',
  skipped: '-',
};

/** `roles`: SQL roles with the least rights that do. */
export function rolesCommand(): Command {
  return new Command('roles')
    .description('make and check two SQL roles: one for the connector, one for those who read')
    .addCommand(createCommand())
    .addCommand(checkCommand());
}

function createCommand(): Command {
  return named('create')
    .description('make the roles, schemas and tables, or make them right; run it as an admin of the database')
    .option('--sql', 'print the statements instead of running them')
    .addHelpText('after', '\nExample:\n  $ sigma-sync roles create --sql\n')
    .action(async ({ sql = false, ...names }: Names & { sql?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const database = await context.database();
        const roles = rolesOf(context, names);
        if (sql) {
          const { before, grants, after, missing } = await roleStatements(database, roles);
          print('begin;');
          for (const statement of [...before, ...grants, ...after]) print(`${statement};`);
          print('commit;');
          if (missing.length > 0) {
            print(
              `-- There is no ${missing.join(', ')} in schema ${roles.schemas.state} yet. After the first sync, run`,
            );
            print('-- "sigma-sync roles create --sql" again: it opens them to the reader.');
          }
          return;
        }
        const statements = await createRoles(database, roles, catalogue, context.events);
        for (const statement of statements) print(`${statement};`);
        print();
        print(
          `Done. Give ${names.writer} a password, and let DATABASE_URL name it: \\password in psql sets one.`,
        );
        print(`Then make those who read members of ${names.reader}. "sigma-sync roles check" checks both.`);
      });
    });
}

function checkCommand(): Command {
  return named('check')
    .description('check that the roles have what they need and no more, with a fix for what is not so')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync roles check\n')
    .action(async ({ json = false, ...names }: Names & { json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const lines = await checkRoles(await context.database(), rolesOf(context, names));
        const failed = lines.filter(({ outcome }) => outcome === 'failed');
        if (failed.length > 0) process.exitCode = 1;
        if (json) return printJson({ ok: failed.length === 0, checks: lines });
        const rows = table(lines, [
          { title: 'check', value: ({ subject }) => subject },
          { title: 'result', value: ({ outcome }) => MARKS[outcome] },
          { title: 'detail', value: ({ detail }) => detail },
        ]);
        for (const row of rows) print(row);
        print();
        for (const { subject, fix } of lines) if (fix !== undefined) print(`${subject}: ${fix}`);
        print(
          failed.length === 0
            ? 'The roles are as they should be.'
            : `${failed.length} of ${lines.length} checks failed.`,
        );
      });
    });
}

function named(name: string): Command {
  return new Command(name)
    .option('--writer <name>', 'role that the connector works as', 'sigma_sync_writer')
    .option('--reader <name>', 'role that may read', 'sigma_reader');
}

function rolesOf({ schemas, config }: CommandContext, { writer, reader }: Names): RoleNames {
  return { writer, reader, schemas, exportsSchema: config.database.exportsSchema };
}
