-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select a.member_id, nullif(concat_ws(' ', m.first_name, m.last_name), '') as member_name, m.email,
       a.inode_id, a.inode_type as type, coalesce(f.name, w.name, d.name, s.name, k.name) as name,
       coalesce(f.path, w.path, d.path) as folder_path,
       coalesce(f.is_archived, w.is_archived, d.is_archived, s.is_archived, false) as is_archived,
       a.permission, {{ sigma_sync.sigma_function('permission_rank') }}(a.permission) >= {{ sigma_sync.sigma_function('permission_rank') }}('edit') as can_edit, a.paths
  from {{ sigma_sync.sigma_function('effective_access') }}() a
  join {{ source('sigma', 'members') }} m on m.member_id = a.member_id
  left join {{ ref('stg_sigma__files') }} f on f.id = a.inode_id
  left join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = a.inode_id
  left join {{ ref('stg_sigma__data_models') }} d on d.data_model_id = a.inode_id
  left join {{ ref('stg_sigma__datasets') }} s on s.dataset_id = a.inode_id
  left join {{ ref('stg_sigma__workspaces') }} k on k.workspace_id = a.inode_id
