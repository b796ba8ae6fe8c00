-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.organization_id,
  t.member_id,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'organization') }} t
where t._deleted_at is null
