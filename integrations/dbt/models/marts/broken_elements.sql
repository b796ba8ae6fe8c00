-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['workbook_id', 'problem', 'object_id'], 'unique': true}]
) }}

with book as (
  select w.workbook_id, w.name, w.owner_id from {{ ref('stg_sigma__workbooks') }} w where w.is_archived is not true
), source as (
  select s.workbook_id, s.source_key, s.type, coalesce(s.inode_id, s.source_data_model_id) as id
    from {{ ref('stg_sigma__workbook_sources') }} s where coalesce(s.inode_id, s.source_data_model_id) is not null
), known as (
  select d.dataset_id as id, d.name, d._deleted_at is not null as gone, coalesce(d.is_archived, false) as archived
    from {{ source('sigma', 'datasets') }} d
  union all
  select m.data_model_id, m.name, m._deleted_at is not null, coalesce(m.is_archived, false) from {{ source('sigma', 'data_models') }} m
  union all
  select t.id, max(t.name), bool_and(t.gone), false from (
    select g.inode_id as id, p.path ->> -1 as name, p._deleted_at is not null as gone
      from {{ source('sigma', 'connection_path_grants') }} g join {{ source('sigma', 'connection_paths') }} p on p.url_id = g.url_id
     where g.inode_id is not null) t group by t.id
  union all
  select f.id, f.name, f._deleted_at is not null, coalesce(f.is_archived, false) from {{ source('sigma', 'files') }} f
   where not exists (select from {{ source('sigma', 'datasets') }} d where d.dataset_id = f.id)
     and not exists (select from {{ source('sigma', 'data_models') }} m where m.data_model_id = f.id)
), lost as (
  select s.workbook_id, s.source_key, s.type, s.id, max(k.name) as name, bool_or(k.gone) as gone
    from source s join known k on k.id = s.id where k.gone or k.archived
   group by s.workbook_id, s.source_key, s.type, s.id
)
select b.workbook_id, b.name as workbook_name, b.owner_id, x.problem, x.object_id, x.name, x.detail, x.element_ids
  from book b
  join (
    select e.workbook_id, 'element error' as problem, e.element_id as object_id, e.name, e.error as detail,
           array[e.element_id] as element_ids
      from {{ ref('stg_sigma__workbook_elements') }} e where e.error is not null
    union all
    select q.workbook_id, 'query error', q.element_id, q.name, q.error, array[q.element_id]
      from {{ ref('stg_sigma__workbook_queries') }} q where q.error is not null
    union all
    select l.workbook_id, case when l.gone then 'source gone' else 'source archived' end, l.source_key, l.name, l.type,
           coalesce((select array_agg(distinct n.element_id collate "C" order by n.element_id collate "C")
                       from {{ ref('stg_sigma__workbook_lineage') }} n where n.workbook_id = l.workbook_id and n.source = l.id), '{}')
      from lost l
  ) x on x.workbook_id = b.workbook_id
