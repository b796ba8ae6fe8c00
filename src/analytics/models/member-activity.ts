import type { Model } from '../model.ts';
import { IS_ARCHIVED, IS_INACTIVE } from './shared/members.ts';
import { OBJECT_INPUTS, tombstones } from './shared/objects.ts';
import { domainOf, fullName, isAdministrator } from './shared/sql-parts.ts';

/**
 * Account types whose permissions let a member make or change something, by their ids: `create-workbook`, `write-sql`, …
 * A viewer may schedule an export, too (`schedule-export`).
 */
const MAKES = '(create|publish|write|edit|manage|admin)';

/** The activity of members. */
export const memberActivity: Model = {
  name: 'member_activity',
  kind: 'materialized',
  about:
    'One row per member, archived ones included: account type, teams, and the documents the member owns, publishes and opens.',
  columns: {
    member_id: 'Member',
    name: 'First and last name',
    email: 'E-mail address',
    domain: 'Domain of the address, in lower case; its hash if privacy settings hide addresses',
    member_type: 'Account type by name',
    can_make:
      'True if the account type may create or change something; false with a view licence; null if its permissions are unknown',
    is_administrator: 'True for the account type admin, which may see and change everything',
    user_kind: 'Internal, guest or embed user',
    is_archived: IS_ARCHIVED,
    is_inactive: IS_INACTIVE,
    created_at: 'When the member was created',
    teams: 'Teams the member is in, archived ones aside',
    team_names: 'Their names in alphabetical order',
    last_opened_at:
      'When the member last opened something, from recent files and the audit log, if that is set',
    opened: 'Documents the member opened, likewise, deleted ones aside',
    last_published_at: 'When the member last published a version of a workbook or report',
    published: 'Versions of workbooks and reports the member published',
    last_seen_at: 'The later of the two: when the member was last seen',
    workbooks: 'Workbooks the member owns, archived ones aside',
    reports: 'Reports the member owns, archived ones aside',
    data_models: 'Data models the member owns, archived ones aside',
    schedules: 'Scheduled exports the member owns, those of archived documents aside',
    favorites: 'Documents the member marked',
    direct_grants: 'Grants to the member alone',
  },
  key: ['member_id'],
  inputs: [
    ...['members', 'account_types', 'account_type_permissions', 'teams', 'team_members'],
    ...['openings', 'member_favorites', 'workbooks', 'workbook_versions', 'workbook_schedules'],
    ...['reports', 'report_versions', 'report_schedules', 'data_models', 'grants', 'workspace_grants'],
    ...OBJECT_INPUTS.filter((one) => !['workbooks', 'reports', 'data_models'].includes(one)),
  ],
  sql: (names) => {
    const { live } = names;
    /** Counts rows of one or several tables with these columns in common. */
    const counted = (tables: string | readonly string[], member: string, where = 'true', more = ''): string =>
      `(select x.${member} as member_id, count(*)::integer as n${more} from ${typeof tables === 'string' ? live(tables) : `(${tables.join(' union all ')})`} x
         where x.${member} is not null and ${where} group by x.${member})`;
    const versions = ['workbook', 'report'].map(
      (document) => `select v.published_by, v.published_at from ${live(`${document}_versions`)} v`,
    );
    const schedules = ['workbook', 'report'].map(
      (document) => `select s.owner_id from ${live(`${document}_schedules`)} s
        join ${live(`${document}s`)} o on o.${document}_id = s.${document}_id and o.is_archived is not true`,
    );
    return `
with makes as (
  select lower(t.account_type_name) as member_type,
         bool_or(case when lower(t.license_type) = 'view' then false else p.permission ~* '${MAKES}' end) as can_make
    from ${live('account_types')} t left join ${live('account_type_permissions')} p on p.account_type_id = t.account_type_id
   group by lower(t.account_type_name)
), gone as materialized (
  ${tombstones(names.raw)}
), opened as (
  -- What was deleted may stay among somebody's recent files for a while.
  select o.member_id, max(o.opened_at) as last_opened_at,
         (count(distinct o.object_id) filter (where g.id is null))::integer as n
    from ${names.model('openings')}() o left join gone g on g.id = o.object_id group by o.member_id
), in_teams as (
  select tm.member_id, count(*)::integer as n,
         array_agg(t.name collate "C" order by t.name collate "C") filter (where t.name is not null) as team_names
    from ${live('team_members')} tm join ${live('teams')} t on t.team_id = tm.team_id and t.is_archived is not true
   group by tm.member_id
)
select m.member_id, ${fullName('m')} as name, m.email,
       ${domainOf('m')} as domain, m.member_type, k.can_make,
       ${isAdministrator('m')} as is_administrator, m.user_kind,
       coalesce(m.is_archived, false) as is_archived, coalesce(m.is_inactive, false) as is_inactive, m.created_at,
       coalesce(t.n, 0) as teams, coalesce(t.team_names, '{}') as team_names,
       o.last_opened_at, coalesce(o.n, 0) as opened, v.last_published_at, coalesce(v.n, 0) as published,
       greatest(o.last_opened_at, v.last_published_at) as last_seen_at,
       coalesce(w.n, 0) as workbooks, coalesce(r.n, 0) as reports, coalesce(d.n, 0) as data_models, coalesce(s.n, 0) as schedules,
       coalesce(f.n, 0) as favorites, coalesce(g.n, 0) + coalesce(wg.n, 0) as direct_grants
  from ${live('members')} m
  left join makes k on k.member_type = lower(m.member_type)
  left join in_teams t on t.member_id = m.member_id
  left join opened o on o.member_id = m.member_id
  left join ${counted(versions, 'published_by', 'true', ', max(x.published_at) as last_published_at')} v on v.member_id = m.member_id
  left join ${counted('workbooks', 'owner_id', 'x.is_archived is not true')} w on w.member_id = m.member_id
  left join ${counted('reports', 'owner_id', 'x.is_archived is not true')} r on r.member_id = m.member_id
  left join ${counted('data_models', 'owner_id', 'x.is_archived is not true')} d on d.member_id = m.member_id
  left join ${counted(schedules, 'owner_id')} s on s.member_id = m.member_id
  left join ${counted('member_favorites', 'member_id')} f on f.member_id = m.member_id
  left join ${counted('grants', 'member_id')} g on g.member_id = m.member_id
  left join ${counted('workspace_grants', 'member_id', `not exists (select from ${live('grants')} o where o.grant_id = x.grant_id)`)} wg on wg.member_id = m.member_id`;
  },
};
