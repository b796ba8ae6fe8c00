/** Questions to the catalog of Postgres about the views over all organizations, and about the tables below them. */
import type { Session } from '../core/database/database.ts';
import { type Column, MARK, type Source } from './define-view.ts';

/** A relation in the schema of the views. */
export interface Standing {
  readonly columns: readonly Column[];
  readonly isOurs: boolean;
  /** Fingerprint of its sources; null where that is not known. */
  readonly print: string | null;
  /** Somebody made something of it. */
  readonly isUsed: boolean;
  /** Its readers, each as SQL names it. */
  readonly readers: readonly string[];
}

/** A schema of an organization, and which kind of relations it has. */
export interface Wanted {
  readonly organization: string;
  readonly schema: string;
  readonly of: 'target' | 'analytics' | 'state';
}

/** A name that a view has, and the schemas that have relations for it. */
export type Name = Pick<Wanted, 'of'> & {
  readonly name: string;
  /** Columns that the view has; default: all. */
  readonly open?: readonly string[] | 'all' | undefined;
};

/** The relations that are there, or one of them. @throws DatabaseError */
export async function viewsOf(
  session: Session,
  together: string,
  only?: string,
): Promise<Map<string, Standing>> {
  const rows = await session.query<{
    name: string;
    comment: string | null;
    kind: string;
    print: string | null;
    used: boolean;
    columns: Column[] | null;
    readers: string[] | null;
  }>(
    `select c.relname as name, c.relkind::text as kind, obj_description(c.oid, 'pg_class') as comment,
            (select obj_description(r.oid, 'pg_rewrite') from pg_rewrite r
              where r.ev_class = c.oid and r.rulename = '_RETURN') as print,
            exists (select from pg_depend d
                      left join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
                     where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.deptype = 'n'
                       and r.ev_class is distinct from c.oid) as used,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', col_description(c.oid, a.attnum)) order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
            (select json_agg(case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
               from aclexplode(c.relacl) a where a.privilege_type = 'SELECT' and a.grantee <> c.relowner) as readers
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and ($2::text is null or c.relname = $2)`,
    [together, only ?? null],
  );
  return new Map(
    rows.map(({ name, comment, kind, columns, print, used, readers }) => {
      const isOurs = kind === 'v' && comment?.endsWith(MARK) === true;
      return [name, { columns: columns ?? [], isOurs, print, isUsed: used, readers: readers ?? [] }];
    }),
  );
}

/** Relations below views, with what makes two of them alike: $1 to $5 are what {@link parametersOf} gives. */
const RELATIONS = `
  select c.relname as name, w.organization, w.schema, w.position, c.oid,
         (select coalesce(sum(hashtextextended(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attnum), 0)::numeric), 0)
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as shape
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as w (organization, schema, of, position)
    join unnest($4::text[], $5::text[]) as d (name, of) on d.of = w.of
    -- One by one: of lists the planner knows too little to read the index by both of its columns.
    cross join lateral (select to_regclass(quote_ident(w.schema) || '.' || quote_ident(d.name))::oid as oid offset 0) o
    join pg_class c on c.oid = o.oid
   where c.relkind in ('r', 'p', 'v', 'm')
     -- One that was never filled can't be read.
     and c.relispopulated`;

function parametersOf(wanted: readonly Wanted[], names: readonly Name[]): unknown[] {
  return [
    wanted.map(({ organization }) => organization),
    wanted.map(({ schema }) => schema),
    wanted.map(({ of }) => of),
    names.map(({ name }) => name),
    names.map(({ of }) => of),
  ];
}

/** Changes with the relations of a name, their organizations and their columns. @throws DatabaseError */
export async function printsOf(
  session: Session,
  wanted: readonly Wanted[],
  names: readonly Name[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; print: string }>(
    `select name, md5(string_agg(concat_ws(' ', organization, oid, shape), ' ' order by position)) as print
       from (${RELATIONS}) r group by 1`,
    parametersOf(wanted, names),
  );
  return new Map(rows.map(({ name, print }) => [name, print]));
}

/** The relations of these names with their columns. Most have the same ones: those are read once. @throws DatabaseError */
export async function sourcesOf(
  session: Session,
  wanted: readonly Wanted[],
  names: readonly Name[],
): Promise<ReadonlyMap<string, readonly Source[]>> {
  const relations = await session.query<{
    name: string;
    organization: string;
    schema: string;
    oid: string;
    shape: string;
  }>(
    `select name, organization, schema, oid::text as oid, shape from (${RELATIONS}) r order by position`,
    parametersOf(wanted, names),
  );
  const likeness = ({ name, shape }: { name: string; shape: string }): string => `${name} ${shape}`;
  const examples = new Map(relations.map((relation) => [likeness(relation), relation.oid]));
  const described = await session.query<{ oid: string; comment: string | null; columns: Column[] | null }>(
    `select c.oid::text as oid, obj_description(c.oid, 'pg_class') as comment,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', col_description(c.oid, a.attnum)) order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c where c.oid = any($1::oid[])`,
    [[...examples.values()]],
  );
  const byOid = new Map(described.map((one) => [one.oid, one]));
  const found = new Map<string, Source[]>();
  for (const relation of relations) {
    const { comment = null, columns } = byOid.get(examples.get(likeness(relation)) ?? '') ?? {};
    const { name, organization, schema } = relation;
    const open = names.find((one) => one.name === name)?.open ?? 'all';
    const shown = (columns ?? []).filter((column) => open === 'all' || open.includes(column.name));
    const source = { organization, schema, comment, columns: shown };
    found.set(name, [...(found.get(name) ?? []), source]);
  }
  return found;
}

/** True where every column of these relations is in the view of that name. It asks what the views depend on. @throws DatabaseError */
export async function areShown(
  session: Session,
  together: string,
  wanted: readonly Wanted[],
  names: readonly Name[],
): Promise<boolean> {
  const missing = await session.query(
    `select 1 from (${RELATIONS}) r
      cross join lateral (
        select (select w.oid from pg_rewrite w
                 where w.ev_class = to_regclass(quote_ident($6::text) || '.' || quote_ident(r.name)) and w.rulename = '_RETURN') as oid
        offset 0) rule
      cross join lateral (
        select array(select d.refobjsubid from pg_depend d
                      where d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid
                        and d.classid = 'pg_rewrite'::regclass and d.objid = rule.oid) as columns
        offset 0) shown
      where exists (select from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
                                                and a.attnum <> all (shown.columns))
      limit 1`,
    [...parametersOf(wanted, names), together],
  );
  return missing.length === 0;
}
