-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.name,
  t.value_type,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_controls') }} t
where t._deleted_at is null
