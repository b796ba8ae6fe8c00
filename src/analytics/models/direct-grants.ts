import type { Model } from '../model.ts';
import { namesOf, OBJECT_INPUTS } from './shared/objects.ts';
import { accessCtes, rank } from './shared/sql-parts.ts';

/** Grants to persons, weighed against those of their teams. */
export const directGrants: Model = {
  name: 'direct_grants',
  kind: 'materialized',
  about:
    'Grants to single members, except archived ones, compared with team grants that reach the same member on the same object, or on a folder or workspace above it. "redundant": a team gives as much; "more than the team": a team gives less; "only way": no team gives anything.',
  columns: {
    grant_id: 'Grant',
    member_id: 'Member',
    inode_id: 'The object',
    inode_type: 'workbook, report, folder, workspace, …',
    name: 'Title; null if no listing has the object',
    permission: 'Permission of the grant',
    team_permission: 'The strongest permission that a team of the member gives there, or null',
    verdict: 'redundant, more than the team, or only way',
    created_at: 'When the grant was made',
  },
  key: ['grant_id'],
  indexes: ['member_id', 'inode_id'],
  inputs: ['grants', 'workspace_grants', 'teams', 'team_members', 'members', ...OBJECT_INPUTS],
  sql: (names) => {
    const object = namesOf(names.live, 'g.inode_id');
    return `
with recursive ${accessCtes(names)}, team_of as materialized (
  select tm.member_id, tm.team_id
    from ${names.live('team_members')} tm
    join ${names.live('teams')} t on t.team_id = tm.team_id and t.is_archived is not true
), by_team as materialized (
  select g.team_id, g.inode_id, max(${rank(names, 'g.permission')}) as rank
    from granted g where g.team_id is not null group by g.team_id, g.inode_id
), by_container as materialized (
  -- The permission of a team in a folder or workspace, from it or any above it.
  select b.team_id, a.container, max(b.rank) as rank
    from above a join by_team b on b.inode_id = a.ancestor group by b.team_id, a.container
), asked as materialized (
  select g.grant_id, m.team_id, g.inode_id, f.parent_id
    from granted g
    join team_of m on m.member_id = g.member_id
    left join ${names.live('files')} f on f.id = g.inode_id
), team_rank as (
  select x.grant_id, max(x.rank) as rank
    from (
      select q.grant_id, b.rank from asked q join by_team b on b.team_id = q.team_id and b.inode_id = q.inode_id
      union all
      select q.grant_id, b.rank from asked q join by_container b on b.team_id = q.team_id and b.container = q.parent_id
    ) x
   group by x.grant_id
)
select g.grant_id collate "C" as grant_id, g.member_id collate "C" as member_id, g.inode_id collate "C" as inode_id, coalesce(${object.type}, g.inode_type) as inode_type,
       ${object.name} as name, g.permission,
       (array['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'])[r.rank] as team_permission,
       case when r.rank is null then 'only way' when r.rank >= ${rank(names, 'g.permission')} then 'redundant'
            else 'more than the team' end as verdict,
       g.created_at
  from granted g
  join ${names.live('members')} m on m.member_id = g.member_id and m.is_archived is not true
  left join team_rank r on r.grant_id = g.grant_id${object.joins}
 where g.member_id is not null`;
  },
};
