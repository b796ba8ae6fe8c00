/** Questions to the catalog of Postgres about the views over all organizations. */
import type { Session } from '../core/database/database.ts';
import { type Column, MARK } from './define-view.ts';

/** The views that are there, or one of them. @throws DatabaseError */
export async function viewsOf(
  session: Session,
  together: string,
  only?: string,
): Promise<Map<string, { readonly columns: readonly Column[]; readonly isOurs: boolean }>> {
  const rows = await session.query<{ name: string; comment: string | null; kind: string; columns: Column[] }>(
    `select c.relname as name, c.relkind::text as kind, obj_description(c.oid, 'pg_class') as comment,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                               'comment', null) order by a.attnum)
               from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'm', 'f') and ($2::text is null or c.relname = $2)`,
    [together, only ?? null],
  );
  return new Map(
    rows.map(({ name, comment, kind, columns }) => {
      return [name, { columns: columns ?? [], isOurs: kind === 'v' && comment?.endsWith(MARK) === true }];
    }),
  );
}

/** True where somebody made something of a view. @throws DatabaseError */
export async function hasDependents(session: Session, together: string, name: string): Promise<boolean> {
  const rows = await session.query(
    `select 1 from pg_depend d
       join pg_class c on c.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
      where n.nspname = $1 and c.relname = $2 and d.deptype = 'n' and r.ev_class is distinct from c.oid
      limit 1`,
    [together, name],
  );
  return rows.length > 0;
}

/** The readers of a view, each as SQL names it. @throws DatabaseError */
export async function readersOf(session: Session, together: string, name: string): Promise<string[]> {
  const rows = await session.query<{ reader: string }>(
    `select case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as reader
       from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where n.nspname = $1 and c.relname = $2 and a.privilege_type = 'SELECT' and a.grantee <> c.relowner`,
    [together, name],
  );
  return rows.map(({ reader }) => reader);
}
