{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro openings() -%}
(select * from (
select r.member_id, r.file_id as object_id, r.last_interaction_at as opened_at
  from {{ ref('stg_sigma__member_recent_files') }} r where r.last_interaction_at is not null
{%- if var('audit_log_table') %}
union all
select a."{{ var('audit_log_member') }}"::text, a."{{ var('audit_log_object') }}"::text, a."{{ var('audit_log_time') }}"::timestamptz
  from {{ source('sigma_data', 'audit_log') }} a
 where lower(a."{{ var('audit_log_event') }}"::text) in ({{ sigma_sync.text_list(var('audit_log_opens')) }}) and a."{{ var('audit_log_time') }}"::timestamptz is not null
{%- else %}
{%- endif %}
) as openings(member_id, object_id, opened_at))
{%- endmacro %}
