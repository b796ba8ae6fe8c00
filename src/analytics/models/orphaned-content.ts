import type { Model } from '../model.ts';
import { fullName } from './shared/sql-parts.ts';

/** What belongs to nobody who is there. */
export const orphanedContent: Model = {
  name: 'orphaned_content',
  kind: 'view',
  about:
    'Documents and folders whose owner is archived, inactive, deleted or unknown. What is archived itself is left out.',
  columns: {
    inode_id: 'The object',
    type: 'workbook, report, folder, data-model, dataset, …',
    name: 'Title',
    folder_path: 'Folders that lead to it',
    owner_id: 'Member who owns it',
    owner_name: 'Name of the owner, null where no member of that id was ever seen',
    owner_email: 'E-mail address of the owner',
    reason: 'What became of the owner: archived, inactive, deleted, or unknown',
    updated_at: 'When the object was last changed',
  },
  inputs: ['files', 'workbooks', 'reports', 'data_models', 'members'],
  sql: ({ live, raw }) => `
select o.inode_id, o.type, o.name, o.folder_path, o.owner_id,
       ${fullName('m')} as owner_name, m.email as owner_email,
       case when m.member_id is null then 'unknown' when m._deleted_at is not null then 'deleted'
            when m.is_archived then 'archived' else 'inactive' end as reason,
       o.updated_at
  from (
    select f.id as inode_id, f.type, f.name, f.path as folder_path, f.owner_id, f.updated_at
      from ${live('files')} f where f.is_archived is not true
    union all
    select w.workbook_id, 'workbook', w.name, w.path, w.owner_id, w.updated_at
      from ${live('workbooks')} w
     where w.is_archived is not true and not exists (select from ${live('files')} f where f.id = w.workbook_id)
    union all
    select r.report_id, 'report', r.name, r.path, r.owner_id, r.updated_at
      from ${live('reports')} r
     where r.is_archived is not true and not exists (select from ${live('files')} f where f.id = r.report_id)
    union all
    select d.data_model_id, 'data-model', d.name, d.path, d.owner_id, d.updated_at
      from ${live('data_models')} d
     where d.is_archived is not true and not exists (select from ${live('files')} f where f.id = d.data_model_id)
  ) o
  left join ${raw('members')} m on m.member_id = o.owner_id
 where o.owner_id is not null
   and (m.member_id is null or m._deleted_at is not null or m.is_archived or m.is_inactive)`,
};
