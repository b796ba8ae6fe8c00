-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.data_model_id,
  t.source_key,
  t.type,
  t.source_data_model_id,
  t.element_ids,
  t.version_tag_id,
  t.source_dataset_id,
  t.source_table_id,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'data_model_sources') }} t
where t._deleted_at is null
