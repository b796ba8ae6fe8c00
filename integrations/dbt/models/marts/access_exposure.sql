-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['inode_id'], 'unique': true}, {'columns': ['viewers desc']}]
) }}

with recursive containers as (
    select f.id, f.parent_id, f.type, f.name from {{ ref('stg_sigma__files') }} f where f.type in ('folder', 'workspace')
    union all
    select w.workspace_id, null, 'workspace', w.name from {{ ref('stg_sigma__workspaces') }} w
     where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = w.workspace_id)
  ), above as (
    select c.id as container, c.id as ancestor from containers c
    union
    select f.parent_id, f.parent_id from {{ ref('stg_sigma__files') }} f where f.parent_id is not null
    union
    select a.container, c.parent_id from above a join containers c on c.id = a.ancestor where c.parent_id is not null
  ), granted as materialized (
  select * from (
    select g.grant_id, g.inode_id, g.inode_type, g.member_id, g.team_id, g.permission, g.created_at
      from {{ ref('stg_sigma__grants') }} g where g.inode_id is not null
    union all
    select w.grant_id, w.workspace_id, 'workspace', w.member_id, w.team_id, w.permission, w.created_at
      from {{ ref('stg_sigma__workspace_grants') }} w
     where not exists (select from {{ ref('stg_sigma__grants') }} g where g.grant_id = w.grant_id)) g
), person as materialized (
  select m.member_id, x.member_id is not null as external
    from {{ ref('stg_sigma__members') }} m left join {{ ref('external_members') }} x on x.member_id = m.member_id
   where m.is_archived is not true
), reach as materialized (
  select e.inode_id, e.member_id, max(e.rank) as rank
    from (
      select g.inode_id, g.member_id, {{ sigma_sync.sigma_function('permission_rank') }}(g.permission) as rank from granted g where g.member_id is not null
      union all
      select g.inode_id, tm.member_id, {{ sigma_sync.sigma_function('permission_rank') }}(g.permission)
        from granted g
        join {{ ref('stg_sigma__teams') }} t on t.team_id = g.team_id and t.is_archived is not true
        join {{ ref('stg_sigma__team_members') }} tm on tm.team_id = g.team_id
    ) e join person p on p.member_id = e.member_id
   group by e.inode_id, e.member_id
), inside as materialized (
  select a.container, r.member_id, max(r.rank) as rank, p.external
    from above a join reach r on r.inode_id = a.ancestor join person p on p.member_id = r.member_id
   group by a.container, r.member_id, p.external
), inside_counts as (
  select i.container, count(*) as viewers, count(*) filter (where i.rank >= {{ sigma_sync.sigma_function('permission_rank') }}('edit')) as editors,
         count(*) filter (where i.external) as external
    from inside i group by i.container
), object as materialized (
  select f.id as inode_id, f.type, f.name, f.path, f.owner_id, f.is_archived, f.parent_id from {{ ref('stg_sigma__files') }} f
  union all
  select w.workbook_id, 'workbook', w.name, w.path, w.owner_id, w.is_archived, null from {{ ref('stg_sigma__workbooks') }} w
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = w.workbook_id)
  union all
  select s.workspace_id, 'workspace', s.name, null, null, false, null from {{ ref('stg_sigma__workspaces') }} s
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = s.workspace_id)
), own as (
  select o.inode_id, o.parent_id, x.member_id, max(x.rank) as rank
    from object o
    join (
      select r.inode_id, r.member_id, r.rank from reach r
      union all
      select o2.inode_id, o2.owner_id, {{ sigma_sync.sigma_function('permission_rank') }}('edit') from object o2 join person p on p.member_id = o2.owner_id
      union all
      select w.workbook_id, w.owner_id, {{ sigma_sync.sigma_function('permission_rank') }}('edit') from {{ ref('stg_sigma__workbooks') }} w join person p on p.member_id = w.owner_id
    ) x on x.inode_id = o.inode_id
   group by o.inode_id, o.parent_id, x.member_id
), own_counts as (
  select w.inode_id,
         count(*) filter (where i.member_id is null) as viewers,
         count(*) filter (where w.rank >= {{ sigma_sync.sigma_function('permission_rank') }}('edit') and coalesce(i.rank, -1) < {{ sigma_sync.sigma_function('permission_rank') }}('edit')) as editors,
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
  left join (select e.workbook_id, count(*)::integer as n from {{ ref('stg_sigma__workbook_embeds') }} e where e.public
              group by e.workbook_id) b on b.workbook_id = o.inode_id
