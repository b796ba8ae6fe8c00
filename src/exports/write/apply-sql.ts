/** The statements that bring staged rows into the table, by mode. Each gives counts in one row. */
import { quoteName } from '../../core/database/database.ts';
import type { ExportColumn } from '../decide/columns.ts';
import { TYPED } from './stage.ts';

/** Counts of a load. */
export interface LoadCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
}

export const NOTHING_LOADED: LoadCounts = { inserted: 0, updated: 0, unchanged: 0, deleted: 0 };

const list = (names: readonly string[], alias = ''): string =>
  names.map((name) => `${alias}${quoteName(name)}`).join(', ');

/** Everything that is staged, as it is. $1 = export run. */
export function insertSql(table: string, columns: readonly ExportColumn[]): string {
  const names = columns.map(({ name }) => name);
  return `/* inserting the rows of the export */
    with written as (
      insert into ${table} (${list(names)}, _export_run, _row_number)
      select ${list(names)}, $1::bigint, _row_number from ${TYPED} returning 1)
    select count(*)::integer as inserted from written`;
}

/**
 * Rows of a window that are not there yet: equal rows count as often as they are there, so that a window can be read
 * again without doubling anything, and rows that Sigma has forgotten stay. A row from before there were the `later`
 * columns has nothing in them, and equals one that differs only there. $1 = export run, $2 and $3 = the window.
 */
export function appendSql(
  table: string,
  columns: readonly ExportColumn[],
  time: string,
  later: ReadonlySet<string>,
): string {
  const names = columns.map(({ name }) => name);
  // A column of nothing but nulls so far is one of texts.
  const isEmpty = columns.some(({ name, kind }) => name === time && kind === 'unknown');
  const at = `${quoteName(time)}${isEmpty ? '::timestamptz' : ''}`;
  const inWindow = `${at} >= $2::timestamptz and ${at} < $3::timestamptz`;
  // The text of a row is equal where the row is, and can be hashed, whatever types it has.
  const textOf = (some: readonly string[]): string => `row(${list(some)})::text`;
  const number = (row: string): string => `row_number() over (partition by ${row} order by _row_number)`;
  const added = names.filter((name) => later.has(name));
  const old = added.length === 0 ? 'null::text' : textOf(names.filter((name) => !later.has(name)));
  const isOld =
    added.length === 0 ? 'false' : added.map((name) => `${quoteName(name)} is null`).join(' and ');
  return `/* appending the rows of the window that are new */
    with staged as (
      select *, ${number('_row')} as _copy from (
        select *, ${textOf(names)} as _row, ${old} as _old from ${TYPED} where ${inWindow}) s
    ), present as (
      select *, ${number('_row')} as _copy from (
        select _row_number, ${textOf(names)} as _row, ${old} as _old, ${isOld} as _is_old
          from ${table} where ${inWindow} and _export_run <> $1::bigint) t
    ), unlike as (
      select *, ${number('_old')} as _place from staged s
       where not exists (select 1 from present p where p._row = s._row and p._copy = s._copy)
    ), older as (
      select _old, ${number('_old')} as _place from present p
       where _is_old and not exists (select 1 from staged s where s._row = p._row and s._copy = p._copy)
    ), written as (
      insert into ${table} (${list(names)}, _export_run, _row_number)
      select ${list(names)}, $1::bigint, _row_number from unlike u
       where not exists (select 1 from older o where o._old = u._old and o._place = u._place)
       order by _row_number returning 1)
    select (select count(*) from written)::integer as inserted,
           (select count(*) from staged)::integer - (select count(*) from written)::integer as unchanged`;
}

/** Leaves the last of the staged rows of each key; gives the number of those it left out. */
export function lastWinsSql(key: readonly string[]): string {
  const same = key.map((name) => `s.${quoteName(name)} = d.${quoteName(name)}`).join(' and ');
  return `/* leaving the last row of each key */
    with gone as (
      delete from ${TYPED} s using (
        select ${list(key)}, max(_row_number) as _last from ${TYPED} group by ${list(key)} having count(*) > 1) d
       where ${same} and s._row_number < d._last returning 1)
    select count(*)::integer as count from gone`;
}

/** Types that can be declared and have no `=`, or one that means something else. */
const WITHOUT_EQUALITY = /^(?:json|xml|point|line|lseg|box|path|polygon|circle)\b/i;

/** Rows that are new or differ; those that are equal are not even locked. $1 = export run. */
export function mergeSql(table: string, columns: readonly ExportColumn[], key: readonly string[]): string {
  const names = columns.map(({ name }) => name);
  const values = names.filter((name) => !key.includes(name));
  const same = key.map((name) => `t.${quoteName(name)} = s.${quoteName(name)}`).join(' and ');
  const first = quoteName(key[0] ?? '');
  const texts = new Set(
    columns.filter(({ sqlType }) => WITHOUT_EQUALITY.test(sqlType)).map(({ name }) => name),
  );
  const compared = (alias: string): string =>
    values.map((name) => `${alias}${quoteName(name)}${texts.has(name) ? '::text' : ''}`).join(', ');
  const differs = values.length === 0 ? 'false' : `(${compared('t.')}) is distinct from (${compared('s.')})`;
  const update = [
    ...values.map((name) => `${quoteName(name)} = excluded.${quoteName(name)}`),
    '_export_run = excluded._export_run',
    '_row_number = excluded._row_number',
    '_loaded_at = excluded._loaded_at',
  ];
  return `/* merging the rows of the export */
    with written as (
      insert into ${table} as o (${list(names)}, _export_run, _row_number)
      select ${list(names, 's.')}, $1::bigint, s._row_number
        from ${TYPED} s left join ${table} t on ${same}
       where t.${first} is null or ${differs}
      on conflict (${list(key)}) do update set ${update.join(', ')}
      returning (xmax = 0) as new)
    select (count(*) filter (where new))::integer as inserted, (count(*) filter (where not new))::integer as updated
      from written`;
}
