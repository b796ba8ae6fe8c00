/** `roles check`: has each of the two roles what it needs, and no more? */
import { type Database, quoteName, type Session } from '../../core/database/database.ts';
import type { CheckLine } from '../check/check-line.ts';
import { CREATE, type Finding, laterTables, readable, stateOpen, writable } from './check-reader.ts';
import { requireRoles } from './create-roles.ts';
import { ownedSchemas, type RoleNames, requireRoleNames } from './role-names.ts';

/** Objects that a line names; the others are counted. */
const MOST_NAMED = 3;

/**
 * Checks the connected user and both roles. Every role has the rights of PUBLIC; too many of them are a warning.
 *
 * @throws ConfigError if the names are no names, or the database has no such roles; DatabaseError
 */
export async function checkRoles(database: Database, names: RoleNames): Promise<readonly CheckLine[]> {
  requireRoles(database);
  requireRoleNames(names);
  return database.session(async (session) => {
    const roles = await session.query<RoleRow>(
      `select rolname as name, ${Object.keys(ATTRIBUTES).join(', ')}
         from pg_roles where rolname = any($1::text[])`,
      [[names.writer, names.reader]],
    );
    const lines = [await userLine(session, names)];
    for (const what of ['writer', 'reader'] as const) {
      const role = roles.find(({ name }) => name === names[what]);
      if (role !== undefined) lines.push(...(await roleLines(session, names, what, role)));
      else {
        const subject = `${what} ${names[what]}`;
        lines.push({ subject, outcome: 'failed', detail: 'there is no such role', fix: CREATE });
      }
    }
    return [...lines, await publicLine(session)];
  });
}

/** One of the roles, right by right. */
async function roleLines(
  session: Session,
  names: RoleNames,
  what: 'writer' | 'reader',
  role: RoleRow,
): Promise<CheckLine[]> {
  const { name } = role;
  const base = what === 'writer' ? 'connect, temporary' : 'connect';
  const about = (part: string, wrong: readonly Finding[], well: string): CheckLine =>
    lineOf(`${what} ${part}`, wrong, well);
  return [
    about('attributes', attributesOf(role), 'none that would raise it above its rights'),
    about('memberships', await memberships(session, name), 'a member of no other role'),
    about('database', await onDatabase(session, name, what), base),
    ...(what === 'writer'
      ? [about('schemas', await owned(session, names), 'owns them, and all that is in them')]
      : [
          about('tables', await readable(session, names), 'may select'),
          about('later tables', await laterTables(session, names), 'may select what the writer will make'),
          about('state', await stateOpen(session, names), 'sees freshness and the change log'),
          about('limits', await writable(session, names), 'may write nothing, and see no errors'),
        ]),
    about('elsewhere', await elsewhere(session, name, names), 'nothing in other schemas'),
  ];
}

/** Attributes that raise a role above its rights, with their names in ALTER ROLE. */
const ATTRIBUTES = {
  rolsuper: 'superuser',
  rolcreaterole: 'createrole',
  rolcreatedb: 'createdb',
  rolreplication: 'replication',
  rolbypassrls: 'bypassrls',
} as const;

type RoleRow = { readonly name: string } & Readonly<Record<keyof typeof ATTRIBUTES, boolean>>;

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
  const fix = `Use ${writer} in DATABASE_URL: the connector needs no more.`;
  if (user?.super === true) {
    const detail = `${name} is a superuser: right for "roles create", but more than the connector needs`;
    return { subject, outcome: 'warning', detail, fix };
  }
  if (name === writer) return { subject, outcome: 'ok', detail: `${name}, the writer` };
  if (user?.reads === true && user.writes !== true)
    return { subject, outcome: 'warning', detail: `${name} may only read`, fix };
  if (user?.writes === true) {
    const detail = `${name} is a member of ${writer}: the objects that it creates do not belong to that role`;
    return { subject, outcome: 'warning', detail, fix };
  }
  return { subject, outcome: 'warning', detail: `${name} is neither ${writer} nor ${reader}`, fix };
}

function attributesOf(role: RoleRow): Finding[] {
  return (Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[])
    .filter((attribute) => role[attribute])
    .map((attribute) => ({
      text: `it has ${ATTRIBUTES[attribute]}`,
      fix: `alter role ${quoteName(role.name)} no${ATTRIBUTES[attribute]};`,
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

/** A right of a role on the database. */
type Right = 'connect' | 'temporary' | 'creates' | 'owner';

async function onDatabase(session: Session, role: string, what: 'writer' | 'reader'): Promise<Finding[]> {
  const [row] = await session.query<{ name: string } & Record<Right, boolean>>(
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

async function owned(session: Session, names: RoleNames): Promise<Finding[]> {
  const { writer } = names;
  const wanted = ownedSchemas(names);
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
      where n.nspname = any($1::text[]) and pg_get_userbyid(p.proowner) <> $2
     union all
     select format('type %I.%I belongs to %s', n.nspname, t.typname, pg_get_userbyid(t.typowner))
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where n.nspname = any($1::text[]) and t.typtype = 'e' and pg_get_userbyid(t.typowner) <> $2`,
    [wanted, writer],
  );
  return rows.map(({ text }) => ({ text, fix: CREATE }));
}

/** Tables and schemas of others that the role reaches, and PUBLIC does not. */
async function elsewhere(session: Session, role: string, names: RoleNames): Promise<Finding[]> {
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
    [role, [...ownedSchemas(names), ...(names.others ?? [])]],
  );
  return rows.map(({ of, rights }) => ({
    text: `it may ${rights} on ${of}`,
    fix: `revoke ${rights} on ${of} from ${quoteName(role)};`,
  }));
}

/** Excess rights of every role: until PostgreSQL 14 everybody may make tables in the schema public. */
async function publicLine(session: Session): Promise<CheckLine> {
  const rows = await session.query<{ name: string }>(
    `select n.nspname as name from pg_namespace n
      where n.nspname !~ '^pg_' and has_schema_privilege('public', n.oid, 'create') order by 1`,
  );
  const subject = 'everybody';
  if (rows.length === 0) return { subject, outcome: 'ok', detail: 'may create tables in no schema' };
  const schemas = rows.map(({ name }) => name);
  return {
    subject,
    outcome: 'warning',
    detail: `every role may create tables in schema ${schemas.join(', ')}, both of these included`,
    fix: schemas.map((name) => `revoke create on schema ${quoteName(name)} from public;`).join(' '),
  };
}
