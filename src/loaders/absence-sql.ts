/** The statements that note which stored rows a listing lacks, as text made from a stream's declaration. */
import { quoteLiteral, quoteName, quoteTable } from '../core/database/database.ts';
import { kindsOf, type PartitionKind, SQL_TYPES, type Stream } from '../extractors/stream.ts';
import type { Schemas } from '../state/schemas.ts';
import { provenIn } from './deletion-proof.ts';
import { partitionExpression } from './partition-name.ts';

/** The statements for one stream. `$n` parameters are described at each. */
export interface AbsenceSql {
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
  /**
   * The same for what a shortcut lacks, which proves nothing: it is noted as absent from the row's own partition, where
   * that can be read. $1 = units integer[], $2 = stream, $3 = run id, $4 = now, $5 = values text[].
   */
  readonly noteMissed: string | undefined;
  /** Column by which a unit may leave rows out of the search for absences. */
  readonly keptColumn: string | undefined;
}

/** The listings to compare with the stored rows `t`, and the columns to compare by. */
interface Scope {
  readonly from: string;
  readonly unit: string;
  readonly partition: string;
  readonly proof: string;
  readonly match: string;
  readonly except?: string;
  /** SQL of the time, and of whether repetition proves it, where those are no parameters in the usual place. */
  readonly at?: string;
  readonly again?: string;
}

/** Builds the statements; `staging` is the table with the rows of the listings. */
export function absenceSql(stream: Stream, schemas: Schemas, staging: string): AbsenceSql {
  const target = quoteTable(schemas.target, stream.name);
  const absences = quoteTable(schemas.state, 'absences');
  const staged = stream.key.map((name) => `s.${quoteName(name)} = t.${quoteName(name)}`).join(' and ');
  const keptColumn = keptColumnOf(stream);
  const notKept =
    keptColumn === undefined
      ? ''
      : `and not exists (select 1 from unnest($9::text[], $10::text[]) k(partition, value)
                          where k.partition = p.partition and k.value = t.${quoteName(keptColumn)})`;

  const note = ({
    from,
    unit,
    partition,
    proof,
    match,
    except = '',
    at = '$5',
    again = '$6::boolean',
  }: Scope): string =>
    `/* noting absences of ${stream.name} */
    insert into ${absences} as a (stream, key, partition, confirmed, run_id, noted_at)
    select $2, ${keyExpression(stream, 't')}, ${partition}, ${proof}, $3, ${at}
      from ${from} join ${target} t on ${match} and t._deleted_at is null
     where not exists (select 1 from ${staging} s where s._unit = ${unit} and ${staged})
           ${except}
    on conflict (stream, key) do update set
      confirmed = (${provenIn('excluded.run_id', 'a')}) or excluded.confirmed or ${again},
      run_id = excluded.run_id`;

  return {
    forgetAbsences: `
    delete from ${absences} a using ${staging} s
     where a.stream = ${quoteLiteral(stream.name)} and s._unit = any($1::integer[]) and ${sameAsKey(stream, 's', 'a')}`,
    noteRootAbsences: note({
      from: '(select 1) one',
      unit: '$1::integer',
      partition: "''",
      proof: '$4::boolean',
      match: 'true',
    }),
    noteAbsences: ({ column }) =>
      note({
        from: 'unnest($1::integer[], $4::boolean[], $7::text[], $8::text[]) as p(unit, proof, value, partition)',
        unit: 'p.unit',
        partition: 'p.partition',
        proof: 'p.proof',
        match: `t.${quoteName(column)} = p.value`,
        except: notKept,
      }),
    noteMissed:
      stream.shortcut === undefined
        ? undefined
        : note({
            from: `unnest($1::integer[], $5::text[]) as p(unit, value)`,
            unit: 'p.unit',
            partition: ownPartition(stream, 't'),
            proof: 'false',
            match: `t.${quoteName(stream.shortcut.column)} = p.value`,
            except: `and ${hasReadableParent(stream, schemas, 't')}`,
            at: '$4',
            again: 'false',
          }),
    keptColumn,
  };
}

/** SQL for the partition of a row by its own parent. */
function ownPartition(stream: Stream, alias: string): string {
  return kindsOf(stream)
    .slice(0, 1)
    .map((kind) => partitionExpression(stream, kind, `${alias}.${quoteName(kind.column)}`))
    .join('');
}

/** SQL that is true of a row whose own parent is there and may be read. */
export function hasReadableParent(stream: Stream, schemas: Schemas, alias: string): string {
  const parents = kindsOf(stream).map(({ parent, parentColumn, column, unless }) => {
    const isLive = unless === undefined ? '' : `and not coalesce(o.${quoteName(unless)}, false)`;
    return `exists (select from ${quoteTable(schemas.target, parent)} o
      where o.${quoteName(parentColumn)} = ${alias}.${quoteName(column)} and o._deleted_at is null ${isLive})`;
  });
  return `(${parents.join(' or ')})`;
}

/** The column that a source fills which is read for each row of another stream. */
function keptColumnOf(stream: Stream): string | undefined {
  const params = stream.sources.flatMap(({ forEach }) => (forEach === undefined ? [] : [forEach.param]));
  return stream.columns.find(({ from, source }) => from === 'param' && params.includes(source))?.name;
}

/** The key of a row as one text: a JSON array, so that no two keys are the same text. */
function keyExpression(stream: Stream, alias: string): string {
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
