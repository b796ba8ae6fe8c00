import type { Model, Names } from '../model.ts';

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

/** Bounds of the five fields, in their order. */
const BOUNDS = '(values (1, 0, 59), (2, 0, 23), (3, 1, 31), (4, 1, 12), (5, 0, 7)) b(i, low, high)';

/**
 * CTEs that end with `week`: when expressions run, by hour of the week in UTC. A thousand schedules share a few dozen fields,
 * so each field is read once, and so are the days and the times of day that fields name together.
 *
 * @param source rows of `spec` and `ahead`, the minutes that its zone is ahead of UTC.
 */
export function weekCtes({ model }: Names, source: string): string {
  const length = `(array[${DAYS.join(', ')}])[m]`;
  return `asked as materialized (
  select q.spec, q.ahead, q.f[1] as minute, q.f[2] as hour, q.f[3] as day, q.f[4] as month, q.f[5] as weekday
    from (select distinct x.spec, x.ahead, regexp_split_to_array(btrim(x.spec), '\\s+') as f from (${source}) x) q
   where cardinality(q.f) = 5 and q.ahead is not null
), field as materialized (
  select b.i, n.field, array(select c.value from ${model('cron_field')}(n.field, b.low, b.high) c) as values
    from (select distinct k.i, k.field from asked a
           cross join lateral (values (1, a.minute), (2, a.hour), (3, a.day), (4, a.month), (5, a.weekday)) k(i, field)) n
    join ${BOUNDS} on b.i = n.i
), share as materialized (
  select t.day, t.month, t.weekday, w.values as weekdays,
         t.day ~ '^[*?]' or t.weekday ~ '^[*?]' as must_fit_both,
         (select sum(${length} + case when m = 2 then ${LEAP} else 0 end) from unnest(o.values) m) / ${YEAR} as of_months,
         (select sum(case when n <= ${length} then 1 when m = 2 and n = 29 then ${LEAP} else 0 end)
            from unnest(o.values) m cross join unnest(d.values) n) / ${YEAR} as of_days
    from (select distinct a.day, a.month, a.weekday from asked a) t
    join field d on d.i = 3 and d.field = t.day and cardinality(d.values) > 0
    join field o on o.i = 4 and o.field = t.month
    join field w on w.i = 5 and w.field = t.weekday and cardinality(w.values) > 0
), days as materialized (
  select s.day, s.month, s.weekday, g.dow, x.weight
    from share s
   cross join generate_series(1, 7) g(dow)
   cross join lateral (select g.dow = any (s.weekdays) or g.dow % 7 = any (s.weekdays) as fits) w
   cross join lateral (
    select case when w.fits and not s.must_fit_both then s.of_months
                when w.fits or not s.must_fit_both then s.of_days else 0 end as weight) x
   where x.weight > 0
), times as materialized (
  -- Hours from the midnight of the zone; below 0 and above 23 they are of the day before or after.
  select t.minute, t.hour, t.ahead, (h * 60 + m - t.ahead + 14400) / 60 - 240 as at, count(*) as n
    from (select distinct a.minute, a.hour, a.ahead from asked a) t
    join field of_minutes on of_minutes.i = 1 and of_minutes.field = t.minute
    join field of_hours on of_hours.i = 2 and of_hours.field = t.hour
   cross join lateral unnest(of_hours.values) h
   cross join lateral unnest(of_minutes.values) m
   group by 1, 2, 3, 4
), week as (
  select u.spec, u.ahead, u.at / 24 + 1 as day_of_week, u.at % 24 as hour, round(sum(u.weight), 3) as runs
    from (select a.spec, a.ahead, ((d.dow - 1) * 24 + t.at + 168) % 168 as at, d.weight * t.n as weight
            from asked a
            join times t on t.minute = a.minute and t.hour = a.hour and t.ahead = a.ahead
            join days d on d.day = a.day and d.month = a.month and d.weekday = a.weekday) u
   group by u.spec, u.ahead, u.at
)`;
}

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
  sql: (names) => `
with ${weekCtes(
    names,
    `select $1 as spec,
           case when $2 ~ '^[+-][0-9]{1,4}$' then $2::integer else ${names.raw('zone_offset')}(coalesce($2, 'UTC')) end as ahead`,
  )}
select w.day_of_week, w.hour, trim_scale(w.runs) from week w`,
};
