/**
 * Tables of exports as streams. The change log knows nothing of them, but each row has the number of the load that wrote
 * it: a state that knows the last load knows what is new. Rows are known to a destination by the key of a merge, or else
 * by load and place: so one that gets them twice keeps them once.
 */
import { createHash } from 'node:crypto';
import { quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { bookName, type ExportDefinition } from '../../exports/decide/definition.ts';
import { ruleOf } from '../../exports/decide/hidden-columns.ts';
import { keyColumns, knownColumns } from '../../exports/write/target.ts';
import type { Schemas } from '../../state/schemas.ts';
import {
  type EmittedColumn,
  type EmittedTable,
  type EmittedType,
  SENT_AS,
  UTC_TIME,
} from './emitted-table.ts';

/** The table of an export, beside what every table has. */
export interface ExportedTable extends EmittedTable {
  readonly exported: {
    readonly name: string;
    readonly mode: ExportDefinition['mode'];
    /** Its name in the books. */
    readonly book: string;
    /** `"schema"."table"`. */
    readonly from: string;
    /** SQL of the value of each column. */
    readonly values: ReadonlyMap<string, string>;
    /** Settings that change the rows of the same columns: types, privacy rules. */
    readonly rules: unknown;
  };
}

/** Name of the stream: no stream of the catalogue is called so, whatever an export is called. */
export const streamOfExport = ({ name }: Pick<ExportDefinition, 'name'>): string => `export_${name}`;

/** An export of which nothing is loaded yet: it can be selected, and has no columns to send. */
export function unloadedTable(definition: ExportDefinition): EmittedTable {
  return { name: streamOfExport(definition), description: aboutOf(definition), key: [], columns: [] };
}

export const isExported = (table: EmittedTable): table is ExportedTable => 'exported' in table;

const aboutOf = ({ name, mode }: ExportDefinition): string =>
  `Data of a workbook element, loaded by the export ${name} (${mode})`;

/** The tables of exports as they are now; those that are not loaded yet are left out. @throws DatabaseError */
export async function exportedTables(
  session: Session,
  schemas: Schemas,
  {
    schema,
    exports,
    keyId,
  }: { schema: string; exports: readonly ExportDefinition[]; keyId: string | undefined },
): Promise<ExportedTable[]> {
  const tables: ExportedTable[] = [];
  for (const definition of exports) {
    const from = quoteTable(schema, definition.table);
    const known = await knownColumns(session, schemas, { schema, table: from, definition });
    if (known.length === 0) continue;
    const types = await session.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, null) as type from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [from],
    );
    const typeOf = new Map(types.map(({ name, type }) => [name, type]));
    const named = sendable(known.map(({ name }) => name));
    const columns = known.map(({ name, label }): EmittedColumn & { sql: string } => {
      const { type, sql } = jsonValue(`t.${quoteName(name)}`, typeOf.get(name) ?? 'text');
      return { name: named.get(name) ?? name, source: name, type, sql, description: label };
    });
    const all = [...columns, ...BOOKKEEPING];
    const key =
      definition.mode === 'merge'
        ? keyColumns(definition, known).map((name) => named.get(name) ?? name)
        : definition.mode === 'append'
          ? ['_export_run', '_row_number']
          : ['_row_number'];
    const hidden = known.map(({ label, name }) => ruleOf(definition, label, name) ?? null);
    tables.push({
      name: streamOfExport(definition),
      description: aboutOf(definition),
      key,
      columns: all.map(({ sql: _, ...column }) => column),
      exported: {
        ...{ name: definition.name, mode: definition.mode, book: bookName(definition), from },
        values: new Map(all.map(({ name, sql }) => [name, sql])),
        rules: [definition.mode, [...typeOf], hidden, hidden.includes('hash') ? keyId : null],
      },
    });
  }
  return tables;
}

const BOOKKEEPING: readonly (EmittedColumn & { readonly sql: string })[] = [
  ...(['_export_run', '_row_number'] as const).map((name) => ({
    ...{ name, source: name, type: 'integer' as const, sql: `t.${name}` },
    description: name === '_export_run' ? 'Load that wrote the row' : 'Place of the row in its load, from 1',
  })),
  {
    ...{ name: '_loaded_at', source: '_loaded_at', description: 'When the row was written' },
    ...jsonValue('t._loaded_at', 'timestamp with time zone'),
  },
];

/**
 * A value of any type of Postgres as JSON. Null becomes what JSON or a target's calendar can't say: numbers that are
 * none, and times beyond the years 1 to 9999.
 */
function jsonValue(column: string, type: string): { readonly type: EmittedType; readonly sql: string } {
  const within = (value: string): string =>
    `case when ${column} >= '0001-01-01' and ${column} < '10000-01-01' then ${value} end`;
  switch (type) {
    case 'boolean':
      return { type, sql: column };
    case 'smallint':
    case 'integer':
    case 'bigint':
      return { type: 'integer', sql: column };
    case 'numeric':
    case 'real':
    case 'double precision':
      return {
        type: 'number',
        sql: `case when ${column}::text not in ('NaN', 'Infinity', '-Infinity') then ${column} end`,
      };
    case 'date':
      return { type, sql: within(`to_char(${column}, 'YYYY-MM-DD')`) };
    case 'timestamp with time zone':
      return { type: 'timestamp', sql: within(`to_char(${column} at time zone 'UTC', ${UTC_TIME})`) };
    case 'timestamp without time zone':
      return { type: 'timestamp', sql: within(`to_char(${column}, ${UTC_TIME})`) };
    case 'json':
    case 'jsonb':
      return { type: 'json', sql: `${column}::text` };
    default:
      return { type: 'text', sql: `${column}::text` };
  }
}

/** Many targets leave letters out of a name that are not of ASCII: each becomes its number. */
function sendable(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(names);
  return new Map(
    names.map((name) => {
      const ascii = name.replace(/[^a-z0-9_]/gu, (letter) => `u${letter.codePointAt(0)?.toString(16)}`);
      const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
      let sent = SENT_AS[name] ?? (ascii.length > 63 ? `${ascii.slice(0, 54)}_${hash}` : ascii);
      if (sent !== name && taken.has(sent)) sent = `${sent.slice(0, 54)}_${hash}`;
      taken.add(sent);
      return [name, sent];
    }),
  );
}

/** The loads of an export since one of them. */
export interface Loads {
  /** Creation time of the table, in milliseconds. */
  readonly since: number;
  /** The last load that writes no more rows; later ones may be under way. */
  readonly last: bigint;
  /** The books still have the load that was asked for. */
  readonly isKnown: boolean;
  /** Some load since changed rows, or may have. */
  readonly hasNew: boolean;
  /** Most rows of a load since: no place of a row is beyond. */
  readonly mostRows: number;
}

/**
 * Reads what was loaded since the load `after`. A load is over once it is written down, or once the next one took the
 * export over, before which it can't commit any more.
 *
 * @throws DatabaseError
 */
export async function readLoads(
  session: Session,
  schemas: Schemas,
  { name }: ExportedTable['exported'],
  after: bigint,
): Promise<Loads> {
  const [row] = await session.query<{
    since: string;
    last: string;
    known: boolean;
    fresh: boolean;
    most: string;
  }>(
    `with loads as (
       select *, max(export_run) over () as latest, bool_or(export_run = $2) over () as known
         from ${quoteTable(schemas.state, 'export_runs')} where export = $1)
     select (select floor(extract(epoch from min(added_at)) * 1000)::bigint::text
               from ${quoteTable(schemas.state, 'export_columns')} where export = $1) as since,
            coalesce(max(export_run) filter (where finished_at is not null or export_run < latest), 0)::text as last,
            coalesce(bool_or(known), false) as known,
            coalesce(bool_or(export_run > $2 and (finished_at is null or inserted + updated + deleted > 0)), false) as fresh,
            coalesce(max(rows) filter (where export_run >= $2 or not known), 0)::text as most
       from loads`,
    [name, after.toString()],
  );
  return {
    since: Number(row?.since ?? 0),
    last: BigInt(row?.last ?? 0),
    isKnown: row?.known === true || after === 0n,
    hasNew: row?.fresh === true,
    mostRows: Number(row?.most ?? 0),
  };
}

/**
 * A query for `row`, one JSON object a row: all rows, or those of loads after one.
 *
 * @param gone places of rows up to this one that are taken no more are sent as deleted, for a destination that had the
 *   table before: not every one lets a new version replace what it has. Only of a table whose key is the place.
 */
export function exportedRowsSql(
  table: ExportedTable,
  deletedField: string,
  { after, gone = 0 }: { readonly after?: bigint; readonly gone?: number },
): string {
  const { from, values } = table.exported;
  const row = (valueSql: (name: string) => string, deletedAt: string): string => {
    const fields = table.columns.map(({ name }) => `${valueSql(name)} as ${quoteName(name)}`);
    return `(select ${[...fields, `${deletedAt} as ${quoteName(deletedField)}`].join(', ')}) v`;
  };
  const live = row((name) => values.get(name) ?? 'null', 'null::text');
  const since = after === undefined ? '' : ` where t._export_run > ${after}`;
  const rows = `select row_to_json(v)::text as row from ${from} t cross join lateral ${live}${since}`;
  if (gone === 0) return rows;
  const deleted = row(
    (name) => (name === '_row_number' ? 'g' : 'null::text'),
    `to_char(now() at time zone 'UTC', ${UTC_TIME})`,
  );
  return `${rows} union all select row_to_json(v)::text from generate_series(1, ${gone}) g cross join lateral ${deleted}
           where not exists (select 1 from ${from} t where t._row_number = g)`;
}
