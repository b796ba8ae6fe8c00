-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='view'
) }}

select c.changed_at,
       case when c.stream = 'team_members' then case c.operation when 'insert' then 'joined' when 'delete' then 'left' else 'changed' end
            else case c.operation when 'insert' then 'given' when 'delete' then 'taken away' else 'changed' end end as change,
       x.member_id, nullif(concat_ws(' ', m.first_name, m.last_name), '') as member_name, x.team_id, t.name as team_name,
       x.inode_id, coalesce(f.name, w.name, b.name, d.name, z.name, k.name, case jsonb_typeof(p.path) when 'array' then array_to_string(array(select jsonb_array_elements_text(p.path)), '.') end) as inode_name,
       case when c.stream <> 'team_members' then c.before ->> 'permission' end as permission_before,
       case when c.stream <> 'team_members' then c.after ->> 'permission' end as permission_after,
       case when c.stream <> 'team_members' then c.key[1] end as grant_id, c.run_id
  from {{ source('sigma_sync', 'changes') }} c
  join {{ source('sigma_sync', 'history') }} h on h.stream = c.stream and c.changed_at > h.since
  left join {{ source('sigma', 'grants') }} g on c.stream = 'grants' and g.grant_id = c.key[1]
  left join {{ source('sigma', 'workspace_grants') }} wg on c.stream = 'workspace_grants' and wg.grant_id = c.key[1]
  left join {{ source('sigma', 'connection_grants') }} kg on c.stream = 'connection_grants' and kg.grant_id = c.key[1]
  left join {{ source('sigma', 'connection_path_grants') }} pg on c.stream = 'connection_path_grants' and pg.grant_id = c.key[1]
 cross join lateral (
    select case when c.stream = 'team_members' then c.key[2]
                else coalesce(g.member_id, wg.member_id, kg.member_id, pg.member_id) end as member_id,
           case when c.stream = 'team_members' then c.key[1]
                else coalesce(g.team_id, wg.team_id, kg.team_id, pg.team_id) end as team_id,
           coalesce(g.inode_id, wg.workspace_id, kg.connection_id, pg.inode_id, pg.url_id) as inode_id) x
  left join {{ source('sigma', 'members') }} m on m.member_id = x.member_id
  left join {{ source('sigma', 'teams') }} t on t.team_id = x.team_id
  left join {{ source('sigma', 'files') }} f on f.id = x.inode_id
  left join {{ source('sigma', 'workspaces') }} w on w.workspace_id = x.inode_id
  left join {{ source('sigma', 'workbooks') }} b on b.workbook_id = x.inode_id
  left join {{ source('sigma', 'data_models') }} d on d.data_model_id = x.inode_id
  left join {{ source('sigma', 'datasets') }} z on z.dataset_id = x.inode_id
  left join {{ source('sigma', 'connections') }} k on k.connection_id = x.inode_id
  left join lateral (
    select o.path from {{ source('sigma', 'connection_paths') }} o
     where o.url_id = pg.url_id order by o._deleted_at is not null, o.connection_id limit 1) p on true
 where c.stream in ('grants', 'workspace_grants', 'connection_grants', 'connection_path_grants', 'team_members')
   and (c.stream = 'team_members' or c.operation <> 'update' or c.changed && array['permission', 'member_id', 'team_id', 'inode_id'])
   -- Sigma may list these with the others, too.
   and not (c.stream not in ('grants', 'team_members') and exists (select from {{ source('sigma', 'grants') }} o where o.grant_id = c.key[1]))
