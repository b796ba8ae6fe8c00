-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.sheet_id,
  t.element_name,
  t.schedule,
  t.configured_at,
  t.paused,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_materialization_schedules') }} t
where t._deleted_at is null
