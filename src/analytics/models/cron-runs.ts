import type { Model } from '../model.ts';

const NAMES = {
  sun: 0,
  mon: 1,
  tue: 2,
  wed: 3,
  thu: 4,
  fri: 5,
  sat: 6,
  jan: 1,
  feb: 2,
  mar: 3,
  apr: 4,
  may: 5,
  jun: 6,
  jul: 7,
  aug: 8,
  sep: 9,
  oct: 10,
  nov: 11,
  dec: 12,
};

/** Days of an average month. */
const MONTH = '30.436875';

/** One field of a cron expression as the numbers it stands for; null where it is not understood. */
export const cronField: Model = {
  name: 'cron_field',
  kind: 'function',
  about:
    'The numbers that a field of a cron expression stands for, one row each; none where it is not understood.',
  parameters: 'field text, low integer, high integer',
  columns: { value: 'integer: a number' },
  inputs: [],
  sql: () => {
    const named = Object.entries(NAMES).reduce(
      (text, [name, value]) => `replace(${text}, '${name}', '${value}')`,
      'lower($1)',
    );
    return `
select distinct v.value
  from regexp_split_to_table(${named}, ',') part
 cross join lateral regexp_match(part, '^(\\*|\\?|(\\d{1,2})(?:-(\\d{1,2}))?)(?:/(\\d{1,2}))?$') m
 cross join lateral generate_series(
    coalesce(m[2]::integer, $2),
    case when m[3] is not null then m[3]::integer when m[2] is null or m[4] is not null then $3 else m[2]::integer end,
    greatest(coalesce(m[4]::integer, 1), 1)) v(value)
 where m is not null and v.value between $2 and $3`;
  },
};

/** When a cron expression runs, by hour of the week. */
export const cronRuns: Model = {
  name: 'cron_runs',
  kind: 'function',
  about:
    'How often a cron expression runs by hour of the week in UTC, at the current offset of its time zone. Days of the month count by their share of an average month, months by their share of a year. No rows where the expression or the zone is not understood.',
  parameters: "spec text, zone text default 'UTC'",
  columns: {
    day_of_week: 'integer: 1 is Monday, 7 is Sunday',
    hour: 'integer: 0 to 23, in UTC',
    runs: 'numeric: runs a week, on average',
  },
  inputs: ['cron_field'],
  sql: ({ model }) => {
    const field = (i: number, low: number, high: number): string =>
      `${model('cron_field')}(f.f[${i}], ${low}, ${high})`;
    return `
with f as (
  select regexp_split_to_array(btrim($1), '\\s+') as f,
         (select z.name from pg_timezone_names z where z.name = coalesce($2, 'UTC')) as zone
), day as (
  -- Days of the month and days of the week are alternatives where both are given, as cron has it.
  select f.f, f.zone, d.dow,
         (case when f.f[3] ~ '^[*?]' then w.fits::integer::numeric
               when f.f[5] ~ '^[*?]' then m.share
               when w.fits then 1 else m.share end)
         * (select count(*) from ${field(4, 1, 12)}) / 12 as weight
    from f
   cross join generate_series(1, 7) d(dow)
   cross join lateral (select exists (select from ${field(5, 0, 7)} c where c.value % 7 = d.dow % 7) as fits) w
   cross join lateral (select (select count(*) from ${field(3, 1, 31)}) / ${MONTH} as share) m
   where cardinality(f.f) = 5 and f.zone is not null
)
select extract(isodow from u.at)::integer, extract(hour from u.at)::integer, round(sum(f.weight), 3)
  from day f
 cross join lateral ${field(2, 0, 23)} h
 cross join lateral ${field(1, 0, 59)} m
 cross join lateral (
    select date_trunc('week', now() at time zone 'UTC') + make_interval(days => f.dow - 1, hours => h.value, mins => m.value)
           - (now() at time zone f.zone - now() at time zone 'UTC') as at) u
 where f.weight > 0
 group by 1, 2`;
  },
};
