-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.page_id,
  t.element_id,
  t.name,
  t.type,
  t.visualization_type,
  t.columns,
  t.error,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_elements') }} t
where t._deleted_at is null
