-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['workbook_id'], 'unique': true}, {'columns': ['owner_id']}]
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
  ), workspace_of as (
  select distinct on (a.container) a.container, c.id as workspace_id, c.name as workspace_name
    from above a join containers c on c.id = a.ancestor and c.type = 'workspace'
   order by a.container, c.id
), opened as (
  select o.object_id, max(o.opened_at) as last_opened_at, count(distinct o.member_id)::integer as openers
    from {{ sigma_sync.openings() }} o group by o.object_id
), tag as materialized (
  select t.workbook_id, t.name, t.tagged_workbook_id from {{ ref('stg_sigma__workbook_tags') }} t
    join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = t.workbook_id and w.is_archived is not true
  union all
  -- What is in an archived workbook is not listed, but its own entry still tells of its tags.
  select w.workbook_id, x.tag ->> 'name', x.tag ->> 'taggedWorkbookId' from {{ ref('stg_sigma__workbooks') }} w
   cross join lateral jsonb_array_elements(case jsonb_typeof(w.tags) when 'array' then w.tags else '[]' end) x(tag)
   where w.is_archived
), tag_names as (
  select t.workbook_id, array_agg(distinct t.name collate "C" order by t.name collate "C") as tags
    from tag t where t.name is not null group by t.workbook_id
), tagged as (
  select t.tagged_workbook_id, min(t.workbook_id) as workbook_id
    from tag t where t.tagged_workbook_id <> t.workbook_id group by t.tagged_workbook_id
)
select w.workbook_id, w.name, w.url, w.description, w.owner_id,
       nullif(concat_ws(' ', m.first_name, m.last_name), '') as owner_name, m.email as owner_email,
       m.member_id is not null and m.is_archived is not true and m.is_inactive is not true as owner_is_active,
       f.parent_id as folder_id, coalesce(f.path, w.path) as folder_path, s.workspace_id, s.workspace_name,
       coalesce(tn.tags, '{}') as tags, coalesce(w.is_archived, false) as is_archived,
       td.workbook_id as tagged_version_of, w.latest_version, coalesce(v.n, 0) as versions,
       coalesce(p.n, 0) as pages, coalesce(p.hidden, 0) as hidden_pages,
       coalesce(e.n, 0) as elements, coalesce(e.charts, 0) as charts, coalesce(e.broken, 0) as broken,
       coalesce(c.n, 0) as columns, coalesce(k.n, 0) as controls, coalesce(b.n, 0) as bookmarks,
       coalesce(o.n, 0) as sources, coalesce(o.tables, 0) as source_tables,
       coalesce(o.datasets, 0) as source_datasets, coalesce(o.data_models, 0) as source_data_models,
       o.signature as source_signature, e.signature as shape_signature,
       coalesce(h.n, 0) as schedules, coalesce(h.active, 0) as active_schedules,
       coalesce(d.n, 0) as embeds, coalesce(d.public, 0) as public_embeds, coalesce(z.n, 0) as materializations,
       f.badge, f.badge is not null as is_certified,
       w.created_at, w.created_by, w.updated_at, v.last_published_at, r.last_opened_at, coalesce(r.openers, 0) as openers
  from {{ ref('stg_sigma__workbooks') }} w
  left join {{ ref('stg_sigma__members') }} m on m.member_id = w.owner_id
  left join {{ ref('stg_sigma__files') }} f on f.id = w.workbook_id
  left join workspace_of s on s.container = f.parent_id
  left join tag_names tn on tn.workbook_id = w.workbook_id
  left join tagged td on td.tagged_workbook_id = w.workbook_id
  left join opened r on r.object_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, max(x.published_at) as last_published_at
          from {{ ref('stg_sigma__workbook_versions') }} x group by x.workbook_id) v on v.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, (count(*) filter (where x.hidden))::integer as hidden
          from {{ ref('stg_sigma__workbook_pages') }} x group by x.workbook_id) p on p.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, (count(*) filter (where x.type = 'visualization'))::integer as charts, (count(*) filter (where x.error is not null))::integer as broken, md5(string_agg(concat_ws('/', coalesce(x.type, ''), coalesce(x.visualization_type, ''), case jsonb_typeof(x.columns) when 'array' then jsonb_array_length(x.columns) else 0 end), ','
       order by x.type collate "C", x.visualization_type collate "C", case jsonb_typeof(x.columns) when 'array' then jsonb_array_length(x.columns) else 0 end)) as signature
          from {{ ref('stg_sigma__workbook_elements') }} x group by x.workbook_id) e on e.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n
          from {{ ref('stg_sigma__workbook_columns') }} x group by x.workbook_id) c on c.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n
          from {{ ref('stg_sigma__workbook_controls') }} x group by x.workbook_id) k on k.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n
          from {{ ref('stg_sigma__workbook_bookmarks') }} x group by x.workbook_id) b on b.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, (count(*) filter (where x.type = 'table'))::integer as tables, (count(*) filter (where x.type = 'dataset'))::integer as datasets, (count(*) filter (where x.type = 'data-model'))::integer as data_models, md5(string_agg(x.source_key, ',' order by x.source_key collate "C")) as signature
          from {{ ref('stg_sigma__workbook_sources') }} x group by x.workbook_id) o on o.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, (count(*) filter (where x.is_suspended is not true and x.disabled_at is null))::integer as active
          from {{ ref('stg_sigma__workbook_schedules') }} x group by x.workbook_id) h on h.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n, (count(*) filter (where x.public))::integer as public
          from {{ ref('stg_sigma__workbook_embeds') }} x group by x.workbook_id) d on d.workbook_id = w.workbook_id
  left join (select x.workbook_id, count(*)::integer as n
          from {{ ref('stg_sigma__workbook_materialization_schedules') }} x group by x.workbook_id) z on z.workbook_id = w.workbook_id
