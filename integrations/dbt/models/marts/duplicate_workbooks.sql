-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select x.copies_id, x.copies, x.workbook_id, x.name, x.url, x.owner_id, x.owner_name, x.folder_path, x.elements,
       x.sources, x.updated_at, x.last_opened_at, x.openers, x.place = 1 as is_most_used
  from (
    select i.*, c.copies_id, (count(*) over (partition by c.copies_id))::integer as copies,
           row_number() over (partition by c.copies_id
             order by i.openers desc, i.updated_at desc nulls last, i.workbook_id) as place
      from {{ ref('workbook_inventory') }} i
     cross join lateral (select md5(concat_ws(chr(10), lower(btrim(i.name)), coalesce(i.source_signature, '-'),
                                              coalesce(i.shape_signature, '-'))) as copies_id) c
     where not i.is_archived and i.tagged_version_of is null and i.name is not null
  ) x
 where x.copies > 1
