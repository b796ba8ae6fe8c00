-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.data_model_id,
  t.data_model_url_id,
  t.name,
  t.url,
  t.path,
  t.latest_version,
  t.owner_id,
  t.is_archived,
  t.tags,
  t.created_by,
  t.updated_by,
  t.created_at,
  t.updated_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'data_models') }} t
where t._deleted_at is null
