/**
 * The statements of a merge, as text made from a stream's declaration. Rows lie in an unlogged staging table, and
 * one statement inserts the new ones and updates those that differ; a row that is equal is not touched at all,
 * not even locked, because it is left out before `ON CONFLICT` could lock it.
 */
import { quoteName, quoteTable } from '../core/database/database.ts';
import { SQL_TYPES, type Stream } from '../extractors/stream.ts';
import { type AbsenceSql, absenceSql, hasReadableParent } from './absence-sql.ts';
import { imageOf, logMergeSql } from './change-sql.ts';
import { knownId, type ObjectContext, type StagedIdsSql, stagedIdsSql } from './object-ids.ts';

/** The statements for one stream. `$n` parameters are described at each. */
export interface MergeSql extends AbsenceSql {
  readonly createStaging: string;
  readonly dropStaging: string;
  readonly truncateStaging: string;
  /** $1 = units as integer[]. */
  readonly clearUnits: string;
  /** `table (columns)` for COPY: unit, sequence, the stream's columns, raw. */
  readonly copyTarget: string;
  /** $1 = units integer[], $2 = now, and $3 = run id where changes are logged. Gives read, inserted, updated, unchanged. */
  readonly merge: string;
  /** Drops rows that a shortcut has of parents that are not there or may not be read. $1 = units integer[]. */
  readonly dropStrays: string | undefined;
  /** Brings the ids of objects in order before the merge, where rows name some. */
  readonly ids: StagedIdsSql | undefined;
}

/**
 * Builds the statements. `streams` are all there are; `owner` keeps the staging tables of two runs (and of several workers) apart; `logged` writes
 * the change log along with the rows.
 */
export function mergeSql(
  stream: Stream,
  { schemas, streams }: ObjectContext,
  owner: string,
  logged: boolean,
): MergeSql {
  const staging = quoteTable(schemas.state, `staging_${stream.name}_${owner}`);
  const target = quoteTable(schemas.target, stream.name);
  const names = stream.columns.map((column) => quoteName(column.name));
  const all = [...names, '_raw'];
  const key = stream.key.map(quoteName);
  const values = all.filter((name) => !key.includes(name));
  const sameKey = key.map((name) => `t.${name} = e.${name}`).join(' and ');
  const list = (alias: string, columns: readonly string[]): string =>
    columns.map((name) => `${alias}.${name}`).join(', ');
  // The entry's values, with what the stored row knows beside them.
  const given = (column: string): string => knownId(stream, column) ?? `e.${quoteName(column)}`;
  const entry = [...stream.columns.map(({ name }) => `${given(name)} as ${quoteName(name)}`), 'e._raw'];
  const entryValues = stream.columns.filter(({ isKey }) => !isKey).map(({ name }) => given(name));
  const newest =
    stream.versionColumn === undefined ? '' : `${quoteName(stream.versionColumn)} desc nulls last, `;
  const oldImage = `, t._deleted_at is not null as _gone, t._raw as _old_raw,
             case when t.${key[0]} is not null then ${imageOf(stream, 't')} end as _old`;

  return {
    createStaging: `create unlogged table ${staging} (_unit integer not null, _seq bigint not null, ${stream.columns
      .map((column) => `${quoteName(column.name)} ${SQL_TYPES[column.type]}`)
      .join(', ')}, _raw jsonb not null)`,
    dropStaging: `drop table if exists ${staging}`,
    truncateStaging: `truncate ${staging}`,
    clearUnits: `delete from ${staging} where _unit = any($1::integer[])`,
    copyTarget: `${staging} (_unit, _seq, ${all.join(', ')})`,
    merge: `/* merging rows into ${stream.name} */
    with entries as materialized (
      select distinct on (${key.join(', ')}) ${all.join(', ')}
        from ${staging} where _unit = any($1::integer[])
       order by ${key.join(', ')}, ${newest}_seq desc
    ), delta as materialized (
      select ${entry.join(', ')}, t.${key[0]} is null as _new${logged ? oldImage : ''}
        from entries e left join ${target} t on ${sameKey}
       where t.${key[0]} is null or t._deleted_at is not null
          or (${list('t', values)}) is distinct from (${[...entryValues, 'e._raw'].join(', ')})
    ), written as (
      insert into ${target} as t (${all.join(', ')}, _first_synced_at, _synced_at)
      select ${all.join(', ')}, $2::timestamptz, $2::timestamptz from delta
      on conflict (${key.join(', ')}) do update set
        ${values.map((name) => `${name} = excluded.${name}`).join(', ')},
        _synced_at = excluded._synced_at, _deleted_at = null
    )${logged ? `, ${logMergeSql(stream, schemas, '$2::timestamptz', '$3')}` : ''}
    select (select count(*) from ${staging} where _unit = any($1::integer[]))::integer as read,
           (select count(*) from entries)::integer - count(*)::integer as unchanged,
           (count(*) filter (where _new))::integer as inserted,
           (count(*) filter (where not _new))::integer as updated
      from delta`,
    dropStrays:
      stream.shortcut === undefined
        ? undefined
        : `delete from ${staging} s where s._unit = any($1::integer[]) and not ${hasReadableParent(stream, schemas, 's')}`,
    ids: stagedIdsSql(stream, { schemas, streams }, staging),
    ...absenceSql(stream, schemas, staging),
  };
}
