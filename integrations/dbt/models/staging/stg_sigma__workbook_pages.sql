-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.page_id,
  t.name,
  t.hidden,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_pages') }} t
where t._deleted_at is null
