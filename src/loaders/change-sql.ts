/**
 * Pieces of SQL by which the merge and the tombstones write the change log in the same statement that changes the
 * rows, so that the two can't disagree.
 */
import { quoteLiteral, quoteName, quoteTable } from '../core/database/database.ts';
import type { Stream } from '../extractors/stream.ts';
import { noteRewritesSql } from '../state/rewrites.ts';
import type { Schemas } from '../state/schemas.ts';

/**
 * The row of `alias` as the log keeps it: the declared columns and neither `_raw` nor bookkeeping. The short id of the
 * object that a row names is left out: it never changes, and that it became known is no change of the organization.
 */
export function imageOf(stream: Stream, alias: string): string {
  const kept = stream.columns.filter(({ name }) => name !== stream.reference?.urlId);
  const pairs = kept.map(({ name }) => `${quoteLiteral(name)}, ${alias}.${quoteName(name)}`);
  return `jsonb_build_object(${pairs.join(', ')})`;
}

/** The key of the row of `alias`, as the log keeps it. */
export function loggedKey(stream: Stream, alias: string): string {
  return `array[${stream.key.map((name) => `${alias}.${quoteName(name)}::text`).join(', ')}]`;
}

/** True of a row of `delta` whose entry is another one; that it names its object by the other id makes it none. */
function hasOtherEntry({ reference }: Stream): string {
  if (reference === undefined) return 'true';
  const without = `- ${quoteLiteral(reference.field)}`;
  return `(diff.changed is not null or d._old_raw ${without} is distinct from d._raw ${without})`;
}

/**
 * Common table expressions that log the rows of `delta`, which has the stream's columns, `_raw`, `_new`, `_gone` (was deleted before), `_old` (image
 * before, null where it is new) and `_old_raw`. `at` and `run` are SQL expressions.
 */
export function logMergeSql(stream: Stream, schemas: Schemas, at: string, run: string): string {
  const common = `${at}, ${run}, ${quoteLiteral(stream.name)}, ${loggedKey(stream, 'd')}`;
  // Apart, because a first load has nothing but new rows, and working out differences costs more than all the rest.
  const logged = `insert into ${quoteTable(schemas.state, 'changes')}
        (changed_at, run_id, stream, key, operation, changed, before, after)
      select ${common}, 'insert', null::text[], null::jsonb, ${imageOf(stream, 'd')}
        from delta d where d._new or d._gone
       union all
      select ${common}, 'update', coalesce(diff.changed, array['_raw']),
             coalesce(diff.before, jsonb_build_object('_raw', d._old_raw)),
             coalesce(diff.after, jsonb_build_object('_raw', d._raw))
        from delta d
       cross join lateral (
          select array_agg(c.key order by c.key) as changed, jsonb_object_agg(c.key, d._old -> c.key) as before,
                 jsonb_object_agg(c.key, c.value) as after
            from jsonb_each(${imageOf(stream, 'd')}) c
           where c.value is distinct from d._old -> c.key) diff
       where not (d._new or d._gone) and ${hasOtherEntry(stream)}`;
  return `logged as (${logged})${stream.reference === undefined ? '' : `, noted as (${noteOtherIdsSql(stream, schemas)})`}`;
}

/** Notes the rows of which nothing but the form of an id is another one. */
function noteOtherIdsSql(stream: Stream, schemas: Schemas): string {
  const from = `delta d cross join lateral (
      select min(c.key) as changed from jsonb_each(${imageOf(stream, 'd')}) c
       where c.value is distinct from d._old -> c.key) diff
     where not (d._new or d._gone) and not ${hasOtherEntry(stream)}`;
  return noteRewritesSql(schemas, stream.name, loggedKey(stream, 'd'), from);
}

/** Logs the rows of `gone` as deleted; it has `_key` and `_old`. */
export function logDeletionsSql(stream: Stream, schemas: Schemas, at: string, run: string): string {
  return `insert into ${quoteTable(schemas.state, 'changes')} (changed_at, run_id, stream, key, operation, before)
      select ${at}, ${run}, ${quoteLiteral(stream.name)}, _key, 'delete', _old from gone`;
}
