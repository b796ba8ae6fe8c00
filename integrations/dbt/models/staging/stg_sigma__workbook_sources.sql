-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.source_key,
  t.type,
  t.inode_id,
  t.source_data_model_id,
  t.element_ids,
  t.version_tag_id,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_sources') }} t
where t._deleted_at is null
