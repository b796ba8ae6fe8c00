/** Takes a person's addresses out of texts and JSON, wherever they are. */
import { quoteName, quoteTable, type Session } from '../../core/database/database.ts';

/** Stands where an address was. */
export const FORGOTTEN = '[forgotten]';

/** Rows that were changed in a column. */
export interface Scrubbed {
  readonly table: string;
  readonly column: string;
  readonly rows: number;
  /** Rows of streams that Sigma still has: the next sync brings back what Sigma still says. */
  readonly live: number;
}

/** For `ilike any`. */
export const likeAny = (marks: readonly string[]): string[] =>
  marks.map((mark) => `%${mark.replaceAll(/[\\%_]/g, '\\$&')}%`);

/** Replaces each mark that stands alone: not the end of a longer address, nor its beginning. */
export function scrubber(marks: readonly string[]): (text: string) => string {
  if (marks.length === 0) return (text) => text;
  const any = marks.map((mark) => mark.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
  const pattern = new RegExp(
    `(?<![\\p{L}\\p{N}._%+-])(?:${any})(?![\\p{L}\\p{N}_-]|\\.[\\p{L}\\p{N}])`,
    'giu',
  );
  return (text) => text.replaceAll(pattern, FORGOTTEN);
}

/** The same for every text below a JSON value. */
function scrubJson(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value);
  if (Array.isArray(value)) return value.map((item: unknown) => scrubJson(item, scrub));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]): [string, unknown] => [scrub(name), scrubJson(inner, scrub)]),
  );
}

interface TextColumn extends Record<string, unknown> {
  readonly table: string;
  readonly column: string;
  readonly json: boolean;
  readonly streams: boolean;
}

/**
 * Goes through every column of texts and JSON of the schemas, but for keys. To be run in a transaction.
 *
 * @param target schema of the streams, whose rows are live or deleted.
 */
export async function scrubSchema(
  session: Session,
  schema: string,
  target: string,
  marks: readonly string[],
): Promise<Scrubbed[]> {
  if (marks.length === 0) return [];
  const scrub = scrubber(marks);
  const columns = await session.query<TextColumn>(
    `select c.relname as table, a.attname as column, a.atttypid = 'jsonb'::regtype as json,
            exists (select from pg_attribute d where d.attrelid = c.oid and d.attname = '_deleted_at') as streams
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
        and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
        and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey))
      order by 1, 2`,
    [schema],
  );
  const found: Scrubbed[] = [];
  for (const one of columns) {
    const { table, column, json, streams } = one;
    const [name, of] = [quoteTable(schema, table), quoteName(column)];
    const rows = await session.query<{ part: string; id: string; value: unknown; live: boolean }>(
      `select t.tableoid::regclass::text as part, t.ctid::text as id, t.${of} as value,
              ${streams && schema === target ? 't._deleted_at is null' : 'false'} as live
         from ${name} t where t.${of}::text ilike any ($1)`,
      [likeAny(marks)],
    );
    let [changed, live] = [0, 0];
    for (const row of rows) {
      const before = json ? JSON.stringify(row.value) : String(row.value);
      const after = json ? JSON.stringify(scrubJson(row.value, scrub)) : scrub(before);
      if (after === before) continue;
      await session.query(
        `update ${row.part} set ${of} = $1::${json ? 'jsonb' : 'text'} where ctid = $2::tid`,
        [after, row.id],
      );
      changed++;
      if (row.live) live++;
    }
    if (changed > 0) found.push({ table: `${schema}.${table}`, column, rows: changed, live });
  }
  return found;
}
