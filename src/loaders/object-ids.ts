/**
 * The object that a row names, by its long id wherever somebody knows it. The API sends the one id or the other, and
 * which it is may change; the other one is found among the rows of the streams that are such objects, tombstones
 * included, because what is gone was granted as well. All of it is done by sets, in SQL made from the declarations. A
 * short id that no row tells is computed where that is proven (`short-ids.ts`).
 */
import { quoteLiteral, quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { plural } from '../core/words.ts';
import type { ObjectReference, Stream } from '../extractors/stream.ts';
import { longIdOf } from '../sigma/ids.ts';
import { noteRewritesSql } from '../state/rewrites.ts';
import type { Schemas } from '../state/schemas.ts';
import { loggedKey } from './change-sql.ts';
import { mayCompute } from './short-ids.ts';

/** Dependencies for finding objects. */
export interface ObjectContext {
  readonly schemas: Schemas;
  /** Every stream there is: those that are objects are among them. */
  readonly streams: readonly Stream[];
}

type Referring = Stream & { readonly reference: ObjectReference };

/** True of a stream whose rows name objects of others. */
export function refersToObjects(stream: Stream): stream is Referring {
  return stream.reference !== undefined;
}

/** SQL that is true of a row that has the short id of its object alone: it joins with nothing. */
export function lacksLongId({ id, urlId }: ObjectReference, alias: string): string {
  return `${alias}.${quoteName(id)} = ${alias}.${quoteName(urlId)}`;
}

/** SQL that is true of a row that lacks one of the two ids. An index of each such table has these rows. */
function lacksAnId(reference: ObjectReference, alias: string): string {
  return `(${lacksLongId(reference, alias)} or ${alias}.${quoteName(reference.urlId)} is null)`;
}

/**
 * A query for both ids of each object that `given` names: `was_id` and `was_url_id` as they are, `id` and `url_id` as
 * they should be. It has two columns, `id` and `url_id`, of which the second may be null, and the first the short one.
 * Tables are asked one after the other until one has it.
 */
function foundSql({ schemas, streams }: ObjectContext, given: string): string {
  const tables = streams.flatMap(({ name, identifies }) => {
    if (identifies?.urlId === undefined) return [];
    const [id, urlId] = [`o.${quoteName(identifies.id)}`, `o.${quoteName(identifies.urlId)}`];
    const from = `select ${id} as id, ${urlId} as url_id from ${quoteTable(schemas.target, name)} o`;
    const order = `order by o._deleted_at is not null, ${id} limit 1`;
    return [
      `(${from} where g.url_id is not null and ${urlId} = g.url_id ${order})`,
      `(${from} where g.url_id is null and ${id} = g.id and ${urlId} is not null ${order})`,
    ];
  });
  const nothing = 'select null::text as id, null::text as url_id where false';
  const objects = tables.length === 0 ? nothing : tables.join(' union all ');
  return `select g.id as was_id, g.url_id as was_url_id, k.id, k.url_id
            from (${given}) g cross join lateral (${objects} limit 1) k`;
}

/**
 * The statements that bring the ids of staged rows in order before the merge. The merge reads the stored row of the
 * same key anyway, so `knownId` is left to it. $1 = units integer[].
 */
export interface StagedIdsSql {
  /** Gives a row where there is anything to do: stored rows mostly know the objects, since little is new. */
  readonly lacking: string;
  /** Gives staged rows the short ids of stored ones that have no other. */
  readonly byStored: string;
  /** Gives staged rows the ids that listings know, where the stored row does not know them. */
  readonly byListings: string;
  /** Gives them those of others: a listing of what an object has knows the object, that of what a member has does not. */
  readonly byEachOther: string;
  /** Gives stored rows the long ids that staged rows have. $2 = now. Gives `count`. */
  readonly toStored: string;
}

/** Builds the statements for a stream; undefined where its rows name no objects. */
export function stagedIdsSql(
  stream: Stream,
  context: ObjectContext,
  staging: string,
): StagedIdsSql | undefined {
  if (!refersToObjects(stream)) return undefined;
  const { reference } = stream;
  const target = quoteTable(context.schemas.target, stream.name);
  const [id, urlId] = [quoteName(reference.id), quoteName(reference.urlId)];
  const own = 's._unit = any($1::integer[])';
  const sameKey = stream.key.map((name) => `t.${quoteName(name)} = s.${quoteName(name)}`).join(' and ');
  const lacking = `from ${staging} s where ${own} and s.${id} is not null and not exists (
       select from ${target} t where ${sameKey} and t.${id} <> t.${urlId} and (t.${id} = s.${id} or t.${urlId} = s.${id}))`;
  const given = `select distinct s.${id} as id, s.${urlId} as url_id ${lacking}`;
  const pairs = `select distinct on (s.${urlId}) s.${urlId} as url_id, s.${id} as id
    from ${staging} s where ${own} and s.${id} <> s.${urlId} order by s.${urlId}, s.${id}`;
  return {
    lacking: `/* finding objects of ${stream.name} */ select 1 ${lacking} limit 1`,
    byStored: `/* finding objects of ${stream.name} */
    update ${staging} s set ${urlId} = t.${urlId} from ${target} t
     where ${own} and ${sameKey} and ${lacksLongId(reference, 't')} and s.${urlId} is null`,
    byListings: `/* finding objects of ${stream.name} */
    with found as materialized (${foundSql(context, given)})
    update ${staging} s set ${id} = f.id, ${urlId} = f.url_id
      from found f
     where ${own} and s.${id} = f.was_id and s.${urlId} is not distinct from f.was_url_id
       and (s.${id}, s.${urlId}) is distinct from (f.id, f.url_id)`,
    byEachOther: `/* finding objects of ${stream.name} */
    update ${staging} s set ${id} = p.id
      from (${pairs}) p where ${own} and ${lacksLongId(reference, 's')} and s.${urlId} = p.url_id`,
    toStored: rewriteSql(stream, context.schemas, {
      found: `select p.url_id as was_id, p.url_id as was_url_id, p.id, p.url_id from (${pairs}) p`,
      at: '$2::timestamptz',
      // Nothing else than these is looked at, which the index of rows without a long id has.
      where: lacksLongId(reference, 't'),
    }),
  };
}

/**
 * SQL of a column of the entry `e` with what the stored row `t` of its key, if there is one, knows of the object: an id
 * that was known once stays known, whichever the API sends. Undefined for columns that are no such id.
 */
export function knownId({ reference }: Stream, column: string): string | undefined {
  if (reference === undefined) return undefined;
  const of = (alias: string, name: string): string => `${alias}.${quoteName(name)}`;
  const { id, urlId } = reference;
  if (column === urlId)
    return `coalesce(${of('e', urlId)}, case when ${of('t', id)} = ${of('e', id)} then ${of('t', urlId)} end)`;
  if (column !== id) return undefined;
  return `case when ${lacksLongId(reference, 'e')} and ${of('t', id)} is distinct from ${of('t', urlId)}
                and coalesce(${of('t', urlId)}, ${of('e', urlId)}) = ${of('e', urlId)}
               then ${of('t', id)} else ${of('e', id)} end`;
}

/**
 * Gives rows, and their log entries, other ids of the same objects. `found` has these ids in the form of `foundSql`.
 * The organization did not change, so nothing is logged. The rows' `_synced_at` moves, because models built from them
 * are out of date.
 */
function rewriteSql(
  stream: Referring,
  schemas: Schemas,
  { found, at, where }: { readonly found: string; readonly at: string; readonly where: string },
): string {
  const { reference } = stream;
  const [id, urlId] = [quoteName(reference.id), quoteName(reference.urlId)];
  const field = quoteLiteral(reference.id);
  const image = (column: string): string =>
    `case when c.${column} ->> ${field} = r.was_id
          then c.${column} || jsonb_build_object(${field}, r.id) else c.${column} end`;
  return `/* finding objects of ${stream.name} */
    with found as materialized (${found}), rewritten as (
      update ${quoteTable(schemas.target, stream.name)} t
         set ${id} = f.id, ${urlId} = f.url_id, _synced_at = ${at}
        from found f
       where t.${id} = f.was_id and t.${urlId} is not distinct from f.was_url_id and ${where}
      returning ${loggedKey(stream, 't')} as _key, f.was_id, f.id
    ), logged as (
      update ${quoteTable(schemas.state, 'changes')} c set before = ${image('before')}, after = ${image('after')}
        from rewritten r
       where r.was_id <> r.id and c.stream = ${quoteLiteral(stream.name)} and c.key = r._key
         and (c.before ->> ${field} = r.was_id or c.after ->> ${field} = r.was_id)
    ), noted as (
      ${noteRewritesSql(schemas, stream.name, '_key', 'rewritten')}
    )
    select count(*)::integer as count from rewritten`;
}

/**
 * Finds the objects of stored rows that lack an id: they were listed since, or their id can be computed.
 *
 * @returns rows that were rewritten.
 * @throws DatabaseError
 */
export async function resolveStored(
  session: Session,
  stream: Stream,
  context: ObjectContext,
  at: Date,
): Promise<number> {
  if (!refersToObjects(stream)) return 0;
  const { reference } = stream;
  const lacking = `select distinct t.${quoteName(reference.id)} as id, t.${quoteName(reference.urlId)} as url_id
    from ${quoteTable(context.schemas.target, stream.name)} t where ${lacksAnId(reference, 't')}`;
  const sql = rewriteSql(stream, context.schemas, {
    found: foundSql(context, lacking),
    at: '$1::timestamptz',
    where: lacksAnId(reference, 't'),
  });
  const [result] = await session.query<{ count: number }>(sql, [at.toISOString()]);
  return (result?.count ?? 0) + (await computeStored(session, stream, context, at));
}

/** Short ids that are computed at once. */
const MOST_AT_ONCE = 5000;

/** Computes the long ids of objects that no row tells, such as databases and schemas, which no listing has. */
async function computeStored(
  session: Session,
  stream: Referring,
  context: ObjectContext,
  at: Date,
): Promise<number> {
  const { reference } = stream;
  const urlId = `t.${quoteName(reference.urlId)}`;
  const lacking = await session.query<{ urlId: string }>(
    `select distinct ${urlId} as "urlId" from ${quoteTable(context.schemas.target, stream.name)} t
      where ${lacksLongId(reference, 't')}`,
  );
  const computed = lacking.flatMap(({ urlId: short }) => {
    const long = longIdOf(short);
    return long === undefined ? [] : [{ short, long }];
  });
  if (computed.length === 0 || !(await mayCompute(session, context))) return 0;
  const sql = rewriteSql(stream, context.schemas, {
    found: `select c.url_id as was_id, c.url_id as was_url_id, c.id, c.url_id
              from unnest($2::text[], $3::text[]) as c(url_id, id)`,
    at: '$1::timestamptz',
    where: lacksLongId(reference, 't'),
  });
  let count = 0;
  for (let i = 0; i < computed.length; i += MOST_AT_ONCE) {
    const some = computed.slice(i, i + MOST_AT_ONCE);
    const pairs = [some.map(({ short }) => short), some.map(({ long }) => long)];
    const [result] = await session.query<{ count: number }>(sql, [at.toISOString(), ...pairs]);
    count += result?.count ?? 0;
  }
  return count;
}

/** Streams of which a stored row lacks one of the ids of its object: `resolveStored` has nothing to do in others. @throws DatabaseError */
export async function streamsLackingIds(
  session: Session,
  streams: readonly Stream[],
  schemas: Schemas,
): Promise<ReadonlySet<string>> {
  const looks = streams.filter(refersToObjects).map(
    ({ name, reference }) => `select ${quoteLiteral(name)} as name where exists (
      select from ${quoteTable(schemas.target, name)} t where ${lacksAnId(reference, 't')})`,
  );
  if (looks.length === 0) return new Set();
  const rows = await session.query<{ name: string }>(looks.join(' union all '));
  return new Set(rows.map(({ name }) => name));
}

/**
 * Counts live rows that name an object which no listing has, by either id. If the partition names the object as well,
 * it is known.
 *
 * @returns counts by stream, for the streams of `among` that have such rows.
 * @throws DatabaseError
 */
export async function countUnknownObjects(
  session: Session,
  among: readonly Stream[],
  { schemas, streams }: ObjectContext,
): Promise<ReadonlyMap<string, number>> {
  const counts = among.filter(refersToObjects).flatMap(({ name, reference }) => {
    if (reference.isPartition) return [];
    const id = `t.${quoteName(reference.id)}`;
    const listed = streams.flatMap((other) =>
      other.identifies === undefined
        ? []
        : [
            `and not exists (select from ${quoteTable(schemas.target, other.name)} o
                              where o.${quoteName(other.identifies.id)} = ${id})`,
          ],
    );
    return [
      `select ${quoteLiteral(name)} as name, count(*)::integer as count from ${quoteTable(schemas.target, name)} t
        where t._deleted_at is null and ${id} is not null ${listed.join(' ')}`,
    ];
  });
  if (counts.length === 0) return new Map();
  const rows = await session.query<{ name: string; count: number }>(counts.join(' union all '));
  return new Map(rows.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]));
}

/** `3 rows name an object that no listing has`. */
export function aboutUnknown(count: number): string {
  return `${plural(count, 'row')} ${count === 1 ? 'names' : 'name'} an object that no listing has`;
}
