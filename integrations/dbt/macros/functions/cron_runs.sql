{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro cron_runs(spec, zone="'UTC'") -%}
(select * from (
with f as materialized (
  select array(select c.value from {{ sigma_sync.cron_field('s.f[1]', '0', '59') }} c) as minutes, array(select c.value from {{ sigma_sync.cron_field('s.f[2]', '0', '23') }} c) as hours, array(select c.value from {{ sigma_sync.cron_field('s.f[3]', '1', '31') }} c) as days,
         array(select c.value from {{ sigma_sync.cron_field('s.f[4]', '1', '12') }} c) as months, array(select c.value from {{ sigma_sync.cron_field('s.f[5]', '0', '7') }} c) as weekdays,
         s.f[3] ~ '^[*?]' or s.f[5] ~ '^[*?]' as must_fit_both,
         -- The view of all zones takes a tenth of a second to read.
         case coalesce({{ zone }}, 'UTC') when 'UTC' then 0
              else (select (extract(epoch from z.utc_offset) / 60)::integer from pg_timezone_names z where z.name = {{ zone }})
              end as ahead
    from (select regexp_split_to_array(btrim({{ spec }}), '\s+') as f) s
   where cardinality(s.f) = 5
), share as materialized (
  select f.*,
         (select sum((array[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m] + case when m = 2 then 0.2425 else 0 end) from unnest(f.months) m) / 365.2425 as of_months,
         (select sum(case when d <= (array[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[m] then 1 when m = 2 and d = 29 then 0.2425 else 0 end)
            from unnest(f.months) m cross join unnest(f.days) d) / 365.2425 as of_days
    from f where cardinality(f.days) > 0 and cardinality(f.weekdays) > 0 and f.ahead is not null
), day as (
  select s.minutes, s.hours, s.ahead, d.dow,
         case when w.fits and not s.must_fit_both then s.of_months
              when w.fits or not s.must_fit_both then s.of_days else 0 end as weight
    from share s
   cross join generate_series(1, 7) d(dow)
   cross join lateral (select d.dow = any (s.weekdays) or d.dow % 7 = any (s.weekdays) as fits) w
)
select u.at / 1440 + 1, u.at % 1440 / 60, round(sum(y.weight), 3)
  from day y
 cross join lateral unnest(y.hours) h
 cross join lateral unnest(y.minutes) m
 cross join lateral (select ((y.dow - 1) * 1440 + h * 60 + m - y.ahead + 10080) % 10080 as at) u
 where y.weight > 0
 group by 1, 2
) as cron_runs(day_of_week, hour, runs))
{%- endmacro %}
