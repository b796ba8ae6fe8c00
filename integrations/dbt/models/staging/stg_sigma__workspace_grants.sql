-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workspace_id,
  t.grant_id,
  t.inode_id,
  t.organization_id,
  t.member_id,
  t.team_id,
  t.permission,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workspace_grants') }} t
where t._deleted_at is null
