{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro cron_field(field, low, high) -%}
(select * from (
declare
  part text;
  m text[];
  first integer;
  last integer;
  step integer;
  found integer[] := '{}';
begin
  foreach part in array coalesce(string_to_array(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower({{ field }}), 'sun', '0'), 'mon', '1'), 'tue', '2'), 'wed', '3'), 'thu', '4'), 'fri', '5'), 'sat', '6'), 'jan', '1'), 'feb', '2'), 'mar', '3'), 'apr', '4'), 'may', '5'), 'jun', '6'), 'jul', '7'), 'aug', '8'), 'sep', '9'), 'oct', '10'), 'nov', '11'), 'dec', '12'), ','), '{}') loop
    m := regexp_match(part, '^(?:[*?]|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
    first := coalesce(m[1]::integer, {{ low }});
    last := case when m[2] is not null then m[2]::integer when m[1] is null or m[3] is not null then {{ high }} else first end;
    step := coalesce(m[3]::integer, 1);
    if m is null or step < 1 or first not between {{ low }} and {{ high }} or last not between {{ low }} and {{ high }} then
      return;
    end if;
    if last < first then
      last := last + {{ high }} - {{ low }} + 1;
    end if;
    found := found || array(select (n - {{ low }}) % ({{ high }} - {{ low }} + 1) + {{ low }} from generate_series(first, last, step) n);
  end loop;
  return query select distinct n from unnest(found) n;
end
) as cron_field(value))
{%- endmacro %}
