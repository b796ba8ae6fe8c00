/** Documents that nobody opens or changes. */
import type { Model } from '../../model.ts';

/** `stale_<document>s`, of the documents in `<document>_inventory`. */
export function staleOf(document: 'workbook' | 'report'): Model {
  const [isWorkbook, id] = [document === 'workbook', `${document}_id`];
  const capital = isWorkbook ? 'Workbook' : 'Report';
  return {
    name: `stale_${document}s`,
    kind: 'view',
    about: `${capital}s that nobody opened or changed for analytics.stale_days (90), as of now. Archived ones and tagged versions are left out. Recent files of members reach back only so far: without an audit log, null in last_opened_at means "not recently".`,
    columns: {
      [id]: capital,
      name: 'Title',
      url: 'Address in the browser',
      owner_id: 'Member who owns it',
      owner_name: 'Name of the owner',
      owner_email: 'E-mail address of the owner',
      owner_is_active: 'False if the owner is archived, inactive or unknown',
      folder_path: 'Folders that lead to it',
      last_opened_at: 'When somebody last opened it, or null',
      updated_at: 'When it was last changed',
      idle_days: 'Whole days since it was last opened or changed',
      active_schedules: 'Scheduled exports that still run: people may read those',
      ...(isWorkbook && {
        public_embeds: 'Embeds shown to everybody: people may see those',
        materializations: 'Elements that are still materialized, at a cost',
      }),
    },
    inputs: [`${document}_inventory`],
    sql: ({ model, options }) => `
select i.${id}, i.name, i.url, i.owner_id, i.owner_name, i.owner_email, i.owner_is_active, i.folder_path,
       i.last_opened_at, i.updated_at, extract(day from now() - t.at)::integer as idle_days,
       i.active_schedules${isWorkbook ? ', i.public_embeds, i.materializations' : ''}
  from ${model(`${document}_inventory`)} i
 cross join lateral (select greatest(i.last_opened_at, i.updated_at, i.created_at) as at) t
 where not i.is_archived and i.tagged_version_of is null
   and t.at < now() - ${options.staleDays} * interval '24 hours'`,
  };
}
