-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select 'materialization' as kind, z.dataset_id as object_id, d.name, z.finished_at as failed_at,
       coalesce(z.error ->> 'message', z.error ->> 'code', z.status) as detail
  from {{ ref('stg_sigma__dataset_materializations') }} z join {{ ref('stg_sigma__datasets') }} d on d.dataset_id = z.dataset_id
 where z.status = 'failed' and d.is_archived is not true
union all
select 'export', s.workbook_id, w.name, s.disabled_at,
       coalesce('disabled by ' || coalesce(nullif(concat_ws(' ', m.first_name, m.last_name), ''), m.email, s.disabled_by), 'disabled')
  from {{ ref('stg_sigma__workbook_schedules') }} s join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = s.workbook_id
  left join {{ source('sigma', 'members') }} m on m.member_id = s.disabled_by
 where s.disabled_at is not null and w.is_archived is not true
