/** What is left of a person after all was deleted that can be: told, so that it is known. */
import { quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import type { Stream } from '../../extractors/stream.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { Person } from './person.ts';
import { likeAny } from './scrub.ts';

/** Rows of a column in which something of the person is left. */
export interface Left {
  readonly where: string;
  readonly what: 'id' | 'name' | 'address';
  readonly rows: number;
}

/** What no command reaches. */
export const BEYOND = [
  'Ids in other rows, such as those of owners, stay. They mean nothing without Sigma.',
  'sigma-sync does not reach backups, replicas, export and log files, your own tables and views, and `emit` destinations that keep old versions.',
  'On disk, old row versions stay until PostgreSQL vacuums and recycles its write-ahead log; an embedded database keeps them longer.',
];

/** Counts what is left in the tables of streams, in the change log and in those of exports. @throws DatabaseError */
export async function leftOf(
  session: Session,
  { target, state }: Schemas,
  exportsSchema: string,
  streams: readonly Stream[],
  { ids, marks, names }: Person,
): Promise<Left[]> {
  const left: Left[] = [];
  for (const stream of streams) {
    const columns = stream.columns.filter(({ type }) => type === 'text').map(({ name }) => name);
    if (columns.length === 0) continue;
    const counts = columns.map(
      (name, i) => `count(*) filter (where t.${quoteName(name)} = any ($1))::integer as c${i}`,
    );
    const [row] = await session.query<Record<string, number>>(
      `select ${counts.join(', ')}, count(*) filter (where t._raw::text ilike any ($2))::integer as names
         from ${quoteTable(target, stream.name)} t`,
      [ids, likeAny(names)],
    );
    for (const [i, column] of columns.entries())
      left.push({ where: `${target}.${stream.name}.${column}`, what: 'id', rows: row?.[`c${i}`] ?? 0 });
    left.push({ where: `${target}.${stream.name}`, what: 'name', rows: row?.['names'] ?? 0 });
  }
  const [log] = await session.query<{ names: number }>(
    `select count(*)::integer as names from ${quoteTable(state, 'changes')} c
      where c.before::text ilike any ($1) or c.after::text ilike any ($1)`,
    [likeAny(names)],
  );
  left.push({ where: `${state}.changes`, what: 'name', rows: log?.names ?? 0 });
  const texts = await session.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname = $1 and c.relkind in ('r', 'p') and a.atttypid in ('text'::regtype, 'jsonb'::regtype, 'varchar'::regtype)
      order by 1, 2`,
    [exportsSchema],
  );
  for (const { table, column } of texts) {
    const value = `t.${quoteName(column)}::text`;
    const [row] = await session.query<{ ids: number; names: number; marks: number }>(
      `select count(*) filter (where ${value} = any ($1))::integer as ids,
              count(*) filter (where ${value} ilike any ($2))::integer as names,
              count(*) filter (where ${value} ilike any ($3))::integer as marks from ${quoteTable(exportsSchema, table)} t`,
      [ids, likeAny(names), likeAny(marks)],
    );
    const where = `${exportsSchema}.${table}.${column}`;
    left.push({ where, what: 'id', rows: row?.ids ?? 0 });
    left.push({ where, what: 'name', rows: row?.names ?? 0 });
    left.push({ where, what: 'address', rows: row?.marks ?? 0 });
  }
  return left.filter(({ rows }) => rows > 0);
}
