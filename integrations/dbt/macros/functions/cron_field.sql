{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro cron_field(field, low, high) -%}
(select * from (
with part as (
  select regexp_match(p.part, '^(?:[*?]|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$') as m
    from unnest(string_to_array(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower({{ field }}), 'sun', '0'), 'mon', '1'), 'tue', '2'), 'wed', '3'), 'thu', '4'), 'fri', '5'), 'sat', '6'), 'jan', '1'), 'feb', '2'), 'mar', '3'), 'apr', '4'), 'may', '5'), 'jun', '6'), 'jul', '7'), 'aug', '8'), 'sep', '9'), 'oct', '10'), 'nov', '11'), 'dec', '12'), ',')) p(part)
), span as (
  select coalesce(p.m[1]::integer, {{ low }}) as first,
         case when p.m[2] is not null then p.m[2]::integer when p.m[1] is null or p.m[3] is not null then {{ high }}
              else p.m[1]::integer end as last,
         coalesce(p.m[3]::integer, 1) as step, p.m is not null as known
    from part p
)
select v.value
  from generate_series({{ low }}, {{ high }}) v(value)
 where (select bool_and(o.known and o.step > 0 and o.first between {{ low }} and {{ high }} and o.last between {{ low }} and {{ high }}) from span o)
   and exists (
     select from span s
      where ((v.value - s.first + case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end) % case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end) <= ((s.last - s.first + case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end) % case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end)
        and ((v.value - s.first + case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end) % case when {{ low }} = 0 and {{ high }} = 7 and s.last < s.first then 7 else {{ high }} - {{ low }} + 1 end) % greatest(s.step, 1) = 0)
) as cron_field(value))
{%- endmacro %}
