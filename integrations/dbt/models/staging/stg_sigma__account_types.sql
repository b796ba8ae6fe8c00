-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.account_type_id,
  t.account_type_name,
  t.description,
  t.is_custom,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'account_types') }} t
where t._deleted_at is null
