import type { Model } from '../model.ts';
import { allObjects, OBJECT_INPUTS } from './shared/objects.ts';
import { fullName } from './shared/sql-parts.ts';

/** Content without an active owner. */
export const orphanedContent: Model = {
  name: 'orphaned_content',
  kind: 'materialized',
  about:
    'Documents and folders whose owner is archived, inactive, deleted or unknown. Archived objects are left out.',
  columns: {
    inode_id: 'The object',
    type: 'workbook, report, folder, data-model, dataset, …',
    name: 'Title',
    folder_path: 'Folders that lead to it',
    owner_id: 'Member who owns it',
    owner_name: 'Name of the owner; null if no member with that id was ever seen',
    owner_email: 'E-mail address of the owner',
    reason: 'State of the owner: archived, inactive, deleted or unknown',
    updated_at: 'When the object was last changed',
  },
  key: ['inode_id'],
  inputs: ['members', ...OBJECT_INPUTS],
  sql: ({ live, raw }) => `
select o.inode_id, o.type, o.name, o.path as folder_path, o.owner_id,
       ${fullName('m')} as owner_name, m.email as owner_email,
       case when m.member_id is null then 'unknown' when m._deleted_at is not null then 'deleted'
            when m.is_archived then 'archived' else 'inactive' end as reason,
       o.updated_at
  from (
    ${allObjects(live)}
  ) o
  left join ${raw('members')} m on m.member_id = o.owner_id
 where o.owner_id is not null and o.is_archived is not true
   and (m.member_id is null or m._deleted_at is not null or m.is_archived or m.is_inactive)`,
};
