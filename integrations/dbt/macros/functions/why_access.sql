{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro why_access(member, inode, at="now()") -%}
(select * from (
select p.permission, p.via, p.team_id, t.name, p.inherited_from, coalesce(f.name, w.name), p.inherited_type, p.grant_id
  from (
    select n.* from (
    select p.permission, p.via, p.team_id, p.inherited_from, p.inherited_type, p.grant_id
      from {{ sigma_sync.sigma_function('effective_access') }}() a
     cross join lateral jsonb_to_recordset(a.paths)
           as p(permission text, via text, team_id text, inherited_from text, inherited_type text, grant_id text)
     where a.member_id = {{ member }} and a.inode_id = {{ inode }}) n where {{ at }} >= now()
    union all
    select e.* from (
    with recursive members_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'members' and c.changed_at > {{ at }}
), members_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from members_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from members_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), teams_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'teams' and c.changed_at > {{ at }}
), teams_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from teams_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from teams_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), team_members_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'team_members' and c.changed_at > {{ at }}
), team_members_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from team_members_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from team_members_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), files_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'files' and c.changed_at > {{ at }}
), files_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from files_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from files_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), workbooks_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'workbooks' and c.changed_at > {{ at }}
), workbooks_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from workbooks_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from workbooks_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), grants_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'grants' and c.changed_at > {{ at }}
), grants_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from grants_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from grants_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), workspace_grants_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from {{ source('sigma_sync', 'changes') }} c where c.stream = 'workspace_grants' and c.changed_at > {{ at }}
), workspace_grants_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from workspace_grants_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from workspace_grants_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
), holder as materialized (
      select f.parent_id, f.owner_id from (
    select t.* from {{ source('sigma', 'files') }} t
     where t._deleted_at is null and t.id = {{ inode }} and not exists (select from files_first l where t.id = l.key[1])
    union all
    select r.*
      from files_first l
      join {{ source('sigma', 'files') }} t on t.id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.id = {{ inode }}) f
    ), chain as (
      select h.parent_id as id from holder h where h.parent_id is not null
      union
      select c.parent_id
        from chain a cross join lateral (
    select t.* from {{ source('sigma', 'files') }} t
     where t._deleted_at is null and t.id = a.id and t.type in ('folder', 'workspace') and not exists (select from files_first l where t.id = l.key[1])
    union all
    select r.*
      from files_first l
      join {{ source('sigma', 'files') }} t on t.id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.id = a.id and r.type in ('folder', 'workspace')) c
       where c.parent_id is not null
    ), place as materialized (
      select a.id, true as inherits from chain a
      union all
      select {{ inode }}, false
    ), team_of as materialized (
      select m.team_id from (
    select t.* from {{ source('sigma', 'team_members') }} t
     where t._deleted_at is null and t.member_id = {{ member }} and not exists (select from team_members_first l where t.team_id = l.key[1] and t.member_id = l.key[2])
    union all
    select r.*
      from team_members_first l
      join {{ source('sigma', 'team_members') }} t on t.team_id = l.key[1] and t.member_id = l.key[2]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.member_id = {{ member }}) m
       where not exists (select from (
    select t.* from {{ source('sigma', 'teams') }} t
     where t._deleted_at is null and t.team_id = m.team_id and t.is_archived and not exists (select from teams_first l where t.team_id = l.key[1])
    union all
    select r.*
      from teams_first l
      join {{ source('sigma', 'teams') }} t on t.team_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.team_id = m.team_id and r.is_archived) t)
    ), given as materialized (
      select g.grant_id, g.permission, 'direct' as via, null::text as team_id, g.inode_id, g.inode_type
        from (
    select t.* from {{ source('sigma', 'grants') }} t
     where t._deleted_at is null and t.member_id = {{ member }} and t.inode_id = any ((select array_agg(p.id) from place p)::text[]) and not exists (select from grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from grants_first l
      join {{ source('sigma', 'grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.member_id = {{ member }} and r.inode_id = any ((select array_agg(p.id) from place p)::text[])) g
      union all
      select g.grant_id, g.permission, 'team', g.team_id, g.inode_id, g.inode_type
        from team_of m cross join lateral (
    select t.* from {{ source('sigma', 'grants') }} t
     where t._deleted_at is null and t.team_id = m.team_id and t.inode_id = any ((select array_agg(p.id) from place p)::text[]) and not exists (select from grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from grants_first l
      join {{ source('sigma', 'grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.team_id = m.team_id and r.inode_id = any ((select array_agg(p.id) from place p)::text[])) g
      union all
      select w.grant_id, w.permission, 'direct', null, w.workspace_id, 'workspace'
        from (
    select t.* from {{ source('sigma', 'workspace_grants') }} t
     where t._deleted_at is null and t.member_id = {{ member }} and t.workspace_id = any ((select array_agg(p.id) from place p)::text[]) and not exists (select from workspace_grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from workspace_grants_first l
      join {{ source('sigma', 'workspace_grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.member_id = {{ member }} and r.workspace_id = any ((select array_agg(p.id) from place p)::text[])) w
       where exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'workspace_grants' and h.since <= {{ at }}) and not exists (select from (
    select t.* from {{ source('sigma', 'grants') }} t
     where t._deleted_at is null and t.grant_id = w.grant_id and not exists (select from grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from grants_first l
      join {{ source('sigma', 'grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.grant_id = w.grant_id) o)
      union all
      select w.grant_id, w.permission, 'team', w.team_id, w.workspace_id, 'workspace'
        from team_of m
       cross join lateral (
    select t.* from {{ source('sigma', 'workspace_grants') }} t
     where t._deleted_at is null and t.team_id = m.team_id and t.workspace_id = any ((select array_agg(p.id) from place p)::text[]) and not exists (select from workspace_grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from workspace_grants_first l
      join {{ source('sigma', 'workspace_grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.team_id = m.team_id and r.workspace_id = any ((select array_agg(p.id) from place p)::text[])) w
       where exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'workspace_grants' and h.since <= {{ at }}) and not exists (select from (
    select t.* from {{ source('sigma', 'grants') }} t
     where t._deleted_at is null and t.grant_id = w.grant_id and not exists (select from grants_first l where t.grant_id = l.key[1])
    union all
    select r.*
      from grants_first l
      join {{ source('sigma', 'grants') }} t on t.grant_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.grant_id = w.grant_id) o)
    )
    select a.permission, a.via, a.team_id, a.inherited_from, a.inherited_type, a.grant_id
      from (
        select g.permission, g.via, g.team_id, case when p.inherits then g.inode_id end as inherited_from,
               case when p.inherits then coalesce(c.type, g.inode_type) end as inherited_type, g.grant_id
          from given g
          join place p on p.id = g.inode_id
          left join lateral (
    select t.* from {{ source('sigma', 'files') }} t
     where t._deleted_at is null and t.id = p.id and t.type in ('folder', 'workspace') and not exists (select from files_first l where t.id = l.key[1])
    union all
    select r.*
      from files_first l
      join {{ source('sigma', 'files') }} t on t.id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.id = p.id and r.type in ('folder', 'workspace')) c on true
        union all
        select 'edit', 'owner', null, null, null, null from holder h where h.owner_id = {{ member }}
        union all
        select 'edit', 'owner', null, null, null, null
          from (
    select t.* from {{ source('sigma', 'workbooks') }} t
     where t._deleted_at is null and t.workbook_id = {{ inode }} and t.owner_id = {{ member }} and not exists (select from workbooks_first l where t.workbook_id = l.key[1])
    union all
    select r.*
      from workbooks_first l
      join {{ source('sigma', 'workbooks') }} t on t.workbook_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.workbook_id = {{ inode }} and r.owner_id = {{ member }}) b
         where not exists (select from holder h where h.owner_id = {{ member }})) a
     where exists (select from (
    select t.* from {{ source('sigma', 'members') }} t
     where t._deleted_at is null and t.member_id = {{ member }} and t.is_archived is not true and not exists (select from members_first l where t.member_id = l.key[1])
    union all
    select r.*
      from members_first l
      join {{ source('sigma', 'members') }} t on t.member_id = l.key[1]
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and r.member_id = {{ member }} and r.is_archived is not true) m)) e
     where ({{ at }} >= now()) is not true
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'members' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('members_as_of') }}({{ at }})) end
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'teams' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('teams_as_of') }}({{ at }})) end
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'team_members' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('team_members_as_of') }}({{ at }})) end
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'files' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('files_as_of') }}({{ at }})) end
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'workbooks' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('workbooks_as_of') }}({{ at }})) end
       and case when exists (select from {{ source('sigma_sync', 'history') }} h where h.stream = 'grants' and h.since <= {{ at }}) then true else (select count(*) >= 0 from {{ sigma_sync.sigma_function('grants_as_of') }}({{ at }})) end) p
  left join {{ source('sigma', 'teams') }} t on t.team_id = p.team_id
  left join {{ source('sigma', 'files') }} f on f.id = p.inherited_from
  left join {{ source('sigma', 'workspaces') }} w on w.workspace_id = p.inherited_from
 order by {{ sigma_sync.sigma_function('permission_rank') }}(p.permission) desc, p.via, p.team_id, p.inherited_from, p.grant_id
) as why_access(permission, via, team_id, team_name, inherited_from, inherited_name, inherited_type, grant_id))
{%- endmacro %}
