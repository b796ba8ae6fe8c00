import type { Model, Names } from '../model.ts';
import { allObjects, OBJECT_INPUTS } from './shared/objects.ts';
import { outsideJoin } from './shared/outside.ts';
import { accessCtes, isAdministrator, rank } from './shared/sql-parts.ts';

const EDIT = (names: Names): string => rank(names, "'edit'");

/** The number of bits in a bit string that are 1; bit_count() is there since PostgreSQL 14. */
const ones = (mask: string): string => `octet_length(replace(${mask}::text, '0', ''))`;

/** The exposure of each object. */
export const accessExposure: Model = {
  name: 'access_exposure',
  kind: 'materialized',
  about:
    'The exposure of each listed object: how many members can see and edit it, and how many of them are external. The rules are those of effective_access(): owners of a file, workbook or report count; archived members and grants of archived teams do not. Administrators count, too, since they may see and change everything. The column administrators counts those without another path.',
  columns: {
    inode_id: 'The object',
    type: 'workbook, report, folder, workspace, data-model, dataset, …',
    name: 'Title',
    folder_path: 'Folders that lead to it',
    owner_id: 'Member who owns it',
    is_archived: 'True once it is archived',
    viewers: 'Members who can see it, by any path',
    editors: 'Members who can edit it',
    external_viewers:
      'Viewers who are guests, embed users, or have an external e-mail domain; null if privacy settings hide that for one of them',
    administrators: 'Viewers who are administrators without a grant, team, folder or ownership that shows it',
    everyone: 'True if every member that is not archived can see it',
    member_grants: 'Grants on the object itself to single members',
    team_grants: 'Grants on the object itself to teams',
    public_embeds: 'Embeds of a workbook that everybody sees without signing in',
  },
  key: ['inode_id'],
  indexes: ['viewers desc'],
  inputs: [
    ...['external_members', 'members', 'grants', 'workspace_grants', 'teams', 'team_members'],
    ...['workbook_embeds', ...OBJECT_INPUTS],
  ],
  sql: (names) => {
    const { live, model } = names;
    return `
with recursive ${accessCtes(names)}, person as materialized (
  select m.member_id, x.member_id is not null or o.external as external, ${isAdministrator('m')} as administrates,
         (row_number() over ())::integer - 1 as place
    from ${live('members')} m left join ${model('external_members')} x on x.member_id = m.member_id
   ${outsideJoin(names, 'm')}
   where m.is_archived is not true
), nobody as materialized (
  select repeat('0', count(*)::integer)::varbit as mask from person
), one as materialized (
  -- Sets of members are bit strings, one bit for each: millions of pairs would take minutes.
  select p.member_id, p.external, p.administrates, set_bit(n.mask, p.place, 1) as mask from person p cross join nobody n
), outside as materialized (
  select bit_or(o.mask) filter (where o.external) as mask, bit_or(o.mask) filter (where o.external is null) as unsure from one o
), administrator as materialized (
  select bit_or(o.mask) as mask from one o where o.administrates
), team as materialized (
  select tm.team_id, bit_or(o.mask) as mask
    from ${live('team_members')} tm
    join ${live('teams')} t on t.team_id = tm.team_id and t.is_archived is not true
    join one o on o.member_id = tm.member_id
   group by tm.team_id
), reach as materialized (
  select e.inode_id, bit_or(e.mask) as sees,
         bit_or(e.mask) filter (where ${rank(names, 'e.permission')} >= ${EDIT(names)}) as edits
    from (
      select g.inode_id, g.permission, o.mask from granted g join one o on o.member_id = g.member_id
      union all
      select g.inode_id, g.permission, t.mask from granted g join team t on t.team_id = g.team_id
    ) e
   group by e.inode_id
), inside as materialized (
  select a.container, bit_or(r.sees) as sees, bit_or(r.edits) as edits
    from above a join reach r on r.inode_id = a.ancestor
   group by a.container
), object as materialized (
    ${allObjects(live)}
), owned as (
  select w.inode_id, bit_or(o.mask) as mask
    from (
      select f.id as inode_id, f.owner_id from ${live('files')} f
      union all
      select b.workbook_id, b.owner_id from ${live('workbooks')} b
      union all
      select r.report_id, r.owner_id from ${live('reports')} r
    ) w join one o on o.member_id = w.owner_id
   group by w.inode_id
), direct as (
  select g.inode_id, count(*) filter (where g.member_id is not null)::integer as members,
         count(*) filter (where g.team_id is not null)::integer as teams
    from granted g group by g.inode_id
)
select o.inode_id, o.type, o.name, o.path as folder_path, o.owner_id, coalesce(o.is_archived, false) as is_archived,
       v.viewers, v.editors, v.external as external_viewers, v.administrators,
       v.viewers > 0 and v.viewers = (select count(*) from person) as everyone,
       coalesce(d.members, 0) as member_grants, coalesce(d.teams, 0) as team_grants, coalesce(b.n, 0) as public_embeds
  from object o
 cross join nobody n
 cross join outside x
 cross join administrator a
  left join inside i on i.container = o.parent_id
  left join reach r on r.inode_id = o.inode_id
  left join owned w on w.inode_id = o.inode_id
 cross join lateral (
    select coalesce(i.sees, n.mask) | coalesce(r.sees, n.mask) | coalesce(w.mask, n.mask) as given,
           coalesce(i.edits, n.mask) | coalesce(r.edits, n.mask) | coalesce(w.mask, n.mask)
             | coalesce(a.mask, n.mask) as edits offset 0) e
 cross join lateral (select e.given, e.given | coalesce(a.mask, n.mask) as sees, e.edits offset 0) s
 cross join lateral (
    select ${ones('s.sees')} as viewers, ${ones('s.edits')} as editors,
           case when x.unsure is null or ${ones('(s.sees & x.unsure)')} = 0
                then ${ones('(s.sees & coalesce(x.mask, n.mask))')} end as external,
           ${ones('(s.sees & ~s.given)')} as administrators
    -- Counted once, and not at each mention.
    offset 0) v
  left join direct d on d.inode_id = o.inode_id
  left join (select e.workbook_id, count(*)::integer as n from ${live('workbook_embeds')} e where e.public
              group by e.workbook_id) b on b.workbook_id = o.inode_id`;
  },
};
