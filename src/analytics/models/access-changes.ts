import type { Model } from '../model.ts';
import { nameOf } from './shared/objects.ts';
import { dotted, fullName } from './shared/sql-parts.ts';

/** Recent changes of access. */
export const accessChanges: Model = {
  name: 'access_changes',
  kind: 'view',
  about:
    'Changes of access, as syncs found them: grants given, changed and taken away, and members who joined or left teams. A deleted team has a row of its own, beside those of the members who left with it. Grants on connections and their databases, schemas and tables are included. It reaches back as far as the change log is complete; rows of the first sync are not changes. Streams in history.exclude have no rows. Other causes (a folder, an owner, an archived member or team, a new administrator) are not here: compare effective_access() of two times.',
  columns: {
    changed_at: 'When a sync found it',
    change: 'given, changed, taken away, joined, left or team deleted',
    member_id: 'Affected member, or null',
    member_name: 'Name of the member as of today',
    team_id: 'Affected team, or null',
    team_name: 'Name of the team as of today',
    inode_id: 'The object of a grant, or null',
    inode_name: 'Its title as of today',
    permission_before: 'Permission before a change or the end of the grant',
    permission_after: 'Permission after a change or the start of the grant',
    grant_id: 'The grant, or null',
    run_id: 'Run that found it',
  },
  inputs: [],
  sql: ({ raw, state }) => `
select c.changed_at,
       case when c.stream = 'teams' then 'team deleted'
            when c.stream = 'team_members' then case c.operation when 'insert' then 'joined' when 'delete' then 'left' else 'changed' end
            else case c.operation when 'insert' then 'given' when 'delete' then 'taken away' else 'changed' end end as change,
       x.member_id, ${fullName('m')} as member_name, x.team_id, t.name as team_name,
       x.inode_id, coalesce(${nameOf(raw, 'x.inode_id')}, (select o.name from ${raw('connections')} o where o.connection_id = x.inode_id), (
         select ${dotted('o.path')} from ${raw('connection_paths')} o
          where o.url_id = pg.url_id order by o._deleted_at is not null, o.connection_id limit 1)) as inode_name,
       case when not x.of_team then c.before ->> 'permission' end as permission_before,
       case when not x.of_team then c.after ->> 'permission' end as permission_after,
       case when not x.of_team then c.key[1] end as grant_id, c.run_id
  from ${state('changes')} c
  join ${state('history')} h on h.stream = c.stream and c.changed_at > h.since
  left join ${raw('grants')} g on c.stream = 'grants' and g.grant_id = c.key[1]
  left join ${raw('workspace_grants')} wg on c.stream = 'workspace_grants' and wg.grant_id = c.key[1]
  left join ${raw('connection_grants')} kg on c.stream = 'connection_grants' and kg.grant_id = c.key[1]
  left join ${raw('connection_path_grants')} pg on c.stream = 'connection_path_grants' and pg.grant_id = c.key[1]
 cross join lateral (
    select case when c.stream = 'team_members' then c.key[2]
                else coalesce(g.member_id, wg.member_id, kg.member_id, pg.member_id) end as member_id,
           c.stream in ('teams', 'team_members') as of_team,
           case when c.stream in ('teams', 'team_members') then c.key[1]
                else coalesce(g.team_id, wg.team_id, kg.team_id, pg.team_id) end as team_id,
           coalesce(g.inode_id, wg.workspace_id, kg.connection_id, pg.inode_id, pg.url_id) as inode_id) x
  left join ${raw('members')} m on m.member_id = x.member_id
  left join ${raw('teams')} t on t.team_id = x.team_id
 where c.stream in ('grants', 'workspace_grants', 'connection_grants', 'connection_path_grants', 'team_members', 'teams')
   and (c.stream = 'team_members' or c.stream = 'teams' and c.operation = 'delete' or c.stream <> 'teams' and ( c.operation <> 'update' or c.changed && array['permission', 'member_id', 'team_id', 'inode_id']))
   -- Sigma may list these with the others, too.
   and not (c.stream not in ('grants', 'team_members', 'teams') and exists (select from ${raw('grants')} o where o.grant_id = c.key[1]))`,
};
