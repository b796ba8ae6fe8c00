-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select r.day_of_week, r.hour, booked.kind, sum(booked.n * r.runs) as runs, sum(booked.n)::integer as schedules
  from (
    select x.kind, x.spec, x.zone, count(*) as n
      from (
        select 'export' as kind, s.schedule ->> 'cronSpec' as spec, s.schedule ->> 'timezone' as zone
          from {{ ref('stg_sigma__workbook_schedules') }} s join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = s.workbook_id
         where s.is_suspended is not true and s.disabled_at is null and w.is_archived is not true
        union all
        select 'materialization', s.schedule ->> 'cronSpec', s.schedule ->> 'timezone'
          from {{ ref('stg_sigma__workbook_materialization_schedules') }} s join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = s.workbook_id
         where s.paused is not true and w.is_archived is not true
        union all
        select 'materialization', s.schedule ->> 'cronSpec', s.schedule ->> 'timezone'
          from {{ ref('stg_sigma__data_model_materialization_schedules') }} s join {{ ref('stg_sigma__data_models') }} m on m.data_model_id = s.data_model_id
         where s.paused is not true and m.is_archived is not true
      ) x where x.spec is not null
     group by x.kind, x.spec, x.zone
  ) booked
 cross join lateral {{ sigma_sync.cron_runs('booked.spec', 'booked.zone') }} r
 group by r.day_of_week, r.hour, booked.kind
