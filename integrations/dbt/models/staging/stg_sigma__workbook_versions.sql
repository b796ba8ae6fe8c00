-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.version,
  t.published_at,
  t.published_by,
  t.tags,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_versions') }} t
where t._deleted_at is null
