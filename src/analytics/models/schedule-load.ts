import type { Model } from '../model.ts';
import { weekCtes } from './cron-runs.ts';
import { DOCUMENTS, eachDocument } from './shared/documents.ts';
import { fullName } from './shared/sql-parts.ts';

/** Documents that are sent on a schedule, and those whose elements are materialized on one. */
const SENT = DOCUMENTS.filter(({ type }) => type !== 'data-model');
const MATERIALIZED = DOCUMENTS.filter(({ type }) => type !== 'report');

const SCHEDULES = [
  ...SENT.map(({ prefix }) => `${prefix}_schedules`),
  ...MATERIALIZED.map(({ prefix }) => `${prefix}_materialization_schedules`),
];

const WHEN = `s.schedule ->> 'cronSpec' as spec, s.schedule ->> 'timezone' as zone`;

/** The load of schedules by hour of the week. */
export const scheduleLoad: Model = {
  name: 'schedule_load',
  kind: 'materialized',
  about:
    'The scheduled load in each hour of the week (UTC), by the offsets of time zones at the last refresh: exports of workbooks and reports, and materializations of workbooks and data models. Suspended, disabled and paused schedules are left out, and so are those of archived documents. Each hour and kind with a run has one row.',
  columns: {
    day_of_week: '1 is Monday, 7 is Sunday',
    hour: '0 to 23, in UTC',
    kind: 'export or materialization',
    runs: 'Runs a week, on average, to two decimals',
    schedules: 'Schedules they belong to',
  },
  key: ['day_of_week', 'hour', 'kind'],
  inputs: ['cron_field', ...SCHEDULES, ...DOCUMENTS.map(({ rows }) => rows)],
  // Summer time moves them while no row changes.
  moves: (names) => `
select md5(string_agg(concat(z.zone, ' ', ${names.raw('zone_offset')}(z.zone)), ',' order by z.zone))
  from (${SCHEDULES.map((table) => `select s.schedule ->> 'timezone' as zone from ${names.live(table)} s`).join(' union ')}) z`,
  sql: (names) => `
with booked as materialized (
    select x.kind, x.spec, x.zone, count(*) as n
      from (
        ${eachDocument(
          ({ rows, prefix, id }) => `select 'export' as kind, ${WHEN}
          from ${names.live(`${prefix}_schedules`)} s join ${names.live(rows)} d on d.${id} = s.${id}
         where s.is_suspended is not true and s.disabled_at is null and d.is_archived is not true`,
          SENT,
        )}
        union all
        ${eachDocument(
          ({ rows, prefix, id }) => `select 'materialization', ${WHEN}
          from ${names.live(`${prefix}_materialization_schedules`)} s join ${names.live(rows)} d on d.${id} = s.${id}
         where s.paused is not true and d.is_archived is not true`,
          MATERIALIZED,
        )}
      ) x where x.spec is not null
     group by x.kind, x.spec, x.zone
), placed as materialized (
    -- Each zone once, and not for each schedule.
    select z.zone, ${names.raw('zone_offset')}(z.zone) as ahead
      from (select distinct coalesce(b.zone, 'UTC') as zone from booked b) z
), ${weekCtes(names, `select b.spec, p.ahead from booked b join placed p on p.zone = coalesce(b.zone, 'UTC')`)}
select w.day_of_week, w.hour, b.kind, trim_scale(round(sum(b.n * w.runs), 2)) as runs, sum(b.n)::integer as schedules
  from booked b
  join placed p on p.zone = coalesce(b.zone, 'UTC')
  join week w on w.spec = b.spec and w.ahead = p.ahead
 group by w.day_of_week, w.hour, b.kind`,
};

/** Failures on schedules. */
export const scheduleFailures: Model = {
  name: 'schedule_failures',
  kind: 'view',
  about:
    'Failed materializations of datasets, and scheduled exports that somebody or Sigma disabled. The API shows no other failures. Archived documents are left out.',
  columns: {
    kind: 'materialization or export',
    object_id: 'Dataset, workbook or report',
    name: 'Its title',
    failed_at: 'When the materialization finished, or the export was disabled',
    detail: 'The failure message of the API, or the member who disabled the export',
    event: 'failed (a materialization) or disabled (an export, by a person or by Sigma)',
  },
  inputs: [],
  sql: ({ live, raw }) => `
select 'materialization' as kind, z.dataset_id as object_id, d.name, z.finished_at as failed_at,
       coalesce(z.error ->> 'message', z.error ->> 'code', z.status) as detail, 'failed' as event
  from ${live('dataset_materializations')} z join ${live('datasets')} d on d.dataset_id = z.dataset_id
 where z.status = 'failed' and d.is_archived is not true
union all
select 'export', s.object_id, s.name, s.disabled_at,
       coalesce('disabled by ' || coalesce(${fullName('m')}, m.email, s.disabled_by), 'disabled'), 'disabled'
  from (
    ${eachDocument(
      ({ rows, prefix, id }) => `select s.${id} as object_id, d.name, s.disabled_at, s.disabled_by
      from ${live(`${prefix}_schedules`)} s join ${live(rows)} d on d.${id} = s.${id}
     where d.is_archived is not true`,
      SENT,
    )}) s
  left join ${raw('members')} m on m.member_id = s.disabled_by
 where s.disabled_at is not null`,
};
