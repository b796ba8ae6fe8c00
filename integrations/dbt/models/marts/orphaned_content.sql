-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select o.inode_id, o.type, o.name, o.folder_path, o.owner_id,
       nullif(concat_ws(' ', m.first_name, m.last_name), '') as owner_name, m.email as owner_email,
       case when m.member_id is null then 'unknown' when m._deleted_at is not null then 'deleted'
            when m.is_archived then 'archived' else 'inactive' end as reason,
       o.updated_at
  from (
    select f.id as inode_id, f.type, f.name, f.path as folder_path, f.owner_id, f.updated_at
      from {{ ref('stg_sigma__files') }} f where f.is_archived is not true
    union all
    select w.workbook_id, 'workbook', w.name, w.path, w.owner_id, w.updated_at
      from {{ ref('stg_sigma__workbooks') }} w
     where w.is_archived is not true and not exists (select from {{ ref('stg_sigma__files') }} f where f.id = w.workbook_id)
    union all
    select d.data_model_id, 'data-model', d.name, d.path, d.owner_id, d.updated_at
      from {{ ref('stg_sigma__data_models') }} d
     where d.is_archived is not true and not exists (select from {{ ref('stg_sigma__files') }} f where f.id = d.data_model_id)
  ) o
  left join {{ source('sigma', 'members') }} m on m.member_id = o.owner_id
 where o.owner_id is not null
   and (m.member_id is null or m._deleted_at is not null or m.is_archived or m.is_inactive)
