import type { Model } from '../model.ts';
import { namesOf } from './shared/objects.ts';
import { fullName, rank } from './shared/sql-parts.ts';

/** The access of members to objects, with names. */
export const accessMatrix: Model = {
  name: 'access_matrix',
  kind: 'view',
  about:
    'The access of members to objects: one row per member and object, as in effective_access(), with names. Administrators have a row for every object. Filter by member_id or inode_id: that takes milliseconds, while everything takes seconds to minutes.',
  columns: {
    member_id: 'Member',
    member_name: 'First and last name',
    email: 'E-mail address',
    inode_id: 'The object',
    type: 'workbook, report, folder, data-model, dataset, …',
    name: 'Title; null if no listing has the object',
    folder_path: 'Folders that lead to it',
    is_archived: 'True once the object is archived',
    permission: 'The strongest permission',
    can_edit: 'True if the permission is edit, which allows changes',
    paths:
      'Every path that gives it: grant_id, permission, via (direct, team, owner or administrator), team_id, inherited_from, inherited_type',
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
