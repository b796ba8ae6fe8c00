-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.version_tag_id,
  t.name,
  t.owner_id,
  t.is_archived,
  t.description,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'tags') }} t
where t._deleted_at is null
