-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.data_model_id,
  t.column_key,
  t.element_id,
  t.column_id,
  t.label,
  t.type,
  t.formula,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'data_model_columns') }} t
where t._deleted_at is null
