-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.element_id,
  t.name,
  t.sql,
  t.error,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_queries') }} t
where t._deleted_at is null
