-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.data_model_id,
  t.version_tag_id,
  t.tag_name,
  t.source_version,
  t.tagged_at,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'data_model_tags') }} t
where t._deleted_at is null
