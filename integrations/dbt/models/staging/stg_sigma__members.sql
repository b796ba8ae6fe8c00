-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.member_id,
  t.organization_id,
  t.member_type,
  t.first_name,
  t.last_name,
  t.email,
  t.profile_img_url,
  t.home_folder_id,
  t.user_kind,
  t.is_archived,
  t.is_inactive,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'members') }} t
where t._deleted_at is null
