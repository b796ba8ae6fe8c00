import type { Model } from '../model.ts';
import { namesOf } from './shared/objects.ts';
import { fullName, rank } from './shared/sql-parts.ts';

/** Who can see and edit what, by name. */
export const accessMatrix: Model = {
  name: 'access_matrix',
  kind: 'view',
  about:
    'Who can see and edit what: one row per member and object, as effective_access() has it, with names; administrators have one for every object. Ask for a member_id or an inode_id: that takes milliseconds, everything takes seconds to minutes.',
  columns: {
    member_id: 'Member',
    member_name: 'First and last name',
    email: 'E-mail address',
    inode_id: 'The object',
    type: 'workbook, report, folder, data-model, dataset, …',
    name: 'Title, null where the object is in no listing',
    folder_path: 'Folders that lead to it',
    is_archived: 'True once the object is archived',
    permission: 'The strongest permission',
    can_edit: 'True where it allows to change the object: edit',
    paths:
      'Every path it came by: grant_id, permission, via (direct, team, owner or administrator), team_id, inherited_from, inherited_type',
  },
  inputs: [],
  sql: (names) => {
    const object = namesOf(names.live, 'a.inode_id');
    return `
select a.member_id, ${fullName('m')} as member_name, m.email,
       a.inode_id, a.inode_type as type, ${object.name} as name, ${object.path} as folder_path,
       coalesce(${object.isArchived}, false) as is_archived,
       a.permission, ${rank(names, 'a.permission')} >= ${rank(names, "'edit'")} as can_edit, a.paths
  from ${names.raw('effective_access')}() a
  join ${names.raw('members')} m on m.member_id = a.member_id${object.joins}`;
  },
};
