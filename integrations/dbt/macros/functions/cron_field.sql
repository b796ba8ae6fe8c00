{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro cron_field(field, low, high) -%}
(select * from (
select distinct v.value
  from regexp_split_to_table(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower({{ field }}), 'sun', '0'), 'mon', '1'), 'tue', '2'), 'wed', '3'), 'thu', '4'), 'fri', '5'), 'sat', '6'), 'jan', '1'), 'feb', '2'), 'mar', '3'), 'apr', '4'), 'may', '5'), 'jun', '6'), 'jul', '7'), 'aug', '8'), 'sep', '9'), 'oct', '10'), 'nov', '11'), 'dec', '12'), ',') part
 cross join lateral regexp_match(part, '^(\*|\?|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$') m
 cross join lateral generate_series(
    coalesce(m[2]::integer, {{ low }}),
    case when m[3] is not null then m[3]::integer when m[2] is null or m[4] is not null then {{ high }} else m[2]::integer end,
    greatest(coalesce(m[4]::integer, 1), 1)) v(value)
 where m is not null and v.value between {{ low }} and {{ high }}
) as cron_field(value))
{%- endmacro %}
