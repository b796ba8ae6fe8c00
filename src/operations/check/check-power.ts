/** Warns of a database user that may do more than a sync needs. */
import type { Database } from '../../core/database/database.ts';
import type { CheckLine } from './check-line.ts';

/** Roles whose members reach the files and programs of the server by functions and by COPY. */
const SERVER_ROLES = ['pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'];

/**
 * A line where the user may reach beyond the tables, because `query` could then do so as well: its transaction is
 * read-only for tables alone. The user of an embedded database reaches this process and nothing else.
 *
 * @throws DatabaseError
 */
export async function checkPower(database: Database): Promise<CheckLine | undefined> {
  if (database.kind !== 'postgres') return undefined;
  const [user] = await database.session((session) =>
    session.query<{ name: string; super: boolean; roles: string[] }>(
      `select u.rolname as name, u.rolsuper as super,
              array(select r.rolname::text from pg_roles r
                     where r.rolname = any($1::text[]) and pg_has_role(u.oid, r.oid, 'member') order by 1) as roles
         from pg_roles u where u.rolname = current_user`,
      [SERVER_ROLES],
    ),
  );
  const { name = '?', super: isSuper = false, roles = [] } = user ?? {};
  if (!isSuper && roles.length === 0) return undefined;
  const what = isSuper ? 'a superuser' : `a member of ${new Intl.ListFormat('en-GB').format(roles)}`;
  return {
    subject: 'database user',
    outcome: 'warning',
    detail: `${name} is ${what}, more than a sync needs: a function in a "query" may reach files of the server`,
    fix: '"sigma-sync roles create" creates a user for the connector; use that one in DATABASE_URL.',
  };
}
