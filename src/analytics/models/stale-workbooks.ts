import type { Model } from '../model.ts';

/** What nobody opens and nobody changes. */
export const staleWorkbooks: Model = {
  name: 'stale_workbooks',
  kind: 'view',
  about:
    'Workbooks that nobody opened and nobody changed for analytics.stale_days (90), as of now. Archived ones and tagged versions are left out. Recent files of members reach back only so far: without an audit log, null in last_opened_at means "not recently".',
  columns: {
    workbook_id: 'Workbook',
    name: 'Title',
    url: 'Address in the browser',
    owner_id: 'Member who owns it',
    owner_name: 'Name of the owner',
    owner_email: 'E-mail address of the owner',
    owner_is_active: 'False where the owner is archived, inactive or unknown',
    folder_path: 'Folders that lead to it',
    last_opened_at: 'When somebody last opened it, or null',
    updated_at: 'When it was last changed',
    idle_days: 'Whole days since it was last opened or changed',
    active_schedules: 'Scheduled exports that still run: people may read those',
    public_embeds: 'Embeds shown to everybody: people may see those',
    materializations: 'Elements that are still materialized, at a cost',
  },
  inputs: ['workbook_inventory'],
  sql: ({ model, options }) => `
select i.workbook_id, i.name, i.url, i.owner_id, i.owner_name, i.owner_email, i.owner_is_active, i.folder_path,
       i.last_opened_at, i.updated_at, extract(day from now() - t.at)::integer as idle_days,
       i.active_schedules, i.public_embeds, i.materializations
  from ${model('workbook_inventory')} i
 cross join lateral (select greatest(i.last_opened_at, i.updated_at, i.created_at) as at) t
 where not i.is_archived and i.tagged_version_of is null
   and t.at < now() - ${options.staleDays} * interval '24 hours'`,
};
