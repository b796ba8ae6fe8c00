-- Made from the declarations in src/ by `npm run docs`; do not edit.
{{ config(
  materialized='table',
  indexes=[{'columns': ['node_hash'], 'unique': true}, {'columns': ['node_id']}],
  post_hook=["{{ sigma_sync.create_impact_of() }}", "{{ sigma_sync.create_upstream_of() }}"]
) }}

with node as (
  select l.upstream_id as node_id, l.upstream_type as type from {{ ref('lineage') }} l
  union
  select l.downstream_id, l.downstream_type from {{ ref('lineage') }} l
), one as (
  select n.node_id, max(n.type) filter (where n.type <> 'unknown') as type from node n group by n.node_id
), place as (
  select distinct on (t.id) t.id, case jsonb_typeof(t.path) when 'array' then array_to_string(array(select jsonb_array_elements_text(t.path)), '.') end as name, t.gone
    from (select coalesce(g.inode_id, p.url_id) as id, p.path, p._deleted_at is not null as gone, p.connection_id
            from {{ source('sigma', 'connection_paths') }} p left join {{ source('sigma', 'connection_path_grants') }} g on g.url_id = p.url_id
           where jsonb_typeof(p.path) = 'array') t
   order by t.id, t.gone, t.connection_id
), told as (
  select l.source as id, min(l.source_node ->> 'name') as name
    from {{ ref('stg_sigma__workbook_lineage') }} l where l.source_node ->> 'type' is distinct from 'sheet' group by l.source
)
select o.node_id collate "C" as node_id, coalesce(o.type, 'unknown') as type,
       coalesce(c.name, p.name, d.name, m.name, e.name, w.name, f.name, t.name) as name,
       coalesce(e.workbook_id, w.workbook_id) as workbook_id,
       coalesce(w.owner_id, ew.owner_id, m.owner_id, f.owner_id) as owner_id,
       c._deleted_at is not null or coalesce(p.gone, false) or d._deleted_at is not null or m._deleted_at is not null
         or e._deleted_at is not null or w._deleted_at is not null as is_gone,
       coalesce(c.is_archived, d.is_archived, m.is_archived, w.is_archived, ew.is_archived, false) as is_archived,
       hashtextextended(o.node_id, 0) as node_hash
  from one o
  left join {{ source('sigma', 'connections') }} c on o.type = 'connection' and c.connection_id = o.node_id
  left join place p on p.id = o.node_id
  left join {{ source('sigma', 'datasets') }} d on d.dataset_id = o.node_id
  left join {{ source('sigma', 'data_models') }} m on m.data_model_id = o.node_id
  left join {{ source('sigma', 'workbook_elements') }} e on o.type = 'element'
        and e.workbook_id = split_part(o.node_id, ':', 1) and e.element_id = substr(o.node_id, strpos(o.node_id, ':') + 1)
  left join {{ source('sigma', 'workbooks') }} ew on ew.workbook_id = e.workbook_id
  left join {{ source('sigma', 'workbooks') }} w on o.type = 'workbook' and w.workbook_id = o.node_id
  left join {{ ref('stg_sigma__files') }} f on f.id = o.node_id
  left join told t on t.id = o.node_id
