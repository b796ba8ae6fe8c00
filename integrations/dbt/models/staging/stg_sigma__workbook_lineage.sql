-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.element_id,
  t.source,
  t.target,
  t.type,
  t.source_node,
  t.target_node,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_lineage') }} t
where t._deleted_at is null
