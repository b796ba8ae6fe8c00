{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro create_cron_runs() -%}
create or replace function {{ adapter.quote(this.schema) }}.cron_runs(spec text, zone text default 'UTC')
returns table (day_of_week integer, hour integer, runs numeric)
language plpgsql stable as $function$
#variable_conflict use_column
declare
  f text[] := regexp_split_to_array(btrim($1), '\s+');
  ahead integer := (select z.minutes from @zone_offset(coalesce($2, 'UTC')) z);
  minutes integer[] := array(select c.value from {{ sigma_sync.cron_field('f[1]', '0', '59') }} c);
  hours integer[] := array(select c.value from {{ sigma_sync.cron_field('f[2]', '0', '23') }} c);
  days integer[] := array(select c.value from {{ sigma_sync.cron_field('f[3]', '1', '31') }} c);
  months integer[] := array(select c.value from {{ sigma_sync.cron_field('f[4]', '1', '12') }} c);
  weekdays integer[] := array(select c.value from {{ sigma_sync.cron_field('f[5]', '0', '7') }} c);
  fit_both boolean := f[3] ~ '^[*?]' or f[5] ~ '^[*?]';
  of_months numeric;
  of_days numeric;
begin
  if cardinality(f) is distinct from 5 or ahead is null
     or 0 in (cardinality(minutes), cardinality(hours), cardinality(days), cardinality(months), cardinality(weekdays)) then
    return;
  end if;
  of_months := (select sum((array[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m] + case when m = 2 then 0.2425 else 0 end) from unnest(months) m) / 365.2425;
  of_days := (select sum(case when d <= (array[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m] then 1 when m = 2 and d = 29 then 0.2425 else 0 end)
                from unnest(months) m cross join unnest(days) d) / 365.2425;
  return query
    select u.at / 1440 + 1, u.at % 1440 / 60, round(sum(w.weight), 3)
      from generate_series(1, 7) dow
     cross join lateral (select dow = any (weekdays) or dow % 7 = any (weekdays) as fits) x
     cross join lateral (select case when x.fits and not fit_both then of_months
                                     when x.fits or not fit_both then of_days else 0 end as weight) w
     cross join unnest(hours) h
     cross join unnest(minutes) m
     cross join lateral (select ((dow - 1) * 1440 + h * 60 + m - ahead + 10080) % 10080 as at) u
     where w.weight > 0
     group by 1, 2;
end
$function$
{%- endmacro %}
