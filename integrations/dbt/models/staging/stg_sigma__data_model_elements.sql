-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.data_model_id,
  t.element_id,
  t.name,
  t.type,
  t.visualization_type,
  t.columns,
  t.error,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'data_model_elements') }} t
where t._deleted_at is null
