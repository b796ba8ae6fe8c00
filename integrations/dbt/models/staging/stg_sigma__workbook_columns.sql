-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.element_id,
  t.column_id,
  t.label,
  t.formula,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_columns') }} t
where t._deleted_at is null
