/** Records the size of the tables of streams and exports once a day. */
import { analyticsSchema } from '../../analytics/model.ts';
import { hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { RetentionOptions } from './retention.ts';

/** Dependencies of {@link recordSizes}; `exportsSchema` has the tables that exports load. */
type SizeOptions = Pick<RetentionOptions, 'database' | 'schemas' | 'now'> & {
  readonly exportsSchema: string;
};

/** Tables that surely have fewer rows than are worth counting: at least 28 bytes are a row's. */
const SMALL_BYTES = 28_000_000;
/** Above this number the planner's estimate counts. */
const MOST_COUNTED = 1_000_000;

interface Table extends Record<string, unknown> {
  readonly schema: string;
  readonly name: string;
  readonly bytes: string;
  readonly heap: string;
  readonly tombstones: boolean;
}

/**
 * Writes down how many rows each table of a stream and of an export and each stored answer has, those marked as deleted
 * left out, and how many bytes. There is one record for each table and day (UTC): the last one counts.
 *
 * @returns how many tables there are.
 * @throws DatabaseError
 */
export async function recordSizes({ database, schemas, exportsSchema, now }: SizeOptions): Promise<number> {
  return database.session(async (session) => {
    const tables = await tablesOf(session, schemas, exportsSchema);
    if (tables.length === 0) return 0;
    const estimates = new Map<Table, number>();
    for (const table of tables) {
      if (Number(table.heap) <= SMALL_BYTES) continue;
      const rows = await estimate(session, table);
      if (rows > MOST_COUNTED) estimates.set(table, rows);
    }
    const counts = tables.map((table, i) => {
      const rows = estimates.get(table);
      const count = rows === undefined ? `(select count(*) from ${liveRows(table)})` : String(rows);
      return `($1::text[])[${i + 1}], ($2::text[])[${i + 1}], $4::date, ${count}, ($3::bigint[])[${i + 1}]`;
    });
    await session.query(
      `/* writing the sizes of tables down */
       insert into ${quoteTable(schemas.state, 'table_sizes')} (schema_name, table_name, day, rows, bytes)
       values ${counts.map((values) => `(${values})`).join(', ')}
       on conflict (schema_name, table_name, day) do update set rows = excluded.rows, bytes = excluded.bytes`,
      [
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
        tables.map(({ bytes }) => bytes),
        now().toISOString().slice(0, 10),
      ],
    );
    return tables.length;
  });
}

/** Tables of streams, answers that are stored, and tables that exports made: their schema may hold others' tables, too. */
async function tablesOf(session: Session, schemas: Schemas, exportsSchema: string): Promise<Table[]> {
  const exported = (await hasTable(session, schemas.state, 'exports'))
    ? `or n.nspname = $2 and c.relname in (select table_name from ${quoteTable(schemas.state, 'exports')})`
    : '';
  return session.query<Table>(
    `select n.nspname as schema, c.relname as name, pg_total_relation_size(c.oid)::text as bytes,
            pg_relation_size(c.oid)::text as heap, c.relkind = 'r' and n.nspname = $1 as tombstones
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where (c.relkind = 'r' and $2::text is not null and (n.nspname = $1 and exists (
              select from pg_attribute a
               where a.attrelid = c.oid and a.attname = '_deleted_at' and not a.attisdropped) ${exported})
             or c.relkind = 'm' and n.nspname = $3 and c.relispopulated)
        and has_table_privilege(c.oid, 'select')
      order by 1, 2`,
    [schemas.target, exportsSchema, analyticsSchema(schemas)],
  );
}

function liveRows({ schema, name, tombstones }: Table): string {
  return `${quoteTable(schema, name)}${tombstones ? ' where _deleted_at is null' : ''}`;
}

/** Rows, as the planner has it. */
async function estimate(session: Session, table: Table): Promise<number> {
  const [row] = await session.query<{ 'QUERY PLAN': unknown }>(
    `explain (format json) select from ${liveRows(table)}`,
  );
  const plan = row?.['QUERY PLAN'];
  const parsed = (typeof plan === 'string' ? JSON.parse(plan) : plan) as [
    { Plan?: { 'Plan Rows'?: number } },
  ];
  return Math.round(parsed[0]?.Plan?.['Plan Rows'] ?? 0);
}
