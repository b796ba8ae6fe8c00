-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select m.member_id, nullif(concat_ws(' ', m.first_name, m.last_name), '') as name, m.email, lower(nullif(split_part(m.email, '@', 2), '')) as domain,
       m.member_type, m.user_kind,
       case when coalesce(m.user_kind, 'internal') <> 'internal' then m.user_kind else 'domain' end as reason,
       coalesce(m.is_inactive, false) as is_inactive
  from {{ ref('stg_sigma__members') }} m
 where m.is_archived is not true
{%- if var('internal_domains') %}
   and (coalesce(m.user_kind, 'internal') <> 'internal' or lower(nullif(split_part(m.email, '@', 2), '')) <> all (array[{{ sigma_sync.text_list(var('internal_domains')) }}]::text[]))
{%- else %}
   and (coalesce(m.user_kind, 'internal') <> 'internal' or lower(nullif(split_part(m.email, '@', 2), '')) <> all (array(select lower(nullif(split_part(m.email, '@', 2), '')) from {{ ref('stg_sigma__members') }} m
                  where m.is_archived is not true and coalesce(m.user_kind, 'internal') = 'internal' and lower(nullif(split_part(m.email, '@', 2), '')) is not null
                  group by 1 order by count(*) desc, 1 limit 1)))
{%- endif %}
