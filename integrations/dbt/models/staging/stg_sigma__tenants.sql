-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.tenant_organization_id,
  t.parent_organization_id,
  t.tenant_organization_name,
  t.tenant_organization_slug,
  t.shared_at,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'tenants') }} t
where t._deleted_at is null
