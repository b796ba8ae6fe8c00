-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.version_tag_id,
  t.name,
  t.source_workbook_version,
  t.tagged_workbook_id,
  t.workbook_tagged_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_tags') }} t
where t._deleted_at is null
