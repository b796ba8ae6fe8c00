-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.bookmark_id,
  t.name,
  t.is_shared,
  t.explore_key,
  t.is_default,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_bookmarks') }} t
where t._deleted_at is null
