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

/** Days of the months in a year that is no leap year, and what a leap year adds to February on average. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const LEAP = '0.2425';
const YEAR = '365.2425';

/**
 * One field of a cron expression as the numbers it stands for. Like the other two in PL/pgSQL: unfolded into a view, SQL
 * functions look so dear to the planner that compiling them takes ten times as long as running them.
 */
export const cronField: Model = {
  name: 'cron_field',
  kind: 'function',
  about:
    'The numbers that a field of a cron expression stands for, one row each; none where any part of it is not understood. A range may go past the end: fri-mon, 22-2.',
  parameters: 'field text, low integer, high integer',
  language: 'plpgsql',
  columns: { value: 'integer: a number' },
  inputs: [],
  sql: () => {
    const named = Object.entries(NAMES).reduce(
      (text, [name, value]) => `replace(${text}, '${name}', '${value}')`,
      'lower($1)',
    );
    return `
declare
  part text;
  m text[];
  first integer;
  last integer;
  step integer;
  found integer[] := '{}';
begin
  foreach part in array coalesce(string_to_array(${named}, ','), '{}') loop
    m := regexp_match(part, '^(?:[*?]|(\\d{1,2})(?:-(\\d{1,2}))?)(?:/(\\d{1,2}))?$');
    first := coalesce(m[1]::integer, $2);
    last := case when m[2] is not null then m[2]::integer when m[1] is null or m[3] is not null then $3 else first end;
    step := coalesce(m[3]::integer, 1);
    if m is null or step < 1 or first not between $2 and $3 or last not between $2 and $3 then
      return;
    end if;
    if last < first then
      last := last + $3 - $2 + 1;
    end if;
    found := found || array(select (n - $2) % ($3 - $2 + 1) + $2 from generate_series(first, last, step) n);
  end loop;
  return query select distinct n from unnest(found) n;
end`;
  },
};

/** What the clocks of a time zone are ahead of UTC. The view of all zones takes a tenth of a second to read. */
export const zoneOffset: Model = {
  name: 'zone_offset',
  kind: 'function',
  about: 'What the clocks of a time zone are ahead of UTC now: one row, none where the zone is not known.',
  parameters: 'zone text',
  language: 'plpgsql',
  columns: { minutes: 'integer: minutes, negative to the west' },
  inputs: [],
  sql: () => `
begin
  if $1 ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' then
    return query select (extract(epoch from (now() at time zone $1) - (now() at time zone 'UTC')) / 60)::integer;
  end if;
exception when invalid_parameter_value then
  return;
end`,
};

/** When a cron expression runs, by hour of the week. */
export const cronRuns: Model = {
  name: 'cron_runs',
  kind: 'function',
  about:
    'How often a cron expression of five fields runs by hour of the week in UTC, at the current offset of its time zone. Days of the month and months count by their share of an average year. Where a day of the month and a day of the week are both given, either will do; where one of them begins with *, both must fit. No rows where the expression or the zone is not understood.',
  parameters: "spec text, zone text default 'UTC'",
  language: 'plpgsql',
  columns: {
    day_of_week: 'integer: 1 is Monday, 7 is Sunday',
    hour: 'integer: 0 to 23, in UTC',
    runs: 'numeric: runs a week, on average',
  },
  inputs: ['cron_field'],
  sql: ({ model }) => {
    const field = (i: number, low: number, high: number): string =>
      `array(select c.value from ${model('cron_field')}(f[${i}], ${low}, ${high}) c)`;
    const length = `(array[${DAYS.join(', ')}])[m]`;
    return `
declare
  f text[] := regexp_split_to_array(btrim($1), '\\s+');
  ahead integer := (select z.minutes from ${model('zone_offset')}(coalesce($2, 'UTC')) z);
  minutes integer[] := ${field(1, 0, 59)};
  hours integer[] := ${field(2, 0, 23)};
  days integer[] := ${field(3, 1, 31)};
  months integer[] := ${field(4, 1, 12)};
  weekdays integer[] := ${field(5, 0, 7)};
  fit_both boolean := f[3] ~ '^[*?]' or f[5] ~ '^[*?]';
  of_months numeric;
  of_days numeric;
begin
  if cardinality(f) is distinct from 5 or ahead is null
     or 0 in (cardinality(minutes), cardinality(hours), cardinality(days), cardinality(months), cardinality(weekdays)) then
    return;
  end if;
  of_months := (select sum(${length} + case when m = 2 then ${LEAP} else 0 end) from unnest(months) m) / ${YEAR};
  of_days := (select sum(case when d <= ${length} then 1 when m = 2 and d = 29 then ${LEAP} else 0 end)
                from unnest(months) m cross join unnest(days) d) / ${YEAR};
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
end`;
  },
};
