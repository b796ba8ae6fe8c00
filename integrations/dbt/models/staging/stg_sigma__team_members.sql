-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.team_id,
  t.member_id,
  t.is_team_admin,
  t.added_by,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'team_members') }} t
where t._deleted_at is null
