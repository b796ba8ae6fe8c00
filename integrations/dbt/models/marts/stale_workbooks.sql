-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select i.workbook_id, i.name, i.url, i.owner_id, i.owner_name, i.owner_email, i.owner_is_active, i.folder_path,
       i.last_opened_at, i.updated_at, extract(day from now() - t.at)::integer as idle_days,
       i.active_schedules, i.public_embeds, i.materializations
  from {{ ref('workbook_inventory') }} i
 cross join lateral (select greatest(i.last_opened_at, i.updated_at, i.created_at) as at) t
 where not i.is_archived and i.tagged_version_of is null
   and t.at < now() - {{ var('stale_days') }} * interval '24 hours'
