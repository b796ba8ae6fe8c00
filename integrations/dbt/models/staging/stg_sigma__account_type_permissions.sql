-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.account_type_id,
  t.permission,
  t.description,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'account_type_permissions') }} t
where t._deleted_at is null
