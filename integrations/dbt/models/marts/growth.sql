-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['stream', 'day'], 'unique': true}]
) }}

with present as (
  select 'members' as stream, count(*) as n from {{ ref('stg_sigma__members') }} x
  union all
  select 'workbooks' as stream, count(*) as n from {{ ref('stg_sigma__workbooks') }} x
  union all
  select 'workbook_elements' as stream, count(*) as n from {{ ref('stg_sigma__workbook_elements') }} x
  union all
  select 'grants' as stream, count(*) as n from {{ ref('stg_sigma__grants') }} x
), moved as (
  select c.stream, (c.changed_at at time zone 'UTC')::date as day,
         count(*) filter (where c.operation = 'insert') as added,
         count(*) filter (where c.operation = 'delete') as removed
    from {{ source('sigma_sync', 'changes') }} c join {{ source('sigma_sync', 'history') }} h on h.stream = c.stream and c.changed_at > h.since
   where c.stream in ('members', 'workbooks', 'workbook_elements', 'grants') and c.operation <> 'update'
   group by c.stream, 2
), last as (
  select greatest(max(m.day), (select max((h.since at time zone 'UTC')::date) from {{ source('sigma_sync', 'history') }} h
                                where h.stream in ('members', 'workbooks', 'workbook_elements', 'grants'))) as day from moved m
)
select d.day::date as day, h.stream,
       (p.n - coalesce(sum(m.added - m.removed) over later, 0))::bigint as total,
       coalesce(m.added, 0)::bigint as added, coalesce(m.removed, 0)::bigint as removed
  from {{ source('sigma_sync', 'history') }} h
  join present p on p.stream = h.stream
 cross join last
 cross join lateral generate_series((h.since at time zone 'UTC')::date, last.day, interval '1 day') d(day)
  left join moved m on m.stream = h.stream and m.day = d.day::date
 window later as (partition by h.stream order by d.day desc rows between unbounded preceding and 1 preceding)
