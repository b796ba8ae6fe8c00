-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['grant_id'], 'unique': true}, {'columns': ['member_id']}, {'columns': ['inode_id']}]
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
), team_of as materialized (
  select tm.member_id, tm.team_id
    from {{ ref('stg_sigma__team_members') }} tm
    join {{ ref('stg_sigma__teams') }} t on t.team_id = tm.team_id and t.is_archived is not true
), by_team as materialized (
  select g.team_id, g.inode_id, max({{ sigma_sync.sigma_function('permission_rank') }}(g.permission)) as rank
    from granted g where g.team_id is not null group by g.team_id, g.inode_id
), by_container as materialized (
  -- What a team may do in a folder or workspace, whichever of those above gives it.
  select b.team_id, a.container, max(b.rank) as rank
    from above a join by_team b on b.inode_id = a.ancestor group by b.team_id, a.container
), asked as materialized (
  select g.grant_id, m.team_id, g.inode_id, f.parent_id
    from granted g
    join team_of m on m.member_id = g.member_id
    left join {{ ref('stg_sigma__files') }} f on f.id = g.inode_id
), team_rank as (
  select x.grant_id, max(x.rank) as rank
    from (
      select q.grant_id, b.rank from asked q join by_team b on b.team_id = q.team_id and b.inode_id = q.inode_id
      union all
      select q.grant_id, b.rank from asked q join by_container b on b.team_id = q.team_id and b.container = q.parent_id
    ) x
   group by x.grant_id
)
select g.grant_id collate "C" as grant_id, g.member_id collate "C" as member_id, g.inode_id collate "C" as inode_id, coalesce(f.type, g.inode_type) as inode_type,
       coalesce(f.name, b.name, s.name, d.name, z.name) as name, g.permission,
       (array['apply', 'view', 'annotate', 'explore', 'create', 'organize', 'edit'])[r.rank] as team_permission,
       case when r.rank is null then 'only way' when r.rank >= {{ sigma_sync.sigma_function('permission_rank') }}(g.permission) then 'redundant'
            else 'more than the team' end as verdict,
       g.created_at
  from granted g
  join {{ ref('stg_sigma__members') }} m on m.member_id = g.member_id and m.is_archived is not true
  left join team_rank r on r.grant_id = g.grant_id
  left join {{ ref('stg_sigma__files') }} f on f.id = g.inode_id
  left join {{ ref('stg_sigma__workbooks') }} b on b.workbook_id = g.inode_id
  left join {{ ref('stg_sigma__workspaces') }} s on s.workspace_id = g.inode_id
  left join {{ ref('stg_sigma__data_models') }} d on d.data_model_id = g.inode_id
  left join {{ ref('stg_sigma__datasets') }} z on z.dataset_id = g.inode_id
 where g.member_id is not null
