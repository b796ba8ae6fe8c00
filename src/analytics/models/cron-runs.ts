import type { Model } from '../model.ts';

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const NAMES = [
  ...WEEKDAYS.map((name, i) => [name, i] as const),
  ...MONTHS.map((name, i) => [name, i + 1] as const),
];

/** Days of the months in a year that is no leap year, and what a leap year adds to February on average. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const LEAP = '0.2425';
const YEAR = '365.2425';

/**
 * One field of a cron expression as the numbers it stands for. Written so that the planner knows how few they are: what
 * looks dear is compiled, which takes ten times as long as to run it.
 */
export const cronField: Model = {
  name: 'cron_field',
  kind: 'function',
  about:
    'The numbers in a field of a cron expression, one row each; none if any part is not understood. A range may wrap around: fri-mon, 22-2.',
  parameters: 'field text, low integer, high integer',
  columns: { value: 'integer: a number' },
  inputs: [],
  sql: () => {
    const named = NAMES.reduce(
      (text, [name, value]) => `replace(${text}, '${name}', '${value}')`,
      'lower($1)',
    );
    // Sunday is 0 and 7: a range past the end of the week counts it once.
    const size = 'case when $2 = 0 and $3 = 7 and s.last < s.first then 7 else $3 - $2 + 1 end';
    const around = (distance: string): string => `((${distance} + ${size}) % ${size})`;
    return `
with part as (
  select regexp_match(p.part, '^(?:[*?]|(\\d{1,2})(?:-(\\d{1,2}))?)(?:/(\\d{1,2}))?$') as m
    from unnest(string_to_array(${named}, ',')) p(part)
), span as (
  select coalesce(p.m[1]::integer, $2) as first,
         case when p.m[2] is not null then p.m[2]::integer when p.m[1] is null or p.m[3] is not null then $3
              else p.m[1]::integer end as last,
         coalesce(p.m[3]::integer, 1) as step, p.m is not null as known
    from part p
)
select v.value
  from generate_series($2, $3) v(value)
 where (select bool_and(o.known and o.step > 0 and o.first between $2 and $3 and o.last between $2 and $3) from span o)
   and exists (
     select from span s
      where ${around('v.value - s.first')} <= ${around('s.last - s.first')}
        and ${around('v.value - s.first')} % greatest(s.step, 1) = 0)`;
  },
};

/** The runs of a cron expression by hour of the week. */
export const cronRuns: Model = {
  name: 'cron_runs',
  kind: 'function',
  about:
    'The runs of a cron expression of five fields by hour of the week in UTC, at the current offset of its time zone. Days of the month and months count by their share of an average year. If a day of the month and a day of the week are both given, either matches; if one of them begins with *, both must match. The zone is a name, or minutes ahead of UTC with their sign, such as +330. There are no rows if the expression or the zone is not understood.',
  parameters: "spec text, zone text default 'UTC'",
  columns: {
    day_of_week: 'integer: 1 is Monday, 7 is Sunday',
    hour: 'integer: 0 to 23, in UTC',
    runs: 'numeric: runs a week, on average',
  },
  inputs: ['cron_field'],
  sql: ({ model }) => {
    const field = (i: number, low: number, high: number): string =>
      `array(select c.value from ${model('cron_field')}(s.f[${i}], ${low}, ${high}) c)`;
    const length = `(array[${DAYS.join(', ')}])[m]`;
    return `
with f as materialized (
  select ${field(1, 0, 59)} as minutes, ${field(2, 0, 23)} as hours, ${field(3, 1, 31)} as days,
         ${field(4, 1, 12)} as months, ${field(5, 0, 7)} as weekdays,
         s.f[3] ~ '^[*?]' or s.f[5] ~ '^[*?]' as must_fit_both,
         -- The view of all zones takes a tenth of a second to read.
         case when coalesce($2, 'UTC') = 'UTC' then 0 when $2 ~ '^[+-][0-9]{1,4}$' then $2::integer
              else (select (extract(epoch from z.utc_offset) / 60)::integer from pg_timezone_names z where z.name = $2)
              end as ahead
    from (select regexp_split_to_array(btrim($1), '\\s+') as f) s
   where cardinality(s.f) = 5
), share as materialized (
  select f.*,
         (select sum(${length} + case when m = 2 then ${LEAP} else 0 end) from unnest(f.months) m) / ${YEAR} as of_months,
         (select sum(case when d <= ${length} then 1 when m = 2 and d = 29 then ${LEAP} else 0 end)
            from unnest(f.months) m cross join unnest(f.days) d) / ${YEAR} as of_days
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
 group by 1, 2`;
  },
};
