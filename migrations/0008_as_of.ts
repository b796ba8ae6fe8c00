import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { quoteLiteral, quoteName, quoteTable } from '../src/core/database/database.ts';
import { CLOCKS_DIFFER } from './effective-access.ts';
import type { MigrationContext } from './migration.ts';

/** `<table>_as_of(at)` for the tables that say who may do what, and an index that finds what changed since. */
export async function up(db: Kysely<unknown>, context: MigrationContext): Promise<void> {
  // The log grows in the order of time, so this index is written at its end and little else.
  await sql`
    create index changes_stream_changed_at on ${sql.id(context.stateSchema, 'changes')} (stream, changed_at)`.execute(
    db,
  );
  await createAsOf(db, context, 'members', ['member_id']);
  await createAsOf(db, context, 'teams', ['team_id']);
  await createAsOf(db, context, 'team_members', ['team_id', 'member_id']);
  await createAsOf(db, context, 'workspaces', ['workspace_id']);
  await createAsOf(db, context, 'files', ['id']);
  await createAsOf(db, context, 'workbooks', ['workbook_id']);
  await createAsOf(db, context, 'grants', ['grant_id']);
  await createAsOf(db, context, 'workspace_grants', ['grant_id']);
}

/**
 * Creates `<table>_as_of(at)`: the live rows of a table at an earlier time. It starts from the present rows and
 * undoes later changes in the log. If a row changed since, its first change tells whether it was there, and the
 * earliest value before a change is the value of a column. A row that did not change is returned as it is.
 *
 * @param refusesFuture false as it once was: a time to come had the rows of now.
 */
export async function createAsOf(
  db: Kysely<unknown>,
  { targetSchema, stateSchema }: MigrationContext,
  name: string,
  key: readonly string[],
  refusesFuture = false,
): Promise<void> {
  const table = quoteTable(targetSchema, name);
  const stream = quoteLiteral(name);
  const signature = `${quoteTable(targetSchema, `${name}_as_of`)}(at timestamptz)`;
  const sameKey = key.map((column, i) => `t.${quoteName(column)}::text = l.key[${i + 1}]`).join(' and ');
  const time = (value: string): string =>
    `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const future = `
  if $1 > now() + ${CLOCKS_DIFFER} then
    raise exception using errcode = 'invalid_parameter_value',
      message = ${quoteLiteral(`Nobody knows ${name} as of `)} || coalesce(${time('$1')}, $1::text) || ', which is in the future.',
      hint = 'Leave the time out to ask for the present, or ask for an earlier one.';
  end if;`;
  const body = `
declare
  start timestamptz := (select h.since from ${quoteTable(stateSchema, 'history')} h where h.stream = ${stream});
begin${refusesFuture ? future : ''}
  if start is null then
    raise exception using errcode = 'no_data_found',
      message = ${quoteLiteral(`There is no history of ${name}.`)},
      hint = 'It begins with the first sync that completes the stream, unless history.exclude names it.';
  end if;
  if ($1 >= start) is not true then
    raise exception using errcode = 'no_data_found',
      message = ${quoteLiteral(`The history of ${name} goes back to `)} || ${time('start')} || ', not to '
        || coalesce(${time('$1')}, 'null') || '.',
      hint = 'Ask for that time or a later one; history.retention_months says how long the log is kept.';
  end if;
  return query
    with later as materialized (
      select c.change_id, c.key, c.operation, c.before
        from ${quoteTable(stateSchema, 'changes')} c
       where c.stream = ${stream} and c.changed_at > $1
    ), first as materialized (
      select distinct on (l.key) l.key, l.operation from later l order by l.key, l.change_id
    ), before as (
      select l.key, jsonb_object_agg(b.key, b.value order by l.change_id desc) as image
        from later l cross join lateral jsonb_each(l.before - '_raw') b
       group by l.key
    )
    select t.* from ${table} t
     where t._deleted_at is null and not exists (select from first l where ${sameKey})
    union all
    select r.*
      from first l
      join ${table} t on ${sameKey}
      left join before b on b.key = l.key
     cross join lateral jsonb_populate_record(t, coalesce(b.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert';
end`;
  const about =
    `The rows of ${name} that were there at an earlier time, with the columns they had. _raw, _first_synced_at and ` +
    `_synced_at are those of today. Fails where the history does not go back so far${refusesFuture ? ', and for the future' : ''}.`;
  await sql
    .raw(
      `create ${refusesFuture ? 'or replace ' : ''}function ${signature} returns setof ${table}
         language plpgsql stable parallel safe as ${quoteLiteral(body)}`,
    )
    .execute(db);
  await sql.raw(`comment on function ${signature} is ${quoteLiteral(about)}`).execute(db);
}
