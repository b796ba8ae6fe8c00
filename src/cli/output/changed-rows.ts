/** Rows that a sync wrote, a few of each stream, under names that a person knows. */
import { quoteName, quoteTable, type Row, type Session } from '../../core/database/database.ts';
import type { Stream } from '../../extractors/stream.ts';

/** A row that changed. */
export interface ChangedRow {
  readonly stream: string;
  /** Changed rows of the stream. */
  readonly rows: number;
  readonly what: string;
  /** Name of the row, or of the objects that it joins; empty where neither has one. */
  readonly name: string;
}

interface Found extends Row {
  readonly stream: string;
  readonly rows: number;
  readonly what: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Columns that name a row, the best first. */
const NAMES = ['name', 'title', 'email', 'ip'];
/** Objects that a row without a name is called by. */
const MOST_OBJECTS = 2;

/** Reads the rows that a sync since `since` wrote: at most `each` of a stream. @throws DatabaseError */
export async function changedRows(
  session: Session,
  schema: string,
  streams: readonly Stream[],
  { since, each }: { readonly since: string; readonly each: number },
): Promise<readonly ChangedRow[]> {
  const table = (name: string): string => quoteTable(schema, name);
  const parts = streams.map(({ name, key }, position) => {
    const order = key.map((column) => `t.${quoteName(column)}`).join(', ');
    return `(select ${position} as position, '${name}' as stream, count(*) over ()::integer as rows,
                    case when _deleted_at is not null then 'deleted'
                         when _first_synced_at >= $1::timestamptz then 'new' else 'changed' end as what,
                    to_jsonb(t) - '_raw' as row
               from ${table(name)} t
              where _synced_at >= $1::timestamptz order by what desc, ${order} limit ${each})`;
  });
  const found = await session.query<Found>(
    `select stream, rows, what, row from (${parts.join(' union all ')}) changed order by position`,
    [since],
  );
  const names = await namesIn(
    session,
    schema,
    streams,
    found.map(({ row }) => row),
  );
  return found.map(({ stream, rows, what, row }) => ({ stream, rows, what, name: nameOf(row, names) }));
}

/** Names of the objects that rows mention, by id. @throws DatabaseError */
export async function namesIn(
  session: Session,
  schema: string,
  streams: readonly Stream[],
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<ReadonlyMap<string, string>> {
  const named = await session.query<{ id: string; name: string }>(
    streams
      .flatMap(({ name, key: [id, ...others], columns }) => {
        const has = (wanted: string): boolean => columns.some((column) => column.name === wanted);
        const label = has('name') ? 'name' : has('first_name') ? `concat_ws(' ', first_name, last_name)` : '';
        if (id === undefined || others.length > 0 || label === '') return [];
        const key = quoteName(id);
        return [
          `select ${key} as id, ${label} as name from ${quoteTable(schema, name)} where ${key} = any ($1)`,
        ];
      })
      .join(' union all '),
    [[...new Set(rows.flatMap(idsOf))]],
  );
  return new Map(named.map(({ id, name }) => [id, name]));
}

/** Ids in a row: its own, and those of the objects it joins. */
function idsOf(row: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(row).flatMap(([column, value]) =>
    column.endsWith('_id') && typeof value === 'string' ? [value] : [],
  );
}

/** The name of a row, or of the objects that it joins; empty where neither has one. */
export function nameOf(row: Readonly<Record<string, unknown>>, names: ReadonlyMap<string, string>): string {
  const own = NAMES.map((column) => row[column]).find((value) => typeof value === 'string' && value !== '');
  if (typeof own === 'string') return own;
  const joined = [...new Set(idsOf(row).flatMap((id) => names.get(id) ?? []))].slice(0, MOST_OBJECTS);
  const { version, permission } = row;
  const more = [
    ...(typeof version === 'number' ? [`version ${version}`] : []),
    ...(typeof permission === 'string' ? [permission] : []),
  ];
  return joined.length === 0 ? '' : [joined.join(' · '), ...more].join(', ');
}
