/** Checks the reader's rights for `roles check`. */
import { quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { READABLE_STATE } from '../../state/readable-state.ts';
import { openSchemas, ownedSchemas, type RoleNames } from './role-names.ts';

/** Something that is missing, or too much. */
export interface Finding {
  readonly text: string;
  readonly fix: string;
}

/** The fix that mends all that is missing. */
export const CREATE = 'As an admin of the database: sigma-sync roles create';

/** Existing objects that the reader lacks. @throws DatabaseError */
export async function readable(session: Session, names: RoleNames): Promise<Finding[]> {
  const { reader } = names;
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
    [reader, openSchemas(names)],
  );
  const to = quoteName(reader);
  const lacks = (right: string, of: string, object: string): Finding => ({
    text: `it lacks ${right} on ${of}`,
    fix: `grant ${right} on ${object} to ${to};`,
  });
  return rows.map(({ schema, name, what }) => {
    if (name === null) return lacks('usage', `schema ${schema}`, `schema ${quoteName(schema)}`);
    const of = `${schema}.${name}`;
    if (what === 'table') return lacks('select', of, quoteTable(schema, name));
    return lacks('execute', of, `function ${quoteName(schema)}.${name}`);
  });
}

/** Future objects of the writer that the reader would lack. @throws DatabaseError */
export async function laterTables(session: Session, names: RoleNames): Promise<Finding[]> {
  const { writer, reader } = names;
  const rows = await session.query<{ schema: string }>(
    `select s.name as schema from unnest($3::text[]) as s(name)
      where not exists (
        select from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
         where n.nspname = s.name and d.defaclobjtype = 'r' and pg_get_userbyid(d.defaclrole) = $1
           and a.grantee = (select oid from pg_roles where rolname = $2) and a.privilege_type = 'SELECT')`,
    [writer, reader, openSchemas(names)],
  );
  return rows.map(({ schema }) => ({
    text: `it may not select what ${writer} will make in schema ${schema}`,
    fix:
      `alter default privileges for role ${quoteName(writer)} in schema ${quoteName(schema)} ` +
      `grant select on tables to ${quoteName(reader)};`,
  }));
}

/** Parts of the state schema that the reader lacks. @throws DatabaseError */
export async function stateOpen(session: Session, { reader, schemas }: RoleNames): Promise<Finding[]> {
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

/** Excess rights of the reader. @throws DatabaseError */
export async function writable(session: Session, names: RoleNames): Promise<Finding[]> {
  const { reader, writer, schemas, queue = null } = names;
  const from = quoteName(reader);
  const all = ownedSchemas(names);
  const rows = await session.query<{ schema: string; name: string | null; right: string }>(
    `select n.nspname as schema, null as name, 'create' as right from pg_namespace n
      where n.nspname = any($2::text[]) and has_schema_privilege($1, n.oid, 'create')
     union all
     select n.nspname, c.relname, p.right
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p("right")
      where n.nspname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and (p.right <> 'select' or n.nspname = $3) and has_table_privilege($1, c.oid, p.right)
      order by 1, 2, 3`,
    [reader, all, queue],
  );
  const closed = (await columnsOf(session, reader, schemas.state)).filter(
    ({ table, column, selects }) => selects && !isReadable(table, column),
  );
  const later = await session.query<{ schema: string; right: string }>(
    `select n.nspname as schema, lower(a.privilege_type) as right
       from pg_default_acl d join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
      where n.nspname = any($3::text[]) and d.defaclobjtype = 'r' and pg_get_userbyid(d.defaclrole) = $1
        and a.grantee = (select oid from pg_roles where rolname = $2)
        and (a.privilege_type <> 'SELECT' or n.nspname in ($4, $5))`,
    [writer, reader, all, schemas.state, queue],
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
      text: `it may ${right} on future objects in schema ${schema}`,
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

async function columnsOf(session: Session, role: string, schema: string) {
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
