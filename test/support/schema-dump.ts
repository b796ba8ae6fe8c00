/** The shape of the database as text, read from the catalogue of the server: what the snapshot test compares. */
import type { Session } from '../../src/core/database/database.ts';
import type { Schemas } from '../../src/state/schemas.ts';

// Without NOT NULL constraints (contype 'n'), which only PostgreSQL 18 keeps as such, and without indexes that
// merely implement a constraint.
const LINES = `
  with tables as (
    select c.oid, n.nspname || '.' || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S')
  ), lines as (
    select t.name, 1 as part, a.attnum::int as position,
           concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod),
                     case when a.attnotnull then 'not null' end,
                     'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
      from tables t
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    union all
    select t.name, 2, 0, concat_ws(' ', 'constraint', c.conname, pg_get_constraintdef(c.oid))
      from tables t join pg_constraint c on c.conrelid = t.oid and c.contype <> 'n'
    union all
    select t.name, 3, 0, pg_get_indexdef(i.indexrelid)
      from tables t join pg_index i on i.indrelid = t.oid
     where not exists (select 1 from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = t.oid)
  )
  select name, line from lines order by name collate "C", part, position, line collate "C"`;

/** One block per table: its columns in order, then constraints, then indexes. */
export async function dumpSchema(session: Session, schemas: Schemas): Promise<string> {
  const rows = await session.query<{ name: string; line: string }>(LINES, [[schemas.target, schemas.state]]);
  const blocks = Map.groupBy(rows, (row) => row.name);
  return [...blocks]
    .map(([name, lines]) => `${name}\n${lines.map(({ line }) => `  ${line}\n`).join('')}`)
    .join('\n');
}
