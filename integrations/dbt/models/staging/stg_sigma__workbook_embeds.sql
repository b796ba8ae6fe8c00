-- Made from the declarations in src/ by `npm run docs`; do not edit.
select
  t.workbook_id,
  t.embed_id,
  t.embed_url,
  t.public,
  t.source_type,
  t.source_id,
  t.source_name,
  t._first_synced_at,
  t._synced_at
from {{ source('sigma', 'workbook_embeds') }} t
where t._deleted_at is null
