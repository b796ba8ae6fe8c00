{# Made from the declarations in src/ by `npm run docs`; do not edit. #}
{% macro why_access(member, inode, at="now()") -%}
(select * from (
select p.permission, p.via, p.team_id, t.name, p.inherited_from, coalesce(f.name, w.name), p.inherited_type, p.grant_id
  from {{ sigma_sync.sigma_function('effective_access') }}({{ at }}) a
 cross join lateral jsonb_to_recordset(a.paths)
       as p(permission text, via text, team_id text, inherited_from text, inherited_type text, grant_id text)
  left join {{ source('sigma', 'teams') }} t on t.team_id = p.team_id
  left join {{ source('sigma', 'files') }} f on f.id = p.inherited_from
  left join {{ source('sigma', 'workspaces') }} w on w.workspace_id = p.inherited_from
 where a.member_id = {{ member }} and a.inode_id = {{ inode }}
 order by {{ sigma_sync.sigma_function('permission_rank') }}(p.permission) desc, p.via, p.team_id, p.inherited_from, p.grant_id
) as why_access(permission, via, team_id, team_name, inherited_from, inherited_name, inherited_type, grant_id))
{%- endmacro %}
