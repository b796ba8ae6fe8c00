-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.member_id,
  t.file_id,
  t.url_id,
  t.name,
  t.type,
  t.parent_id,
  t.parent_url_id,
  t.permission,
  t.path,
  t.badge,
  t.is_archived,
  t.description,
  t.owner_id,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t.last_interaction_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'member_recent_files') }} t
where t._deleted_at is null
