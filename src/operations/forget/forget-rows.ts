/** Deletes the rows that are about a person, from tables, change log, cursors and exports. */
import { hasTable, quoteLiteral, quoteName, quoteTable, type Session } from '../../core/database/database.ts';
import { columnNamed } from '../../exports/decide/columns.ts';
import { bookName, type ExportDefinition } from '../../exports/decide/definition.ts';
import { knownColumns } from '../../exports/write/target.ts';
import { SQL_TYPES, type Stream } from '../../extractors/stream.ts';
import { noteAllRewritten } from '../../state/rewrites.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { Person } from './person.ts';
import { FORGOTTEN } from './scrub.ts';

/** Rows that went, by table. */
export interface Gone {
  readonly table: string;
  readonly rows: number;
}

const MARKED = quoteLiteral(FORGOTTEN);

/** Streams whose rows are about one member each; the organization names the owner of the credentials and stays. */
export function personalStreams(streams: readonly Stream[]): Stream[] {
  return streams.filter(
    ({ name, columns }) => name !== 'organization' && columns.some((column) => column.name === 'member_id'),
  );
}

/**
 * Postgres keeps the statistics of a table without rows, and they quote values. So what goes is emptied first, then the
 * table is analyzed, and then it goes. @throws DatabaseError
 */
export async function deleteOfStream(
  session: Session,
  { target, state }: Schemas,
  stream: Stream,
  { ids }: Person,
): Promise<Gone[]> {
  const table = quoteTable(target, stream.name);
  const changes = quoteTable(state, 'changes');
  const place = stream.key.indexOf('member_id');
  const ofPerson =
    place >= 0
      ? `c.key[${place + 1}] = any ($1)`
      : `c.key[1] in (select t.${quoteName(stream.key[0] ?? '')}::text from ${table} t where t.member_id = any ($1)
          union select o.key[1] from ${changes} o where o.stream = ${quoteLiteral(stream.name)}
            and coalesce(o.before ->> 'member_id', o.after ->> 'member_id') = any ($1))`;
  const logged = await session.query(
    `update ${changes} c set key = array[${MARKED}], changed = null, before = null, after = null
      where c.stream = ${quoteLiteral(stream.name)} and ${ofPerson} returning 1`,
    [ids],
  );
  const emptied = stream.columns
    .filter(({ isKey, name }) => !isKey && name !== 'member_id')
    .map(({ name, type }) => `${quoteName(name)} = null::${SQL_TYPES[type]}`);
  // Two members become one: their keys must differ still.
  const blank = place >= 0 ? `${MARKED} || t.ctid::text` : MARKED;
  const rows = await session.query(
    `update ${table} t set ${[...emptied, `member_id = ${blank}`, `_raw = '{}'`].join(', ')}
      where t.member_id = any ($1) returning 1`,
    [ids],
  );
  if (rows.length > 0) await session.query(`analyze ${table}`);
  await session.query(`delete from ${table} where starts_with(member_id, ${MARKED})`);
  await session.query(
    `delete from ${quoteTable(state, 'rewrites')} where stream = ${quoteLiteral(stream.name)} and key && $1::text[]`,
    [ids],
  );
  // A destination has the rows still: it gets all others as a new version.
  if (rows.length > 0) await noteAllRewritten(session, { target, state }, stream.name);
  return [
    { table: `${target}.${stream.name}`, rows: rows.length },
    { table: `${state}.changes (${stream.name})`, rows: logged.length },
  ];
}

/** The entries of the log that {@link deleteOfStream} emptied, and the cursors of the person's partitions. @throws DatabaseError */
export async function deleteTraces(session: Session, { state }: Schemas, { ids }: Person): Promise<Gone[]> {
  const changes = quoteTable(state, 'changes');
  await session.query(`analyze ${changes}`);
  await session.query(`delete from ${changes} where key = array[${MARKED}]`);
  const gone: Gone[] = [];
  const conditions = {
    partitions: `p.partition = any ($1) or split_part(p.partition, ':', 2) = any ($1)`,
    absences: `p.partition = any ($1) or split_part(p.partition, ':', 2) = any ($1) or exists (select from jsonb_array_elements_text(p.key::jsonb) e(part) where e.part = any ($1))`,
  };
  for (const [name, condition] of Object.entries(conditions)) {
    const table = quoteTable(state, name);
    const rows = await session.query(`delete from ${table} p where ${condition} returning 1`, [ids]);
    if (rows.length > 0) await session.query(`analyze ${table}`);
    gone.push({ table: `${state}.${name}`, rows: rows.length });
  }
  return gone;
}

/** Rows of an export in which a column that names people names this one. @throws ConfigError where there is no such column; DatabaseError */
export async function deleteOfExport(
  session: Session,
  schemas: Schemas,
  schema: string,
  definition: ExportDefinition,
  { ids, marks }: Person,
): Promise<Gone[]> {
  const { person = [], name } = definition;
  if (person.length === 0 || !(await hasTable(session, schema, definition.table))) return [];
  const table = quoteTable(schema, definition.table);
  const known = await knownColumns(session, schemas, { schema, table, definition });
  const columns = person.map((label) => quoteName(columnNamed(known, label, `exports.${name}.person`).name));
  const found = await session.query<{ part: string; id: string }>(
    `select t.ctid::text as id from ${table} t
      where ${columns.map((column) => `lower(t.${column}::text) = any ($1)`).join(' or ')}`,
    [[...ids.map((id) => id.toLowerCase()), ...marks]],
  );
  if (found.length === 0) return [{ table: `${schema}.${definition.table}`, rows: 0 }];
  await session.query('create temp table sigma_forgotten (id tid) on commit drop');
  await session.query('insert into pg_temp.sigma_forgotten select unnest($1::text[])::tid', [
    found.map(({ id }) => id),
  ]);
  const free = await session.query<{ name: string; text: boolean; keyed: boolean }>(
    `select a.attname as name, a.atttypid = 'text'::regtype as text, a.attnotnull as keyed
       from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attname !~ '^_'`,
    [table],
  );
  const emptied = free.flatMap((one) =>
    one.keyed
      ? one.text
        ? [`${quoteName(one.name)} = ${MARKED} || t.ctid::text`]
        : []
      : [`${quoteName(one.name)} = null`],
  );
  // A row has another place once it was updated, so the mark of its own tells it.
  await session.query(
    `update ${table} t set ${[...emptied, '_row_number = -1'].join(', ')} from pg_temp.sigma_forgotten f where t.ctid = f.id`,
  );
  await session.query(`analyze ${table}`);
  await session.query(`delete from ${table} where _row_number = -1`);
  await session.query('drop table pg_temp.sigma_forgotten');
  await noteAllRewritten(session, schemas, bookName(definition));
  return [{ table: `${schema}.${definition.table}`, rows: found.length }];
}
