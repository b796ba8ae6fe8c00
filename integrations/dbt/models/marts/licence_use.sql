-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select a.member_id, a.name, a.email, a.member_type, a.can_make, a.is_inactive, a.created_at, a.last_seen_at,
       extract(day from now() - a.last_seen_at)::integer as idle_days, a.workbooks, a.published,
       case when a.last_seen_at is null then 'never seen'
            when a.last_seen_at < now() - {{ var('stale_days') }} * interval '24 hours' then 'idle'
            when a.can_make and a.workbooks = 0 and a.data_models = 0 and a.published = 0 and a.schedules = 0
            then 'could step down'
            else 'in use' end as verdict
  from {{ ref('member_activity') }} a
 where not a.is_archived
