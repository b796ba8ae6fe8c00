-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.id,
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
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'files') }} t
where t._deleted_at is null
