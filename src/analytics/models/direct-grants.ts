import type { Model } from '../model.ts';
import { aboveCtes, allGrants, rank } from './shared/parts.ts';

/** Grants to persons, weighed against those of their teams. */
export const directGrants: Model = {
  name: 'direct_grants',
  kind: 'materialized',
  about:
    'Grants to a member in person, next to what a team gives the same member on the same object, or on a folder or workspace above it. "redundant": a team gives as much; "more than the team": a team gives less; "only way": no team gives anything.',
  columns: {
    grant_id: 'Grant',
    member_id: 'Member',
    inode_id: 'The object',
    inode_type: 'workbook, folder, workspace, …',
    name: 'Title, null where the object is in no listing',
    permission: 'What the grant gives',
    team_permission: 'The strongest permission that a team of the member gives there, or null',
    verdict: 'redundant, more than the team, or only way',
    created_at: 'When the grant was made',
  },
  key: ['grant_id'],
  indexes: ['member_id', 'inode_id'],
  inputs: [
    'grants',
    'workspace_grants',
    'teams',
    'team_members',
    'files',
    'workspaces',
    'workbooks',
    'data_models',
    'datasets',
    'members',
  ],
  sql: (names) => `
with recursive ${aboveCtes(names)}, granted as materialized (
  select * from ${allGrants(names)} g
), by_team as materialized (
  select tm.member_id, g.inode_id, max(${rank(names, 'g.permission')}) as rank
    from granted g
    join ${names.live('teams')} t on t.team_id = g.team_id and t.is_archived is not true
    join ${names.live('team_members')} tm on tm.team_id = g.team_id
   group by tm.member_id, g.inode_id
), place as (
  select d.inode_id, d.inode_id as ancestor from (select distinct inode_id from granted where member_id is not null) d
  union
  select d.inode_id, a.ancestor
    from (select distinct inode_id from granted where member_id is not null) d
    join ${names.live('files')} f on f.id = d.inode_id join above a on a.container = f.parent_id
), team_rank as (
  select g.grant_id, max(b.rank) as rank
    from granted g join place p on p.inode_id = g.inode_id
    join by_team b on b.member_id = g.member_id and b.inode_id = p.ancestor
   where g.member_id is not null group by g.grant_id
)
select g.grant_id, g.member_id, g.inode_id, coalesce(f.type, g.inode_type) as inode_type,
       coalesce(f.name, b.name, s.name, d.name, z.name) as name, g.permission,
       (array['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'])[r.rank] as team_permission,
       case when r.rank is null then 'only way' when r.rank >= ${rank(names, 'g.permission')} then 'redundant'
            else 'more than the team' end as verdict,
       g.created_at
  from granted g
  join ${names.live('members')} m on m.member_id = g.member_id and m.is_archived is not true
  left join team_rank r on r.grant_id = g.grant_id
  left join ${names.live('files')} f on f.id = g.inode_id
  left join ${names.live('workbooks')} b on b.workbook_id = g.inode_id
  left join ${names.live('workspaces')} s on s.workspace_id = g.inode_id
  left join ${names.live('data_models')} d on d.data_model_id = g.inode_id
  left join ${names.live('datasets')} z on z.dataset_id = g.inode_id
 where g.member_id is not null`,
};
