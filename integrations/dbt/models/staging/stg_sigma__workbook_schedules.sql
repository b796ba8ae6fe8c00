-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.scheduled_notification_id,
  t.schedule,
  t.config_v2,
  t.is_suspended,
  t.owner_id,
  t.last_updated_by_user,
  t.disabled_at,
  t.disabled_by,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_schedules') }} t
where t._deleted_at is null
