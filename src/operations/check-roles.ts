/** `roles check`: has each of the two roles what it needs, and no more? */
import { type Database, quoteName, quoteTable, type Session } from '../database/database.ts';
import type { CheckLine } from './check.ts';
import { READABLE_STATE, type RoleNames, requireRoleNames } from './role-names.ts';
import { requireRoles } from './roles.ts';

/** Objects that a line names; the others are counted. */
const MOST_NAMED = 3;

/**
 * Checks the connected user and both roles. What PUBLIC may, every role may; that is a warning where it is too much.
 *
 * @throws ConfigError where the names are no names, or the database has no roles; DatabaseError
 */
export async function checkRoles(database: Database, names: RoleNames): Promise<readonly CheckLine[]> {
  requireRoles(database);
  requireRoleNames(names);
  const { writer, reader } = names;
  return database.session(async (session) => {
    const roles = await session.query<RoleRow>(
      `select rolname as name, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
         from pg_roles where rolname = any($1::text[])`,
      [[writer, reader]],
    );
    const lines: CheckLine[] = [await userLine(session, names)];
    for (const [what, name] of [
      ['writer', writer],
      ['reader', reader],
    ] as const) {
      const role = roles.find((candidate) => candidate.name === name);
      if (role === undefined) {
        const subject = `${what} ${name}`;
        lines.push({ subject, outcome: 'failed', detail: 'there is no such role', fix: CREATE });
        continue;
      }
      const about = (part: string, wrong: readonly Finding[], well: string): void => {
        lines.push(lineOf(`${what} ${part}`, wrong, well));
      };
      about('attributes', attributesOf(role), 'none that would raise it above its rights');
      about('memberships', await memberships(session, name), 'a member of no other role');
      about(
        'database',
        await onDatabase(session, name, what),
        what === 'writer' ? 'connect, temporary' : 'connect',
      );
      if (what === 'writer')
        about('schemas', await owned(session, names), 'owns them, and all that is in them');
      else {
        about('tables', await readable(session, names), 'may select');
        about('later tables', await laterTables(session, names), 'may select what the writer will make');
        about('state', await stateOpen(session, names), 'sees freshness and the change log');
        about('limits', await writable(session, names), 'may write nothing, and see no errors');
      }
      about('elsewhere', await elsewhere(session, name, names), 'nothing in other schemas');
    }
    lines.push(await publicLine(session));
    return lines;
  });
}

interface RoleRow extends Record<string, unknown> {
  readonly name: string;
  readonly rolsuper: boolean;
  readonly rolcreaterole: boolean;
  readonly rolcreatedb: boolean;
  readonly rolreplication: boolean;
  readonly rolbypassrls: boolean;
}

/** Something that is missing, or too much. */
interface Finding {
  readonly text: string;
  readonly fix: string;
}

const CREATE = 'As an admin of the database: sigma-sync roles create';

function lineOf(subject: string, wrong: readonly Finding[], well: string): CheckLine {
  if (wrong.length === 0) return { subject, outcome: 'ok', detail: well };
  const named = wrong.slice(0, MOST_NAMED).map(({ text }) => text);
  const more = wrong.length > MOST_NAMED ? `; ${wrong.length - MOST_NAMED} more` : '';
  const fixes = [...new Set(wrong.map(({ fix }) => fix))].slice(0, MOST_NAMED);
  return { subject, outcome: 'failed', detail: named.join('; ') + more, fix: fixes.join(' ') };
}

async function userLine(session: Session, { writer, reader }: RoleNames): Promise<CheckLine> {
  const [user] = await session.query<{ name: string; super: boolean; writes: boolean; reads: boolean }>(
    `select current_user as name, rolsuper as super,
            coalesce(pg_has_role((select oid from pg_roles where rolname = $1), 'usage'), false) as writes,
            coalesce(pg_has_role((select oid from pg_roles where rolname = $2), 'usage'), false) as reads
       from pg_roles where rolname = current_user`,
    [writer, reader],
  );
  const [subject, name] = ['connected user', user?.name ?? '?'];
  const fix = `Let DATABASE_URL name ${writer}: the connector needs no more.`;
  if (user?.super === true) {
    const detail = `${name} is a superuser: fit for "roles create", and too much for the connector`;
    return { subject, outcome: 'warning', detail, fix };
  }
  if (name === writer) return { subject, outcome: 'ok', detail: `${name}, the writer` };
  if (user?.reads === true && user.writes !== true)
    return { subject, outcome: 'warning', detail: `${name} may only read`, fix };
  if (user?.writes === true) {
    const detail = `${name} is a member of ${writer}: what it makes does not belong to that role`;
    return { subject, outcome: 'warning', detail, fix };
  }
  return { subject, outcome: 'warning', detail: `${name} is neither ${writer} nor ${reader}`, fix };
}

function attributesOf(role: RoleRow): Finding[] {
  const words = {
    rolsuper: 'superuser',
    rolcreaterole: 'createrole',
    rolcreatedb: 'createdb',
    rolreplication: 'replication',
    rolbypassrls: 'bypassrls',
  } as const;
  return (Object.keys(words) as (keyof typeof words)[])
    .filter((attribute) => role[attribute])
    .map((attribute) => ({
      text: `it has ${words[attribute]}`,
      fix: `alter role ${quoteName(role.name)} no${words[attribute]};`,
    }));
}

async function memberships(session: Session, role: string): Promise<Finding[]> {
  const rows = await session.query<{ name: string }>(
    `select g.rolname as name from pg_auth_members m join pg_roles g on g.oid = m.roleid
       join pg_roles r on r.oid = m.member where r.rolname = $1 order by 1`,
    [role],
  );
  return rows.map(({ name }) => ({
    text: `it is a member of ${name}`,
    fix: `revoke ${quoteName(name)} from ${quoteName(role)};`,
  }));
}

async function onDatabase(session: Session, role: string, what: 'writer' | 'reader'): Promise<Finding[]> {
  const [row] = await session.query<{
    name: string;
    connect: boolean;
    temporary: boolean;
    creates: boolean;
    owner: boolean;
  }>(
    `select d.datname as name, has_database_privilege($1, d.oid, 'connect') as connect,
            has_database_privilege($1, d.oid, 'temporary') as temporary,
            has_database_privilege($1, d.oid, 'create') as creates, pg_get_userbyid(d.datdba) = $1 as owner
       from pg_database d where d.datname = current_database()`,
    [role],
  );
  const [name, to] = [quoteName(row?.name ?? ''), quoteName(role)];
  const lacks = (right: string): Finding => ({
    text: `it lacks ${right} on the database`,
    fix: `grant ${right} on database ${name} to ${to};`,
  });
  return [
    ...(row?.connect === true ? [] : [lacks('connect')]),
    ...(row?.temporary === true || what === 'reader' ? [] : [lacks('temporary')]),
    ...(row?.owner === true
      ? [{ text: 'it owns the database', fix: `alter database ${name} owner to …;` }]
      : row?.creates === true
        ? [{ text: 'it may make schemas', fix: `revoke create on database ${name} from ${to};` }]
        : []),
  ];
}

async function owned(session: Session, { writer, schemas, exportsSchema }: RoleNames): Promise<Finding[]> {
  const wanted = [schemas.target, schemas.state, exportsSchema];
  const rows = await session.query<{ text: string }>(
    `select format('schema %I %s', s.name, case when n.oid is null then 'is missing'
                                                else 'belongs to ' || pg_get_userbyid(n.nspowner) end) as text
       from unnest($1::text[]) as s(name) left join pg_namespace n on n.nspname = s.name
      where n.oid is null or pg_get_userbyid(n.nspowner) <> $2
     union all
     select format('%I.%I belongs to %s', n.nspname, c.relname, pg_get_userbyid(c.relowner))
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
        and pg_get_userbyid(c.relowner) <> $2
     union all
     select format('%I.%I() belongs to %s', n.nspname, p.proname, pg_get_userbyid(p.proowner))
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = any($1::text[]) and pg_get_userbyid(p.proowner) <> $2`,
    [wanted, writer],
  );
  return rows.map(({ text }) => ({ text, fix: CREATE }));
}

async function readable(session: Session, { reader, schemas, exportsSchema }: RoleNames): Promise<Finding[]> {
  const rows = await session.query<{ schema: string; name: string | null; what: string }>(
    `select n.nspname as schema, null as name, 'schema' as what from pg_namespace n
      where n.nspname = any($2::text[]) and not has_schema_privilege($1, n.oid, 'usage')
     union all
     select n.nspname, c.relname, 'table' from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not has_table_privilege($1, c.oid, 'select')
     union all
     select n.nspname, format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)), 'function'
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = any($2::text[]) and not has_function_privilege($1, p.oid, 'execute')
      order by 1, 3, 2`,
    [reader, [schemas.target, exportsSchema]],
  );
  const to = quoteName(reader);
  return rows.map(({ schema, name, what }) => {
    if (name === null)
      return {
        text: `it lacks usage on schema ${schema}`,
        fix: `grant usage on schema ${quoteName(schema)} to ${to};`,
      };
    if (what === 'table')
      return {
        text: `it lacks select on ${schema}.${name}`,
        fix: `grant select on ${quoteTable(schema, name)} to ${to};`,
      };
    return {
      text: `it lacks execute on ${schema}.${name}`,
      fix: `grant execute on function ${quoteName(schema)}.${name} to ${to};`,
    };
  });
}

async function laterTables(
  session: Session,
  { writer, reader, schemas, exportsSchema }: RoleNames,
): Promise<Finding[]> {
  const rows = await session.query<{ schema: string }>(
    `select s.name as schema from unnest($3::text[]) as s(name)
      where not exists (
        select from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
         where n.nspname = s.name and d.defaclobjtype = 'r' and pg_get_userbyid(d.defaclrole) = $1
           and a.grantee = (select oid from pg_roles where rolname = $2) and a.privilege_type = 'SELECT')`,
    [writer, reader, [schemas.target, exportsSchema]],
  );
  return rows.map(({ schema }) => ({
    text: `it may not select what ${writer} will make in schema ${schema}`,
    fix:
      `alter default privileges for role ${quoteName(writer)} in schema ${quoteName(schema)} ` +
      `grant select on tables to ${quoteName(reader)};`,
  }));
}

async function stateOpen(session: Session, { reader, schemas }: RoleNames): Promise<Finding[]> {
  const [row] = await session.query<{ usage: boolean | null }>(
    `select has_schema_privilege($1, n.oid, 'usage') as usage from pg_namespace n where n.nspname = $2`,
    [reader, schemas.state],
  );
  const columns = await columnsOf(session, reader, schemas.state);
  return [
    ...(row?.usage === true ? [] : [{ text: `it lacks usage on schema ${schemas.state}`, fix: CREATE }]),
    ...columns
      .filter(({ table, column, selects }) => isReadable(table, column) && !selects)
      .map(({ table, column }) => ({
        text: `it lacks select on ${schemas.state}.${table}.${column}`,
        fix: CREATE,
      })),
  ];
}

/** What the reader may do that it should not. */
async function writable(
  session: Session,
  { reader, writer, schemas, exportsSchema }: RoleNames,
): Promise<Finding[]> {
  const from = quoteName(reader);
  const all = [schemas.target, schemas.state, exportsSchema];
  const rows = await session.query<{ schema: string; name: string | null; right: string }>(
    `select n.nspname as schema, null as name, 'create' as right from pg_namespace n
      where n.nspname = any($2::text[]) and has_schema_privilege($1, n.oid, 'create')
     union all
     select n.nspname, c.relname, p.right
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p("right")
      where n.nspname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and has_table_privilege($1, c.oid, p.right)
      order by 1, 2, 3`,
    [reader, all],
  );
  const closed = (await columnsOf(session, reader, schemas.state)).filter(
    ({ table, column, selects }) => selects && !isReadable(table, column),
  );
  const later = await session.query<{ schema: string; right: string }>(
    `select n.nspname as schema, lower(a.privilege_type) as right
       from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
      where n.nspname = any($3::text[]) and d.defaclobjtype = 'r' and pg_get_userbyid(d.defaclrole) = $1
        and a.grantee = (select oid from pg_roles where rolname = $2)
        and (a.privilege_type <> 'SELECT' or n.nspname = $4)`,
    [writer, reader, all, schemas.state],
  );
  return [
    ...rows.map(({ schema, name, right }) => {
      const of = name === null ? `schema ${quoteName(schema)}` : quoteTable(schema, name);
      return { text: `it may ${right} on ${of}`, fix: `revoke ${right} on ${of} from ${from};` };
    }),
    ...closed.map(({ table, column }) => ({
      text: `it may select ${schemas.state}.${table}.${column}`,
      // A right on the table and one on the column are two.
      fix: `revoke select on ${quoteTable(schemas.state, table)} from ${from}; then: sigma-sync roles create`,
    })),
    ...later.map(({ schema, right }) => ({
      text: `it may ${right} on what will be made in schema ${schema}`,
      fix:
        `alter default privileges for role ${quoteName(writer)} in schema ${quoteName(schema)} ` +
        `revoke ${right} on tables from ${from};`,
    })),
  ];
}

function isReadable(table: string, column: string): boolean {
  const columns = Object.hasOwn(READABLE_STATE, table) ? READABLE_STATE[table] : undefined;
  return columns === 'all' || columns?.includes(column) === true;
}

async function columnsOf(
  session: Session,
  role: string,
  schema: string,
): Promise<{ table: string; column: string; selects: boolean }[]> {
  // The months of the change log are reached through it.
  return session.query<{ table: string; column: string; selects: boolean }>(
    `select c.relname as table, a.attname as column, has_column_privilege($1, c.oid, a.attnum, 'select') as selects
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname = $2 and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
      order by 1, a.attnum`,
    [role, schema],
  );
}

/** Tables and schemas of others that the role reaches, and PUBLIC does not. */
async function elsewhere(
  session: Session,
  role: string,
  { schemas, exportsSchema }: RoleNames,
): Promise<Finding[]> {
  const rows = await session.query<{ of: string; rights: string }>(
    `select format('schema %I', n.nspname) as of, 'create' as rights from pg_namespace n
      where n.nspname <> all($2::text[]) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and has_schema_privilege($1, n.oid, 'create') and not has_schema_privilege('public', n.oid, 'create')
     union all
     select format('%I.%I', n.nspname, c.relname), string_agg(p.right, ', ')
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p("right")
      where n.nspname <> all($2::text[]) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and c.relkind in ('r', 'p', 'v', 'm', 'f') and has_schema_privilege($1, n.oid, 'usage')
        and has_table_privilege($1, c.oid, p.right) and not has_table_privilege('public', c.oid, p.right)
      group by 1 order by 1`,
    [role, [schemas.target, schemas.state, exportsSchema]],
  );
  return rows.map(({ of, rights }) => ({
    text: `it may ${rights} on ${of}`,
    fix: `revoke ${rights} on ${of} from ${quoteName(role)};`,
  }));
}

/** What every role may that should not: until PostgreSQL 14 everybody may make tables in the schema public. */
async function publicLine(session: Session): Promise<CheckLine> {
  const rows = await session.query<{ name: string }>(
    `select n.nspname as name from pg_namespace n
      where n.nspname !~ '^pg_' and has_schema_privilege('public', n.oid, 'create') order by 1`,
  );
  const subject = 'everybody';
  if (rows.length === 0) return { subject, outcome: 'ok', detail: 'may make tables in no schema' };
  const schemas = rows.map(({ name }) => name);
  return {
    subject,
    outcome: 'warning',
    detail: `every role may make tables in schema ${schemas.join(', ')}, both of these included`,
    fix: schemas.map((name) => `revoke create on schema ${quoteName(name)} from public;`).join(' '),
  };
}
