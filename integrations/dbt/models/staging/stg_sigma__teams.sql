-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.team_id,
  t.name,
  t.description,
  t.visibility,
  t.is_archived,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'teams') }} t
where t._deleted_at is null
