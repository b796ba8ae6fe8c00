import type { Model, Names } from '../model.ts';
import { texts } from './shared/sql-parts.ts';

const STREAMS = [
  'members',
  'workbooks',
  'workbook_elements',
  'reports',
  'report_elements',
  'grants',
] as const;

/** Columns that say of a row that it no longer counts. Archived and inactive ones are as good as gone. */
const GONE: Readonly<Partial<Record<(typeof STREAMS)[number], readonly string[]>>> = {
  members: ['is_archived', 'is_inactive'],
  workbooks: ['is_archived'],
  reports: ['is_archived'],
};

/**
 * Changes of the number of rows that count: a SELECT of stream, changed_at, added and removed, each 0 or 1. An archived
 * object is removed, and one that is deleted later was gone already.
 *
 * @param more a condition on `c`, the entry of the change log.
 */
export function movesSql({ raw, state }: Pick<Names, 'raw' | 'state'>, more = 'true'): string {
  const plain = STREAMS.filter((stream) => GONE[stream] === undefined);
  const flagged = Object.entries(GONE).map(([stream, columns]) => {
    const key = `${stream.slice(0, -1)}_id`;
    /** A flag next to an update, which logs only what it changed: the next entry that has it, or else the row. */
    const other = (flag: string): string => `coalesce((
             select l.before ->> '${flag}' from ${state('changes')} l
              where l.stream = c.stream and l.key = c.key and l.change_id > c.change_id
                and (l.operation = 'delete' or '${flag}' = any (l.changed))
              order by l.change_id limit 1), (select r.${flag}::text from ${raw(stream)} r where r.${key} = c.key[1]))`;
    const isGone = (side: 'before' | 'after'): string =>
      columns
        .map((flag) => {
          const logged = `c.${side} ->> '${flag}'`;
          if (columns.length === 1) return `coalesce((${logged})::boolean, false)`;
          return `coalesce((case when c.operation <> 'update' or '${flag}' = any (c.changed) then ${logged} else ${other(flag)} end)::boolean, false)`;
        })
        .join(' or ');
    return `select c.stream, c.changed_at, (not m.was and m.is_there)::integer as added, (m.was and not m.is_there)::integer as removed
    from ${state('changes')} c
    join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
   cross join lateral (
      select c.operation <> 'insert' and not (${isGone('before')}) as was,
             c.operation <> 'delete' and not (${isGone('after')}) as is_there offset 0) m
   where c.stream = '${stream}' and (c.operation <> 'update' or c.changed && array[${texts(columns)}])
     and m.was <> m.is_there and ${more}`;
  });
  return [
    `select c.stream, c.changed_at, (c.operation = 'insert')::integer as added, (c.operation = 'delete')::integer as removed
    from ${state('changes')} c
    join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
   where c.stream in (${texts(plain)}) and c.operation <> 'update' and ${more}`,
    ...flagged,
  ].join('\n  union all\n  ');
}

/** Rows that count, of a stream. */
const counting = (stream: (typeof STREAMS)[number]): string =>
  (GONE[stream] ?? []).map((flag) => ` and x.${flag} is not true`).join('');

/** The growth of the organization. */
export const growth: Model = {
  name: 'growth',
  kind: 'materialized',
  about:
    'Members, workbooks, reports, their elements and grants by day (UTC): one row per stream and day, from the day its history begins to the day of the latest change of any of them. Archived members, workbooks and reports count as removed, and so do inactive members; a restored one is added again. Elements and grants of archived objects count until they are gone. Streams in history.exclude have no rows.',
  columns: {
    day: 'Day, in UTC',
    stream: 'members, workbooks, workbook_elements, reports, report_elements or grants',
    total: 'How many there were at its end',
    added:
      'How many were added, came back or were restored on that day; on the first day, after the history began',
    removed: 'How many were deleted, archived or became inactive on that day',
  },
  key: ['stream', 'day'],
  inputs: [...STREAMS],
  sql: (names) => {
    const { live, state } = names;
    return `
with present as (
  ${STREAMS.map((stream) => `select '${stream}' as stream, count(*) as n from ${live(stream)} x where true${counting(stream)}`).join('\n  union all\n  ')}
), moved as (
  select c.stream, (c.changed_at at time zone 'UTC')::date as day, sum(c.added) as added, sum(c.removed) as removed
    from (${movesSql(names)}) c
   group by c.stream, 2
), last as (
  select greatest(max(m.day), (select max((h.since at time zone 'UTC')::date) from ${state('history')} h
                                where h.stream in (${texts(STREAMS)}))) as day from moved m
)
select d.day::date as day, h.stream,
       (p.n - coalesce(sum(m.added - m.removed) over later, 0))::bigint as total,
       coalesce(m.added, 0)::bigint as added, coalesce(m.removed, 0)::bigint as removed
  from ${state('history')} h
  join present p on p.stream = h.stream
 cross join last
 cross join lateral generate_series((h.since at time zone 'UTC')::date, last.day, interval '1 day') d(day)
  left join moved m on m.stream = h.stream and m.day = d.day::date
 window later as (partition by h.stream order by d.day desc rows between unbounded preceding and 1 preceding)`;
  },
};
