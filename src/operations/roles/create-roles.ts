/** `roles create`: makes the two roles, and gives each what it needs. */
import { type Database, quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { Stream } from '../../extractors/stream.ts';
import { migrate } from '../../state/migrate.ts';
import { READABLE_STATE } from '../../state/readable-state.ts';
import { openSchemas, ownedSchemas, type RoleNames, requireRoleNames } from './role-names.ts';

/**
 * The statements that make the roles, or make them right; those of a database that has them change nothing. Nothing is
 * taken away but what was needed in passing, and no password is set.
 *
 * @throws ConfigError where the names are no names, or the database has no roles; DatabaseError
 */
export async function roleStatements(database: Database, names: RoleNames) {
  requireRoles(database);
  requireRoleNames(names);
  return database.session(async (session) => {
    const isMember = await isMemberOf(session, names.writer);
    const there = await stateTables(session, names);
    return {
      /** Makes the roles and the schemas. */
      before: [...(await makeRoles(session, names, isMember)), ...(await ownSchemas(session, names))],
      /** Opens what is in the schemas; tables that are made later are open by themselves. */
      grants: [...readerGrants(names), ...stateGrants(names, there)],
      after: isMember ? [] : [`revoke ${quoteName(names.writer)} from current_user`],
      /** Tables of the state schema that are not there yet, so that they can't be opened. */
      missing: Object.keys(READABLE_STATE).filter((name) => !there.includes(name)),
    };
  });
}

/**
 * Makes roles, schemas and tables, or makes them right.
 *
 * @returns the statements that were run.
 * @throws as `roleStatements`, and DatabaseError where the user may not.
 */
export async function createRoles(
  database: Database,
  names: RoleNames,
  streams: readonly Stream[],
  events: EventBus,
): Promise<readonly string[]> {
  const first = await roleStatements(database, names);
  await runStatements(database, first.before);
  try {
    // Grants are on tables: those of the writer come first.
    await migrate(actingAs(database, names.writer), names.schemas, streams, events);
    const { grants } = await roleStatements(database, names);
    await runStatements(database, grants);
    return [...first.before, ...grants, ...first.after];
  } finally {
    await runStatements(database, first.after);
  }
}

async function runStatements(database: Database, statements: readonly string[]): Promise<void> {
  await database.transaction(async (session) => {
    for (const statement of statements) await session.query(statement);
  });
}

/** @throws ConfigError where the database is the embedded one. */
export function requireRoles(database: Database): void {
  if (database.kind === 'postgres') return;
  throw new ConfigError(
    'The embedded database has no roles. Everyone who can read its folder can read all of it.',
    { advice: 'Set DATABASE_URL to a PostgreSQL server, or protect the folder in database.directory.' },
  );
}

/**
 * The database, with every statement run as another role: objects it creates belong to that role. Only for members of
 * it, and not for locks.
 */
export function actingAs(database: Database, role: string): Database {
  const as = async <T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> => {
    await session.query(`set role ${quoteName(role)}`);
    try {
      return await work(session);
    } finally {
      // In a transaction that failed, its end takes the role back.
      await session.query('reset role').catch(() => undefined);
    }
  };
  return {
    ...database,
    session: (work) => database.session((session) => as(session, work)),
    transaction: (work, options) =>
      database.transaction(async (session) => {
        await session.query(`set local role ${quoteName(role)}`);
        return work(session);
      }, options),
  };
}

/** True where the user may act as the role. */
async function isMemberOf(session: Session, role: string): Promise<boolean> {
  const [user] = await session.query<{ member: boolean }>(
    `select rolsuper or coalesce(pg_has_role((select oid from pg_roles where rolname = $1), 'usage'), false) as member
       from pg_roles where rolname = current_user`,
    [role],
  );
  return user?.member === true;
}

async function makeRoles(
  session: Session,
  { writer, reader }: RoleNames,
  isMember: boolean,
): Promise<string[]> {
  const there = await session.query<{ name: string }>(
    'select rolname as name from pg_roles where rolname = any($1::text[])',
    [[writer, reader]],
  );
  const isThere = (role: string): boolean => there.some(({ name }) => name === role);
  const [{ database } = { database: '' }] = await session.query<{ database: string }>(
    'select current_database() as database',
  );
  return [
    ...(isThere(writer) ? [] : [`create role ${quoteName(writer)} login`]),
    ...(isThere(reader) ? [] : [`create role ${quoteName(reader)} nologin`]),
    // To give things to the writer, one must be a member of it.
    ...(isMember ? [] : [`grant ${quoteName(writer)} to current_user`]),
    `grant connect, temporary on database ${quoteName(database)} to ${quoteName(writer)}`,
    `grant connect on database ${quoteName(database)} to ${quoteName(reader)}`,
  ];
}

/** The schemas belong to the writer, with all that is in them. */
async function ownSchemas(session: Session, names: RoleNames): Promise<string[]> {
  const { writer } = names;
  const wanted = ownedSchemas(names);
  const owners = await session.query<{ name: string; owner: string }>(
    'select nspname as name, pg_get_userbyid(nspowner) as owner from pg_namespace where nspname = any($1::text[])',
    [wanted],
  );
  const statements = wanted.flatMap((schema) => {
    const owner = owners.find(({ name }) => name === schema)?.owner;
    if (owner === undefined) return [`create schema ${quoteName(schema)} authorization ${quoteName(writer)}`];
    return owner === writer ? [] : [`alter schema ${quoteName(schema)} owner to ${quoteName(writer)}`];
  });
  const objects = await session.query<{ statement: string }>(
    `select format('alter %s %I.%I owner to %I',
              case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                             when 'f' then 'foreign table' else 'table' end, n.nspname, c.relname, $2::text) as statement
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and pg_get_userbyid(c.relowner) <> $2
        -- A sequence of a column goes with its table.
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                           and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') and c.relkind = 'S')
     union all
     select format('alter %s %I.%I(%s) owner to %I',
              case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end, n.nspname,
              p.proname, pg_get_function_identity_arguments(p.oid), $2::text)
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = any($1::text[]) and pg_get_userbyid(p.proowner) <> $2
     union all
     select format('alter type %I.%I owner to %I', n.nspname, t.typname, $2::text)
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where n.nspname = any($1::text[]) and t.typtype = 'e' and pg_get_userbyid(t.typowner) <> $2
      order by 1`,
    [wanted, writer],
  );
  return [...statements, ...objects.map(({ statement }) => statement)];
}

/** Grants on existing objects, and on those that the writer will make. */
function readerGrants(names: RoleNames): string[] {
  const { writer, reader } = names;
  return openSchemas(names).flatMap((name) => {
    const [schema, to] = [quoteName(name), quoteName(reader)];
    const later = `alter default privileges for role ${quoteName(writer)} in schema ${schema}`;
    return [
      `grant usage on schema ${schema} to ${to}`,
      `grant select on all tables in schema ${schema} to ${to}`,
      `grant execute on all functions in schema ${schema} to ${to}`,
      `${later} grant select on tables to ${to}`,
      `${later} grant execute on functions to ${to}`,
    ];
  });
}

async function stateTables(session: Session, { schemas }: RoleNames): Promise<string[]> {
  const there = await session.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = any($2::text[]) order by 1`,
    [schemas.state, Object.keys(READABLE_STATE)],
  );
  return there.map(({ name }) => name);
}

function stateGrants({ reader, schemas }: RoleNames, there: readonly string[]): string[] {
  return [
    `grant usage on schema ${quoteName(schemas.state)} to ${quoteName(reader)}`,
    ...there.map((name) => {
      const columns = READABLE_STATE[name];
      const list = typeof columns === 'object' ? ` (${columns.map(quoteName).join(', ')})` : '';
      return `grant select${list} on ${quoteTable(schemas.state, name)} to ${quoteName(reader)}`;
    }),
  ];
}
