/** Tables that an emission can send, and their rows as JSON. */
import { createHash } from 'node:crypto';
import { quoteLiteral, quoteName, quoteTable } from '../../core/database/database.ts';
import { type FieldType, SQL_TYPES, type Stream } from '../../extractors/stream.ts';
import type { Schemas } from '../../state/schemas.ts';

/** Types of values. `json` is sent as a text of JSON: destinations keep that, and what they make of nested values differs. */
export type EmittedType = FieldType | 'date';

/** A column as destinations get it: a JSON value of one type, or null. */
export interface EmittedColumn {
  readonly name: string;
  /** Column of our table, where that is called otherwise. */
  readonly source: string;
  readonly type: EmittedType;
  readonly description: string;
}

/** A table to send. */
export interface EmittedTable {
  /** Name of the stream. */
  readonly name: string;
  readonly description: string;
  readonly key: readonly string[];
  readonly columns: readonly EmittedColumn[];
}

/** Format of `to_char`: UTC with a Z and microseconds, as destinations drop or mistake other offsets. */
export const UTC_TIME = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** Names that destinations can't take: meltanolabs-target-postgres 0.8.1 fails on a table with a column `version`. */
export const SENT_AS: Readonly<Record<string, string>> = { version: 'version_number' };

/** The time a row was last written, for destinations that want a column of time. */
const SYNCED_AT: EmittedColumn = {
  name: '_synced_at',
  source: '_synced_at',
  type: 'timestamp',
  description: 'When sigma-sync last wrote the row',
};

/** The table of a stream with its declared columns. */
export function emittedTable({ name, description, key, columns }: Stream): EmittedTable {
  const sentAs = (column: string): string => SENT_AS[column] ?? column;
  const declared = columns.map((column) => ({
    name: sentAs(column.name),
    source: column.name,
    type: column.type,
    description: column.description,
  }));
  return { name, description, key: key.map(sentAs), columns: [...declared, SYNCED_AT] };
}

/** Eight letters that change with the columns and what is hidden of them: then every row is sent again. */
export function shapeOf({ key, columns }: EmittedTable, rules: unknown): string {
  const shape = JSON.stringify([key, columns.map(({ name, type }) => [name, type]), rules ?? null]);
  return createHash('sha256').update(shape).digest('base64url').slice(0, 8);
}

/**
 * Rows to send. `all` are with those that were deleted, for a destination that had the stream before: some ignore that a
 * new version replaces what they have.
 */
export type RowsToSend = 'live' | 'all' | { readonly after: bigint; readonly upTo: bigint };

/** A query for `row`, one JSON object a row; `deletedField` holds when the row was deleted, null where it is live. */
export function rowsSql(
  table: EmittedTable,
  schemas: Schemas,
  rows: RowsToSend,
  deletedField: string,
): string {
  const fields = [
    ...table.columns.map(({ name, source, type }) => `${valueSql(source, type)} as ${quoteName(name)}`),
    `${valueSql('_deleted_at', 'timestamp')} as ${quoteName(deletedField)}`,
  ];
  const values = `(select ${fields.join(', ')}) v`;
  const from = quoteTable(schemas.target, table.name);
  if (typeof rows === 'string') {
    const where = rows === 'live' ? ' where t._deleted_at is null' : '';
    return `select row_to_json(v)::text as row from ${from} t cross join lateral ${values}${where}`;
  }
  const sameKey = keyTypes(table).map(([name, type], i) => `t.${quoteName(name)} = k.key[${i + 1}]::${type}`);
  const changed = ['changes', 'rewrites'].map(
    (name) => `select key from ${quoteTable(schemas.state, name)}
                where stream = ${quoteLiteral(table.name)} and change_id > ${rows.after} and change_id <= ${rows.upTo}`,
  );
  // UNION leaves each key once: some destinations keep two rows of one key of one batch.
  return `select row_to_json(v)::text as row from (${changed.join(' union ')}) k
            join ${from} t on ${sameKey.join(' and ')} cross join lateral ${values}`;
}

function valueSql(name: string, type: EmittedType): string {
  const column = `t.${quoteName(name)}`;
  if (type === 'timestamp') return `to_char(${column} at time zone 'UTC', ${UTC_TIME})`;
  return type === 'json' ? `${column}::text` : column;
}

/** Columns of our table that are the key, with their SQL types. */
function keyTypes({ key, columns }: EmittedTable): [name: string, type: string][] {
  return key.flatMap((name) =>
    columns
      .filter((column) => column.name === name)
      .map(({ source, type }): [string, string] => [source, type === 'date' ? type : SQL_TYPES[type]]),
  );
}
