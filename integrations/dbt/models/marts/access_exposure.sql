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
  select m.member_id, x.member_id is not null as external, (row_number() over ())::integer - 1 as place
    from {{ ref('stg_sigma__members') }} m left join {{ ref('external_members') }} x on x.member_id = m.member_id
   where m.is_archived is not true
), nobody as materialized (
  select repeat('0', count(*)::integer)::varbit as mask from person
), one as materialized (
  -- Sets of members are bit strings, one bit for each: millions of pairs would take minutes.
  select p.member_id, p.external, set_bit(n.mask, p.place, 1) as mask from person p cross join nobody n
), outside as materialized (
  select bit_or(o.mask) as mask from one o where o.external
), team as materialized (
  select tm.team_id, bit_or(o.mask) as mask
    from {{ ref('stg_sigma__team_members') }} tm
    join {{ ref('stg_sigma__teams') }} t on t.team_id = tm.team_id and t.is_archived is not true
    join one o on o.member_id = tm.member_id
   group by tm.team_id
), reach as materialized (
  select e.inode_id, bit_or(e.mask) as sees,
         bit_or(e.mask) filter (where {{ sigma_sync.sigma_function('permission_rank') }}(e.permission) >= {{ sigma_sync.sigma_function('permission_rank') }}('edit')) as edits
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
  select f.id as inode_id, f.type, f.name, f.path, f.owner_id, f.is_archived, f.parent_id from {{ ref('stg_sigma__files') }} f
  union all
  select w.workbook_id, 'workbook', w.name, w.path, w.owner_id, w.is_archived, null from {{ ref('stg_sigma__workbooks') }} w
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = w.workbook_id)
  union all
  select s.workspace_id, 'workspace', s.name, null, null, false, null from {{ ref('stg_sigma__workspaces') }} s
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = s.workspace_id)
  union all
  select d.data_model_id, 'data-model', d.name, d.path, d.owner_id, d.is_archived, null from {{ ref('stg_sigma__data_models') }} d
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = d.data_model_id)
  union all
  select z.dataset_id, 'dataset', z.name, null, null, z.is_archived, null from {{ ref('stg_sigma__datasets') }} z
   where not exists (select from {{ ref('stg_sigma__files') }} f where f.id = z.dataset_id)
), owned as (
  select w.inode_id, bit_or(o.mask) as mask
    from (
      select f.id as inode_id, f.owner_id from {{ ref('stg_sigma__files') }} f
      union all
      select b.workbook_id, b.owner_id from {{ ref('stg_sigma__workbooks') }} b
    ) w join one o on o.member_id = w.owner_id
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
 cross join nobody n
 cross join outside x
  left join inside i on i.container = o.parent_id
  left join reach r on r.inode_id = o.inode_id
  left join owned w on w.inode_id = o.inode_id
 cross join lateral (
    select coalesce(i.sees, n.mask) | coalesce(r.sees, n.mask) | coalesce(w.mask, n.mask) as sees,
           coalesce(i.edits, n.mask) | coalesce(r.edits, n.mask) | coalesce(w.mask, n.mask) as edits offset 0) s
 cross join lateral (
    select octet_length(replace(s.sees::text, '0', '')) as viewers, octet_length(replace(s.edits::text, '0', '')) as editors,
           octet_length(replace((s.sees & coalesce(x.mask, n.mask))::text, '0', '')) as external
    -- Counted once, not wherever it is named.
    offset 0) v
  left join direct d on d.inode_id = o.inode_id
  left join (select e.workbook_id, count(*)::integer as n from {{ ref('stg_sigma__workbook_embeds') }} e where e.public
              group by e.workbook_id) b on b.workbook_id = o.inode_id
