-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.dataset_id,
  t.source_key,
  t.type,
  t.inode_id,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'dataset_sources') }} t
where t._deleted_at is null
