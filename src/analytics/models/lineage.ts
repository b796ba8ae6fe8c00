import type { Model } from '../model.ts';
import { eachDocument } from './shared/documents.ts';
import {
  isInConnection,
  LINEAGE_INPUTS,
  lineageCtes,
  nodeJoins,
  nodeOf,
  typeOf,
} from './shared/lineage-parts.ts';
import { lengthOf, nodeHash } from './shared/sql-parts.ts';

/** Edges of the path of data. */
export const lineage: Model = {
  name: 'lineage',
  kind: 'materialized',
  about:
    'The path of data: one row per edge, connection → table, custom SQL or semantic view → dataset or data model → element → workbook or report. Elements and custom SQL are named document:id, after their workbook, report or data model. The longest paths of a connection are tables. A table has its inode id if a source names it or a grant on it shows it. Otherwise it has its url_id in connection_paths, and nothing takes data from it. The API does not say which tables custom SQL reads, so those edges are missing. Walk the graph with impact_of() and upstream_of().',
  columns: {
    upstream_id: 'Node that gives data',
    upstream_type:
      'connection, table, custom-sql, dataset, data-model, element, csv-upload, semantic-view, …, or unknown if nothing says it for this edge',
    downstream_id: 'Node that takes it',
    downstream_type: 'table, custom-sql, semantic-view, dataset, data-model, element, workbook or report',
    kind: 'contains, source, lookup or dependency; part for an element of its workbook, report or data model',
    upstream_hash: 'node_hash of the node that gives data, for walks',
    downstream_hash: 'node_hash of the node that takes it',
  },
  key: ['upstream_id', 'downstream_id', 'kind'],
  // Walks read nothing but the indexes, either way.
  indexes: ['downstream_id', 'upstream_hash, downstream_hash', 'downstream_hash, upstream_hash'],
  inputs: [
    ...['connection_paths', 'connection_path_grants', 'source_tables', 'datasets', 'dataset_sources'],
    ...LINEAGE_INPUTS,
  ],
  sql: (names) => {
    const { live, raw } = names;
    return `
with ${lineageCtes(names)}
-- Ids are compared byte by byte: walks look up thousands of them.
select x.upstream_id collate "C" as upstream_id, coalesce(max(nullif(x.upstream_type, 'unknown')), 'unknown') as upstream_type,
       x.downstream_id collate "C" as downstream_id,
       coalesce(max(nullif(x.downstream_type, 'unknown')), 'unknown') as downstream_type, x.kind,
       ${nodeHash('x.upstream_id')} as upstream_hash, ${nodeHash('x.downstream_id')} as downstream_hash
  from (
    select p.connection_id as upstream_id, 'connection' as upstream_type,
           coalesce(g.inode_id, s.inode_id, p.url_id) as downstream_id, 'table' as downstream_type, 'contains' as kind
      from (select connection_id, url_id, path, ${lengthOf('path')} as names,
                   max(${lengthOf('path')}) over (partition by connection_id) as most
              from ${live('connection_paths')} c) p
      left join (select url_id, min(inode_id) as inode_id from ${raw('connection_path_grants')} group by url_id) g
        on g.url_id = p.url_id
      left join (select connection_id, path, min(inode_id) as inode_id from ${live('source_tables')} t
                  group by connection_id, path) s on s.connection_id = p.connection_id and s.path = p.path
     -- Paths of databases and schemas have fewer names than those of tables; a warehouse may have no databases.
     where p.names = p.most and p.names >= 2
    union all
    select s.connection_id, 'connection', s.inode_id, 'table', 'contains'
      from ${live('source_tables')} s where s.connection_id is not null
    union all
    select s.connection_id, 'connection', s.doc || ':' || s.id, 'custom-sql', 'contains'
      from sql_source s where s.connection_id is not null
    union all
    select s.doc || ':' || s.id, 'custom-sql', s.doc, s.doc_type, 'source' from sql_source s
    union all
    select s.inode_id, s.type, s.dataset_id, 'dataset', 'source'
      from ${live('dataset_sources')} s join ${live('datasets')} d on d.dataset_id = s.dataset_id
     where s.inode_id is not null
    union all
    ${eachDocument(
      ({ type, rows, prefix, id, source }) => `select x.id, s.type, s.${id}, '${type}', 'source'
      from ${raw(`${prefix}_sources`)} s join ${live(rows)} d on d.${id} = s.${id}
     cross join lateral (select ${source} as id) x
     where x.id is not null and s._deleted_at is null`,
    )}
    union all
    select ${nodeOf('source')}, ${typeOf('source')},
           case l.type when 'document' then l.doc else ${nodeOf('target')} end,
           case l.type when 'document' then l.doc_type else ${typeOf('target')} end,
           case l.type when 'document' then 'source' else coalesce(l.type, 'source') end
      from edge l ${nodeJoins(names, 'source')}${nodeJoins(names, 'target')}
    union all
    select l.connection_id, 'connection', ${nodeOf('source')}, ${typeOf('source')}, 'contains'
      from edge l ${nodeJoins(names, 'source')}
     where ${isInConnection}
    union all
    ${eachDocument(
      ({
        type,
        rows,
        prefix,
        id,
      }) => `select e.${id} || ':' || e.element_id, 'element', e.${id}, '${type}', 'part'
      from ${live(`${prefix}_elements`)} e join ${live(rows)} d on d.${id} = e.${id}`,
    )}
  ) x
 group by x.upstream_id, x.downstream_id, x.kind`;
  },
};
