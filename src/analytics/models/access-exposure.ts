import type { Model, Names } from '../model.ts';
import { aboveCtes, allGrants, rank } from './shared/parts.ts';

const EDIT = (names: Names): string => rank(names, "'edit'");

/** How far each object is open. */
export const accessExposure: Model = {
  name: 'access_exposure',
  kind: 'materialized',
  about:
    'How far each listed object is open: how many members can see and edit it, and how many of them are external. The same as effective_access() has it: members who own a file or workbook are counted; archived members and what archived teams give are not. Administrators see everything without a grant and are counted only where they have one.',
  columns: {
    inode_id: 'The object',
    type: 'workbook, folder, workspace, data-model, dataset, …',
    name: 'Title',
    folder_path: 'Folders that lead to it',
    owner_id: 'Member who owns it',
    is_archived: 'True once it is archived',
    viewers: 'Members who can see it, in whatever way',
    editors: 'Members who can edit it',
    external_viewers:
      'Of the viewers: guests and embed users, and those whose e-mail address has an external domain',
    everyone: 'True where every member that is not archived can see it',
    member_grants: 'Grants on the object itself to members in person',
    team_grants: 'Grants on the object itself to teams',
    public_embeds: 'Embeds of a workbook that are shown to everybody, without signing in',
  },
  key: ['inode_id'],
  indexes: ['viewers desc'],
  inputs: [
    'external_members',
    'members',
    'files',
    'workbooks',
    'workspaces',
    'data_models',
    'datasets',
    'grants',
    'workspace_grants',
    'teams',
    'team_members',
    'workbook_embeds',
  ],
  sql: (names) => {
    const { live, model } = names;
    return `
with recursive ${aboveCtes(names)}, granted as materialized (
  select * from ${allGrants(names)} g
), person as materialized (
  select m.member_id, x.member_id is not null as external
    from ${live('members')} m left join ${model('external_members')} x on x.member_id = m.member_id
   where m.is_archived is not true
), reach as materialized (
  select e.inode_id, e.member_id, max(e.rank) as rank
    from (
      select g.inode_id, g.member_id, ${rank(names, 'g.permission')} as rank from granted g where g.member_id is not null
      union all
      select g.inode_id, tm.member_id, ${rank(names, 'g.permission')}
        from granted g
        join ${live('teams')} t on t.team_id = g.team_id and t.is_archived is not true
        join ${live('team_members')} tm on tm.team_id = g.team_id
    ) e join person p on p.member_id = e.member_id
   group by e.inode_id, e.member_id
), inside as materialized (
  select a.container, r.member_id, max(r.rank) as rank, p.external
    from above a join reach r on r.inode_id = a.ancestor join person p on p.member_id = r.member_id
   group by a.container, r.member_id, p.external
), inside_counts as (
  select i.container, count(*) as viewers, count(*) filter (where i.rank >= ${EDIT(names)}) as editors,
         count(*) filter (where i.external) as external
    from inside i group by i.container
), object as materialized (
  select f.id as inode_id, f.type, f.name, f.path, f.owner_id, f.is_archived, f.parent_id from ${live('files')} f
  union all
  select w.workbook_id, 'workbook', w.name, w.path, w.owner_id, w.is_archived, null from ${live('workbooks')} w
   where not exists (select from ${live('files')} f where f.id = w.workbook_id)
  union all
  select s.workspace_id, 'workspace', s.name, null, null, false, null from ${live('workspaces')} s
   where not exists (select from ${live('files')} f where f.id = s.workspace_id)
  union all
  select d.data_model_id, 'data-model', d.name, d.path, d.owner_id, d.is_archived, null from ${live('data_models')} d
   where not exists (select from ${live('files')} f where f.id = d.data_model_id)
  union all
  select z.dataset_id, 'dataset', z.name, null, null, z.is_archived, null from ${live('datasets')} z
   where not exists (select from ${live('files')} f where f.id = z.dataset_id)
), own as (
  select o.inode_id, o.parent_id, x.member_id, max(x.rank) as rank
    from object o
    join (
      select r.inode_id, r.member_id, r.rank from reach r
      union all
      select f.id, f.owner_id, ${EDIT(names)} from ${live('files')} f join person p on p.member_id = f.owner_id
      union all
      select w.workbook_id, w.owner_id, ${EDIT(names)} from ${live('workbooks')} w join person p on p.member_id = w.owner_id
    ) x on x.inode_id = o.inode_id
   group by o.inode_id, o.parent_id, x.member_id
), own_counts as (
  select w.inode_id,
         count(*) filter (where i.member_id is null) as viewers,
         count(*) filter (where w.rank >= ${EDIT(names)} and coalesce(i.rank, -1) < ${EDIT(names)}) as editors,
         count(*) filter (where i.member_id is null and p.external) as external
    from own w join person p on p.member_id = w.member_id
    left join inside i on i.container = w.parent_id and i.member_id = w.member_id
   group by w.inode_id
), direct as (
  select g.inode_id, count(*) filter (where g.member_id is not null)::integer as members,
         count(*) filter (where g.team_id is not null)::integer as teams
    from granted g group by g.inode_id
)
select o.inode_id, o.type, o.name, o.path as folder_path, o.owner_id, coalesce(o.is_archived, false) as is_archived,
       v.viewers, v.editors, v.external as external_viewers,
       v.viewers > 0 and v.viewers = (select count(*) from person) as everyone,
       coalesce(d.members, 0) as member_grants, coalesce(d.teams, 0) as team_grants, coalesce(b.n, 0) as public_embeds
  from object o
  left join inside_counts i on i.container = o.parent_id
  left join own_counts w on w.inode_id = o.inode_id
 cross join lateral (
    select (coalesce(i.viewers, 0) + coalesce(w.viewers, 0))::integer as viewers,
           (coalesce(i.editors, 0) + coalesce(w.editors, 0))::integer as editors,
           (coalesce(i.external, 0) + coalesce(w.external, 0))::integer as external) v
  left join direct d on d.inode_id = o.inode_id
  left join (select e.workbook_id, count(*)::integer as n from ${live('workbook_embeds')} e where e.public
              group by e.workbook_id) b on b.workbook_id = o.inode_id`;
  },
};
