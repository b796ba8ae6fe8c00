import type { Model } from '../model.ts';
import { texts } from './shared/sql-parts.ts';

const STREAMS = [
  'members',
  'workbooks',
  'workbook_elements',
  'reports',
  'report_elements',
  'grants',
] as const;

/** The growth of the organization. */
export const growth: Model = {
  name: 'growth',
  kind: 'materialized',
  about:
    'Members, workbooks, reports, their elements and grants by day (UTC): one row per stream and day, from the day its history begins to the day of the latest change of any of them. Archived ones count; only rows that are gone from Sigma are removed. Streams in history.exclude have no rows.',
  columns: {
    day: 'Day, in UTC',
    stream: 'members, workbooks, workbook_elements, reports, report_elements or grants',
    total: 'How many there were at its end',
    added: 'How many were added or came back on that day; on the first day, after the history began',
    removed: 'How many were removed on that day',
  },
  key: ['stream', 'day'],
  inputs: [...STREAMS],
  sql: ({ live, state }) => `
with present as (
  ${STREAMS.map((stream) => `select '${stream}' as stream, count(*) as n from ${live(stream)} x`).join('\n  union all\n  ')}
), moved as (
  select c.stream, (c.changed_at at time zone 'UTC')::date as day,
         count(*) filter (where c.operation = 'insert') as added,
         count(*) filter (where c.operation = 'delete') as removed
    from ${state('changes')} c join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
   where c.stream in (${texts(STREAMS)}) and c.operation <> 'update'
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
 window later as (partition by h.stream order by d.day desc rows between unbounded preceding and 1 preceding)`,
};
