-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select 'materialization' as kind, z.dataset_id as object_id, d.name, z.finished_at as failed_at,
       coalesce(z.error ->> 'message', z.error ->> 'code', z.status) as detail
  from {{ ref('stg_sigma__dataset_materializations') }} z join {{ ref('stg_sigma__datasets') }} d on d.dataset_id = z.dataset_id
 where z.status = 'failed' and d.is_archived is not true
union all
select 'export', s.workbook_id, w.name, s.disabled_at, coalesce('disabled by ' || s.disabled_by, 'disabled')
  from {{ ref('stg_sigma__workbook_schedules') }} s join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = s.workbook_id
 where s.disabled_at is not null and w.is_archived is not true
