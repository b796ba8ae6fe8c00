{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro cron_runs(spec, zone="'UTC'") -%}
(select * from (
with f as (
  select regexp_split_to_array(btrim({{ spec }}), '\s+') as f,
         (select z.name from pg_timezone_names z where z.name = coalesce({{ zone }}, 'UTC')) as zone
), day as (
  -- Days of the month and days of the week are alternatives where both are given, as cron has it.
  select f.f, f.zone, d.dow,
         (case when f.f[3] ~ '^[*?]' then w.fits::integer::numeric
               when f.f[5] ~ '^[*?]' then m.share
               when w.fits then 1 else m.share end)
         * (select count(*) from {{ sigma_sync.cron_field('f.f[4]', '1', '12') }} as x) / 12 as weight
    from f
   cross join generate_series(1, 7) d(dow)
   cross join lateral (select exists (select from {{ sigma_sync.cron_field('f.f[5]', '0', '7') }} c where c.value % 7 = d.dow % 7) as fits) w
   cross join lateral (select (select count(*) from {{ sigma_sync.cron_field('f.f[3]', '1', '31') }} as x) / 30.436875 as share) m
   where cardinality(f.f) = 5 and f.zone is not null
)
select extract(isodow from u.at)::integer, extract(hour from u.at)::integer, round(sum(f.weight), 3)
  from day f
 cross join lateral {{ sigma_sync.cron_field('f.f[2]', '0', '23') }} h
 cross join lateral {{ sigma_sync.cron_field('f.f[1]', '0', '59') }} m
 cross join lateral (
    select date_trunc('week', now() at time zone 'UTC') + make_interval(days => f.dow - 1, hours => h.value, mins => m.value)
           - (now() at time zone f.zone - now() at time zone 'UTC') as at) u
 where f.weight > 0
 group by 1, 2
) as cron_runs(day_of_week, hour, runs))
{%- endmacro %}
