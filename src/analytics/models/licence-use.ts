import type { Model } from '../model.ts';
import { IS_INACTIVE } from './shared/members.ts';

/** The use of licences. */
export const licenceUse: Model = {
  name: 'licence_use',
  kind: 'view',
  about:
    'The use of each licence, as of now: one row per member that is not archived, with a verdict. "inactive": the identity provider deactivated the member; "never seen": the member opened and published nothing; "idle": not for analytics.stale_days (90); "could step down": the account type may create things, and the member owns, publishes and schedules nothing; else "in use". Administrators never "could step down", because their administration does not show here.',
  columns: {
    member_id: 'Member',
    name: 'First and last name',
    email: 'E-mail address',
    member_type: 'Account type by name',
    can_make: 'True if the account type may create or change something',
    is_administrator: 'True for the account type admin',
    is_inactive: IS_INACTIVE,
    created_at: 'When the member was created',
    last_seen_at: 'When the member last opened or published something, or null',
    idle_days: 'Whole days since then, or null',
    workbooks: 'Workbooks the member owns',
    reports: 'Reports the member owns',
    published: 'Versions of workbooks and reports the member published',
    verdict: 'inactive, never seen, idle, could step down or in use',
  },
  inputs: ['member_activity'],
  sql: ({ model, options }) => `
select a.member_id, a.name, a.email, a.member_type, a.can_make, a.is_administrator, a.is_inactive, a.created_at, a.last_seen_at,
       extract(day from now() - a.last_seen_at)::integer as idle_days, a.workbooks, a.reports, a.published,
       case when a.is_inactive then 'inactive'
            when a.last_seen_at is null then 'never seen'
            when a.last_seen_at < now() - ${options.staleDays} * interval '24 hours' then 'idle'
            when a.can_make and not a.is_administrator and a.workbooks = 0 and a.reports = 0 and a.data_models = 0 and a.published = 0 and a.schedules = 0
            then 'could step down'
            else 'in use' end as verdict
  from ${model('member_activity')} a
 where not a.is_archived`,
};
