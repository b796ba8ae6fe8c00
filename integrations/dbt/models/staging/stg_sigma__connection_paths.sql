-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.connection_id,
  t.url_id,
  t.path,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'connection_paths') }} t
where t._deleted_at is null
