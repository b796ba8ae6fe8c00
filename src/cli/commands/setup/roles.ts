/** SQL roles with the least rights that do. */

import { catalogue } from '../../../extractors/catalogue.ts';
import { checkRoles } from '../../../operations/roles/check-roles.ts';
import { createRoles, roleStatements } from '../../../operations/roles/create-roles.ts';
import { ownedSchemas, type RoleNames } from '../../../operations/roles/role-names.ts';
import { schemasFor } from '../../../state/schemas.ts';
import { type CommandContext, inContext } from '../../command-context.ts';
import { printChecks, printFixes } from '../../output/check-lines.ts';
import { exitWith } from '../../output/stdout.ts';
import { type JsonFlag, print, printJson } from '../../output/tables.ts';

interface Names {
  readonly writer: string;
  readonly reader: string;
}

/** `roles create`: makes the roles, or says how. */
export const create = inContext(
  async (context, { sql, ...names }: Names & { sql?: true }) => {
    const database = await context.database();
    const roles = rolesOf(context, names);
    if (sql === true) {
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
      `Done. Set a password for ${names.writer} (\\password in psql), and use that user in DATABASE_URL.`,
    );
    print(`Then grant ${names.reader} to your readers. "sigma-sync roles check" checks both roles.`);
  },
  { each: true },
);

/** `roles check`: whether the roles have what they need and no more. */
export const check = inContext(
  async (context, { json, ...names }: Names & JsonFlag) => {
    const lines = await checkRoles(await context.database(), rolesOf(context, names));
    const ok = !lines.some(({ outcome }) => outcome === 'failed');
    if (!ok) exitWith(1);
    if (json === true) return printJson({ ok, checks: lines });
    printChecks(lines);
    printFixes(lines, 'The roles are as they should be.');
  },
  { each: true },
);

function rolesOf({ schemas, config, fleet }: CommandContext, { writer, reader }: Names): RoleNames {
  const one = { writer, reader, schemas, exportsSchema: config.database.exportsSchema };
  if (fleet === undefined) return one;
  const others = fleet.organizations.flatMap(({ config: { database } }) =>
    ownedSchemas({ schemas: schemasFor(database.schema), exportsSchema: database.exportsSchema }),
  );
  return { ...one, together: fleet.together, queue: fleet.queue, others };
}
