/**
 * The statements of a merge, as text made from a stream's declaration. Rows lie in an unlogged staging table, and
 * one statement inserts the new ones and updates those that differ; a row that is equal is not touched at all,
 * not even locked, because it is left out before `ON CONFLICT` could lock it.
 */
import { quoteLiteral, quoteName, quoteTable } from '../core/database/database.ts';
import { type PartitionKind, SQL_TYPES, type Stream } from '../extractors/stream.ts';
import type { Schemas } from '../state/schemas.ts';
import { imageOf, logMergeSql } from './change-sql.ts';
import { provenIn } from './deletion-proof.ts';

/** The statements for one stream. `$n` parameters are described at each. */
export interface MergeSql {
  readonly createStaging: string;
  readonly dropStaging: string;
  readonly truncateStaging: string;
  /** $1 = units as integer[]. */
  readonly clearUnits: string;
  /** `table (columns)` for COPY: unit, sequence, the stream's columns, raw. */
  readonly copyTarget: string;
  /** $1 = units integer[], $2 = now, and $3 = run id where changes are logged. Gives read, inserted, updated, unchanged. */
  readonly merge: string;
  /** $1 = units integer[]. Forgets absences of rows that are there after all. */
  readonly forgetAbsences: string;
  /**
   * Notes rows of root listings that are absent from them. $1 = unit, $2 = stream, $3 = run id, $4 = this
   * listing alone proves it, $5 = now, $6 = it does where the row was absent before.
   */
  readonly noteRootAbsences: string;
  /**
   * The same for partitions: $1 = units integer[], $2 = stream, $3 = run id, $4 = proven boolean[], $5 = now,
   * $6 = proven by repetition, $7 = values text[], $8 = partitions text[]; where there is a `keptColumn`, also
   * $9 and $10 = partitions and values of that column whose rows were not looked for.
   */
  noteAbsences(kind: Pick<PartitionKind, 'column'>): string;
  /** Column by which a unit may leave rows out of the search for absences. */
  readonly keptColumn: string | undefined;
}

/**
 * Builds the statements. `owner` keeps the staging tables of two runs (and of several workers) apart; `logged` writes
 * the change log along with the rows.
 */
export function mergeSql(stream: Stream, schemas: Schemas, owner: string, logged: boolean): MergeSql {
  const staging = quoteTable(schemas.state, `staging_${stream.name}_${owner}`);
  const target = quoteTable(schemas.target, stream.name);
  const absences = quoteTable(schemas.state, 'absences');
  const names = stream.columns.map((column) => quoteName(column.name));
  const all = [...names, '_raw'];
  const key = stream.key.map(quoteName);
  const values = all.filter((name) => !key.includes(name));
  const sameKey = (left: string, right: string): string =>
    key.map((name) => `${left}.${name} = ${right}.${name}`).join(' and ');
  const list = (alias: string, columns: readonly string[]): string =>
    columns.map((name) => `${alias}.${name}`).join(', ');
  const newest =
    stream.versionColumn === undefined ? '' : `${quoteName(stream.versionColumn)} desc nulls last, `;
  const oldImage = `, t._deleted_at is not null as _gone, t._raw as _old_raw,
             case when t.${key[0]} is not null then ${imageOf(stream, 't')} end as _old`;
  const keyText = (alias: string): string => keyExpression(stream, alias);

  const keptColumn = keptColumnOf(stream);
  const notKept =
    keptColumn === undefined
      ? ''
      : `and not exists (select 1 from unnest($9::text[], $10::text[]) k(partition, value)
                          where k.partition = p.partition and k.value = t.${quoteName(keptColumn)})`;

  const noteAbsences = (scope: {
    from: string;
    unit: string;
    partition: string;
    proof: string;
    match: string;
    except?: string;
  }) => `/* noting absences of ${stream.name} */
    insert into ${absences} as a (stream, key, partition, confirmed, run_id, noted_at)
    select $2, ${keyText('t')}, ${scope.partition}, ${scope.proof}, $3, $5
      from ${scope.from} join ${target} t on ${scope.match} and t._deleted_at is null
     where not exists (select 1 from ${staging} s where s._unit = ${scope.unit} and ${sameKey('s', 't')})
           ${scope.except ?? ''}
    on conflict (stream, key) do update set
      confirmed = (${provenIn('excluded.run_id', 'a')}) or excluded.confirmed or $6::boolean,
      run_id = excluded.run_id`;

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
      select ${list('e', all)}, t.${key[0]} is null as _new${logged ? oldImage : ''}
        from entries e left join ${target} t on ${sameKey('t', 'e')}
       where t.${key[0]} is null or t._deleted_at is not null
          or (${list('t', values)}) is distinct from (${list('e', values)})
    ), written as (
      insert into ${target} as t (${all.join(', ')}, _first_synced_at, _synced_at)
      select ${all.join(', ')}, $2::timestamptz, $2::timestamptz from delta
      on conflict (${key.join(', ')}) do update set
        ${values.map((name) => `${name} = excluded.${name}`).join(', ')},
        _synced_at = excluded._synced_at, _deleted_at = null
    )${logged ? `, logged as (${logMergeSql(stream, schemas, '$2::timestamptz', '$3')})` : ''}
    select (select count(*) from ${staging} where _unit = any($1::integer[]))::integer as read,
           (select count(*) from entries)::integer - count(*)::integer as unchanged,
           (count(*) filter (where _new))::integer as inserted,
           (count(*) filter (where not _new))::integer as updated
      from delta`,
    forgetAbsences: `
    delete from ${absences} a using ${staging} s
     where a.stream = ${quoteLiteral(stream.name)} and s._unit = any($1::integer[]) and ${sameAsKey(stream, 's', 'a')}`,
    noteRootAbsences: noteAbsences({
      from: '(select 1) one',
      unit: '$1::integer',
      partition: "''",
      proof: '$4::boolean',
      match: 'true',
    }),
    noteAbsences: ({ column }) =>
      noteAbsences({
        from: 'unnest($1::integer[], $4::boolean[], $7::text[], $8::text[]) as p(unit, proof, value, partition)',
        unit: 'p.unit',
        partition: 'p.partition',
        proof: 'p.proof',
        match: `t.${quoteName(column)} = p.value`,
        except: notKept,
      }),
    keptColumn,
  };
}

/** The column that a source fills which is read for each row of another stream. */
function keptColumnOf(stream: Stream): string | undefined {
  const params = stream.sources.flatMap(({ forEach }) => (forEach === undefined ? [] : [forEach.param]));
  return stream.columns.find(({ from, source }) => from === 'param' && params.includes(source))?.name;
}

/** The key of a row as one text: a JSON array, so that no two keys are the same text. */
export function keyExpression(stream: Stream, alias: string): string {
  return `jsonb_build_array(${stream.key.map((name) => `${alias}.${quoteName(name)}`).join(', ')})::text`;
}

/**
 * SQL that is true where row `alias` has the key of an absence. Column by column, so that the primary key is used:
 * comparing with `keyExpression` would build the text of every row of the table for every absence.
 */
export function sameAsKey(stream: Stream, alias: string, absence: string): string {
  return stream.key
    .map((name, i) => {
      const type = stream.columns.find((column) => column.name === name)?.type ?? 'text';
      const value = `${absence}.key::jsonb ->> ${i}`;
      return `${alias}.${quoteName(name)} = ${type === 'text' ? value : `(${value})::${SQL_TYPES[type]}`}`;
    })
    .join(' and ');
}
