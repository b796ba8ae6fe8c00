-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['upstream_id', 'downstream_id', 'kind'], 'unique': true}, {'columns': ['downstream_id']}, {'columns': ['upstream_hash, downstream_hash']}, {'columns': ['downstream_hash, upstream_hash']}]
) }}

-- Ids are compared byte by byte: walks look up thousands of them.
select x.upstream_id collate "C" as upstream_id, coalesce(max(nullif(x.upstream_type, 'unknown')), 'unknown') as upstream_type,
       x.downstream_id collate "C" as downstream_id,
       coalesce(max(nullif(x.downstream_type, 'unknown')), 'unknown') as downstream_type, x.kind,
       hashtextextended(x.upstream_id, 0) as upstream_hash, hashtextextended(x.downstream_id, 0) as downstream_hash
  from (
    select p.connection_id as upstream_id, 'connection' as upstream_type, t.id as downstream_id,
           'table' as downstream_type, 'contains' as kind
      from (select connection_id, url_id, case jsonb_typeof(path) when 'array' then jsonb_array_length(path) else 0 end as names,
                   max(case jsonb_typeof(path) when 'array' then jsonb_array_length(path) else 0 end) over (partition by connection_id) as most
              from {{ ref('stg_sigma__connection_paths') }} c) p
     cross join lateral (
        select coalesce((select min(g.inode_id) from {{ source('sigma', 'connection_path_grants') }} g where g.url_id = p.url_id), p.url_id) as id) t
     -- Paths of databases and schemas have fewer names than those of tables; a warehouse may have no databases.
     where p.names = p.most and p.names >= 2
    union all
    select s.inode_id, s.type, s.dataset_id, 'dataset', 'source'
      from {{ ref('stg_sigma__dataset_sources') }} s join {{ ref('stg_sigma__datasets') }} d on d.dataset_id = s.dataset_id
     where s.inode_id is not null
    union all
    select i.id, s.type, s.data_model_id, 'data-model', 'source'
      from {{ source('sigma', 'data_model_sources') }} s join {{ ref('stg_sigma__data_models') }} m on m.data_model_id = s.data_model_id
     -- Uploads and types to come have no column of their own.
     cross join lateral (
        select coalesce(s.source_table_id, s.source_dataset_id, s.source_data_model_id, s._raw ->> 'inodeId') as id) i
     where i.id is not null and s._deleted_at is null
    union all
    select coalesce(s.inode_id, s.source_data_model_id), s.type, s.workbook_id, 'workbook', 'source'
      from {{ ref('stg_sigma__workbook_sources') }} s join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = s.workbook_id
     where coalesce(s.inode_id, s.source_data_model_id) is not null
    union all
    select case when e_source.element_id is not null or l.source_node ->> 'type' = 'sheet' then l.workbook_id || ':' || l.source else l.source end, case when e_source.element_id is not null or l.source_node ->> 'type' = 'sheet' then 'element'
             when d_source.dataset_id is not null then 'dataset'
             when m_source.data_model_id is not null then 'data-model'
             else coalesce(l.source_node ->> 'type', 'unknown') end, case when e_target.element_id is not null or l.target_node ->> 'type' = 'sheet' then l.workbook_id || ':' || l.target else l.target end, case when e_target.element_id is not null or l.target_node ->> 'type' = 'sheet' then 'element'
             when d_target.dataset_id is not null then 'dataset'
             when m_target.data_model_id is not null then 'data-model'
             else coalesce(l.target_node ->> 'type', 'unknown') end, coalesce(l.type, 'source')
      from {{ ref('stg_sigma__workbook_lineage') }} l join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = l.workbook_id
      
      left join {{ source('sigma', 'workbook_elements') }} e_source on e_source.workbook_id = l.workbook_id and e_source.element_id = l.source
      left join {{ source('sigma', 'datasets') }} d_source on d_source.dataset_id = l.source
      left join {{ source('sigma', 'data_models') }} m_source on m_source.data_model_id = l.source
      left join {{ source('sigma', 'workbook_elements') }} e_target on e_target.workbook_id = l.workbook_id and e_target.element_id = l.target
      left join {{ source('sigma', 'datasets') }} d_target on d_target.dataset_id = l.target
      left join {{ source('sigma', 'data_models') }} m_target on m_target.data_model_id = l.target
    union all
    select e.workbook_id || ':' || e.element_id, 'element', e.workbook_id, 'workbook', 'part'
      from {{ ref('stg_sigma__workbook_elements') }} e join {{ ref('stg_sigma__workbooks') }} w on w.workbook_id = e.workbook_id
  ) x
 group by x.upstream_id, x.downstream_id, x.kind
