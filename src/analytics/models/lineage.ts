import type { Model, Names } from '../model.ts';
import { lengthOf, nodeHash } from './shared/sql-parts.ts';

/** A node of an element's lineage, `side` being source or target: an element of the same workbook, or something else. */
const node = (side: 'source' | 'target'): string => {
  const isElement = `e_${side}.element_id is not null or l.${side}_node ->> 'type' = 'sheet'`;
  return `case when ${isElement} then l.workbook_id || ':' || l.${side} else l.${side} end`;
};
const typeOf = (side: 'source' | 'target'): string =>
  `case when e_${side}.element_id is not null or l.${side}_node ->> 'type' = 'sheet' then 'element'
             when d_${side}.dataset_id is not null then 'dataset'
             when m_${side}.data_model_id is not null then 'data-model'
             else coalesce(l.${side}_node ->> 'type', 'unknown') end`;
const joins = ({ raw }: Names, side: 'source' | 'target'): string => `
      left join ${raw('workbook_elements')} e_${side} on e_${side}.workbook_id = l.workbook_id and e_${side}.element_id = l.${side}
      left join ${raw('datasets')} d_${side} on d_${side}.dataset_id = l.${side}
      left join ${raw('data_models')} m_${side} on m_${side}.data_model_id = l.${side}`;

/** Edges from where data comes from to where it goes. */
export const lineage: Model = {
  name: 'lineage',
  kind: 'materialized',
  about:
    'Where data comes from and goes: one row per edge, connection → table → dataset or data model → element → workbook. An element is named workbook_id:element_id. Paths with the most names of their connection are tables. A table belongs to its connection where a grant on it says which one it is; the API does not tell otherwise, and the node of one without is its url_id in connection_paths, which nothing takes data from. Nor does it tell which tables custom SQL reads: those edges are missing. Walk it with impact_of() and upstream_of().',
  columns: {
    upstream_id: 'Node that gives data',
    upstream_type:
      'connection, table, dataset, data-model, element, csv-upload, …, or unknown where nothing says it of this edge',
    downstream_id: 'Node that takes it',
    downstream_type: 'table, dataset, data-model, element or workbook',
    kind: 'contains, source, lookup or dependency; part for an element of its workbook',
    upstream_hash: 'node_hash of the node that gives data, for walks',
    downstream_hash: 'node_hash of the node that takes it',
  },
  key: ['upstream_id', 'downstream_id', 'kind'],
  // Walks read nothing but the indexes, either way.
  indexes: ['downstream_id', 'upstream_hash, downstream_hash', 'downstream_hash, upstream_hash'],
  inputs: [
    ...['connection_paths', 'connection_path_grants', 'datasets', 'dataset_sources', 'data_models'],
    ...['data_model_sources', 'workbooks', 'workbook_sources', 'workbook_elements'],
    ...['workbook_lineage'],
  ],
  sql: (names) => {
    const { live, raw } = names;
    return `
-- Ids are compared byte by byte: walks look up thousands of them.
select x.upstream_id collate "C" as upstream_id, coalesce(max(nullif(x.upstream_type, 'unknown')), 'unknown') as upstream_type,
       x.downstream_id collate "C" as downstream_id,
       coalesce(max(nullif(x.downstream_type, 'unknown')), 'unknown') as downstream_type, x.kind,
       ${nodeHash('x.upstream_id')} as upstream_hash, ${nodeHash('x.downstream_id')} as downstream_hash
  from (
    select p.connection_id as upstream_id, 'connection' as upstream_type, t.id as downstream_id,
           'table' as downstream_type, 'contains' as kind
      from (select connection_id, url_id, ${lengthOf('path')} as names,
                   max(${lengthOf('path')}) over (partition by connection_id) as most
              from ${live('connection_paths')} c) p
     cross join lateral (
        select coalesce((select min(g.inode_id) from ${raw('connection_path_grants')} g where g.url_id = p.url_id), p.url_id) as id) t
     -- Paths of databases and schemas have fewer names than those of tables; a warehouse may have no databases.
     where p.names = p.most and p.names >= 2
    union all
    select s.inode_id, s.type, s.dataset_id, 'dataset', 'source'
      from ${live('dataset_sources')} s join ${live('datasets')} d on d.dataset_id = s.dataset_id
     where s.inode_id is not null
    union all
    select i.id, s.type, s.data_model_id, 'data-model', 'source'
      from ${raw('data_model_sources')} s join ${live('data_models')} m on m.data_model_id = s.data_model_id
     -- Uploads and types to come have no column of their own.
     cross join lateral (
        select coalesce(s.source_table_id, s.source_dataset_id, s.source_data_model_id, s._raw ->> 'inodeId') as id) i
     where i.id is not null and s._deleted_at is null
    union all
    select coalesce(s.inode_id, s.source_data_model_id), s.type, s.workbook_id, 'workbook', 'source'
      from ${live('workbook_sources')} s join ${live('workbooks')} w on w.workbook_id = s.workbook_id
     where coalesce(s.inode_id, s.source_data_model_id) is not null
    union all
    select ${node('source')}, ${typeOf('source')}, ${node('target')}, ${typeOf('target')}, coalesce(l.type, 'source')
      from ${live('workbook_lineage')} l join ${live('workbooks')} w on w.workbook_id = l.workbook_id
      ${joins(names, 'source')}${joins(names, 'target')}
    union all
    select e.workbook_id || ':' || e.element_id, 'element', e.workbook_id, 'workbook', 'part'
      from ${live('workbook_elements')} e join ${live('workbooks')} w on w.workbook_id = e.workbook_id
  ) x
 group by x.upstream_id, x.downstream_id, x.kind`;
  },
};
