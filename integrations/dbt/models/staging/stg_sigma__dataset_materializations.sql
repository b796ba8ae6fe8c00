-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.dataset_id,
  t.materialization_key,
  t.status,
  t.finished_at,
  t.error,
  t.runtime_secs,
  t.num_rows,
  t.num_bytes,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'dataset_materializations') }} t
where t._deleted_at is null
