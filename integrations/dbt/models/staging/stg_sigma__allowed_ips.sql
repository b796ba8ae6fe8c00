-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.ip_allowlist_entry_id,
  t.ip,
  t.scope,
  t.description,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'allowed_ips') }} t
where t._deleted_at is null
