{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro zone_offset(zone) -%}
(select * from (
begin
  if {{ zone }} ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' then
    return query select (extract(epoch from (now() at time zone {{ zone }}) - (now() at time zone 'UTC')) / 60)::integer;
  end if;
exception when invalid_parameter_value then
  return;
end
) as zone_offset(minutes))
{%- endmacro %}
