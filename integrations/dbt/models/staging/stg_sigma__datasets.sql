-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.dataset_id,
  t.name,
  t.description,
  t.url,
  t.is_archived,
  t.path,
  t.reference_count,
  t.migration_status,
  t.migration_to_data_model,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'datasets') }} t
where t._deleted_at is null
