-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['member_id'], 'unique': true}]
) }}

with makes as (
  select lower(t.account_type_name) as member_type, bool_or(p.permission ~* '(create|publish|write|edit|schedule|manage|admin)') as can_make
    from {{ ref('stg_sigma__account_types') }} t join {{ ref('stg_sigma__account_type_permissions') }} p on p.account_type_id = t.account_type_id
   group by lower(t.account_type_name)
), opened as (
  select o.member_id, max(o.opened_at) as last_opened_at, count(distinct o.object_id)::integer as n
    from {{ sigma_sync.openings() }} o group by o.member_id
), in_teams as (
  select tm.member_id, count(*)::integer as n,
         array_agg(t.name collate "C" order by t.name collate "C") filter (where t.name is not null) as team_names
    from {{ ref('stg_sigma__team_members') }} tm join {{ ref('stg_sigma__teams') }} t on t.team_id = tm.team_id and t.is_archived is not true
   group by tm.member_id
)
select m.member_id, nullif(concat_ws(' ', m.first_name, m.last_name), '') as name, m.email,
       lower(nullif(split_part(m.email, '@', 2), '')) as domain, m.member_type, k.can_make, m.user_kind,
       coalesce(m.is_archived, false) as is_archived, coalesce(m.is_inactive, false) as is_inactive, m.created_at,
       coalesce(t.n, 0) as teams, coalesce(t.team_names, '{}') as team_names,
       o.last_opened_at, coalesce(o.n, 0) as opened, v.last_published_at, coalesce(v.n, 0) as published,
       greatest(o.last_opened_at, v.last_published_at) as last_seen_at,
       coalesce(w.n, 0) as workbooks, coalesce(d.n, 0) as data_models, coalesce(s.n, 0) as schedules,
       coalesce(f.n, 0) as favorites, coalesce(g.n, 0) + coalesce(wg.n, 0) as direct_grants
  from {{ ref('stg_sigma__members') }} m
  left join makes k on k.member_type = lower(m.member_type)
  left join in_teams t on t.member_id = m.member_id
  left join opened o on o.member_id = m.member_id
  left join (select x.published_by as member_id, count(*)::integer as n, max(x.published_at) as last_published_at from {{ ref('stg_sigma__workbook_versions') }} x
         where x.published_by is not null and true group by x.published_by) v on v.member_id = m.member_id
  left join (select x.owner_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__workbooks') }} x
         where x.owner_id is not null and x.is_archived is not true group by x.owner_id) w on w.member_id = m.member_id
  left join (select x.owner_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__data_models') }} x
         where x.owner_id is not null and x.is_archived is not true group by x.owner_id) d on d.member_id = m.member_id
  left join (select x.owner_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__workbook_schedules') }} x
         where x.owner_id is not null and exists (select from {{ ref('stg_sigma__workbooks') }} o where o.workbook_id = x.workbook_id and o.is_archived is not true) group by x.owner_id) s on s.member_id = m.member_id
  left join (select x.member_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__member_favorites') }} x
         where x.member_id is not null and true group by x.member_id) f on f.member_id = m.member_id
  left join (select x.member_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__grants') }} x
         where x.member_id is not null and true group by x.member_id) g on g.member_id = m.member_id
  left join (select x.member_id as member_id, count(*)::integer as n from {{ ref('stg_sigma__workspace_grants') }} x
         where x.member_id is not null and not exists (select from {{ ref('stg_sigma__grants') }} o where o.grant_id = x.grant_id) group by x.member_id) wg on wg.member_id = m.member_id
