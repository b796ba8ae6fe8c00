import type { Model } from '../model.ts';
import { eachDocument } from './shared/documents.ts';
import { CUSTOM_SQL, LINEAGE_INPUTS, lineageCtes } from './shared/lineage-parts.ts';
import { dotted, nodeHash, texts } from './shared/sql-parts.ts';

/**
 * True of documents, of what is in none, and of what is archived: a walk that counts has to look at these alone, for the others
 * are parts that are there.
 */
export const isLookedAt = (node: string): string =>
  `${node}is_archived or ${node}document_id is null or ${node}document_id = ${node}node_id`;

/** Names of what lineage connects. */
export const lineageNodes: Model = {
  name: 'lineage_nodes',
  kind: 'materialized',
  about:
    'The nodes of lineage with their names: one row each, also for objects that are gone from Sigma and still used.',
  columns: {
    node_id:
      'Node; elements and custom SQL are named document:id, after their workbook, report or data model',
    type: 'connection, table, custom-sql, dataset, data-model, element, workbook, report, csv-upload, semantic-view, …, or unknown',
    name: 'Title; for a table its database, schema and name, if known',
    document_type: 'workbook, report or data-model; null for a node outside documents',
    document_id: 'The document of an element or custom SQL, or the document itself; else null',
    owner_id: 'Member who owns it, or its document; null if the API does not say',
    is_gone: 'True if its deletion was confirmed',
    is_archived: 'True once it, or its document, is archived',
    node_hash: 'node_id as a number, for walks',
  },
  key: ['node_hash'],
  indexes: ['node_id', `(${isLookedAt('')})`],
  inputs: [
    ...['lineage', 'connections', 'connection_paths', 'connection_path_grants', 'source_tables'],
    ...['datasets', 'files', ...LINEAGE_INPUTS],
  ],
  sql: (names) => {
    const { raw, live, model } = names;
    const typed = (side: string): string =>
      `select l.${side}_id as node_id, max(l.${side}_type) filter (where l.${side}_type <> 'unknown') as type
           from ${model('lineage')} l group by l.${side}_id`;
    return `
with ${lineageCtes(names)}, document as (
  ${eachDocument(
    ({ type, rows, id }) => `select d.${id} as id, '${type}' as type, d.name, d.owner_id, d.is_archived,
         d._deleted_at is not null as is_gone from ${raw(rows)} d`,
  )}
), one as (
  -- Joined, because the planner knows how many nodes that makes, and not what a union does.
  select coalesce(u.node_id, d.node_id) as node_id, greatest(u.type, d.type) as type
    from (${typed('upstream')}) u
    full join (${typed('downstream')}) d on d.node_id = u.node_id
), place as (
  select distinct on (t.id) t.id, ${dotted('t.path')} as name, t.gone
    from (select coalesce(g.inode_id, s.inode_id, p.url_id) as id, p.path, p._deleted_at is not null as gone, p.connection_id
            from ${raw('connection_paths')} p
            left join ${raw('connection_path_grants')} g on g.url_id = p.url_id
            left join ${live('source_tables')} s on s.connection_id = p.connection_id and s.path = p.path
           where jsonb_typeof(p.path) = 'array'
           union all
          select s.inode_id, s.path, false, s.connection_id from ${live('source_tables')} s
           where jsonb_typeof(s.path) = 'array') t
   order by t.id, t.gone, t.connection_id
), called as (
  select l.source as id, min(l.source_node ->> 'name') as name from edge l
   where coalesce(l.source_type, l.source_node ->> 'type', '') not in ('sheet', 'data-model', ${texts(CUSTOM_SQL)})
   group by l.source
  union all
  select c.node_id, min(c.name) from custom c group by c.node_id
)
select o.node_id collate "C" as node_id, coalesce(o.type, 'unknown') as type,
       coalesce(c.name, p.name, d.name, e.name, case when not n.is_part then m.name end, f.name, t.name) as name,
       m.type as document_type, m.id as document_id, coalesce(m.owner_id, f.owner_id) as owner_id,
       c._deleted_at is not null or coalesce(p.gone, false) or d._deleted_at is not null or coalesce(e.is_gone, false)
         or coalesce(m.is_gone and not n.is_part, false) as is_gone,
       coalesce(c.is_archived, d.is_archived, m.is_archived, false) as is_archived,
       ${nodeHash('o.node_id')} as node_hash
  from one o
 cross join lateral (select coalesce(o.type, '') in ('element', 'custom-sql') as is_part,
                            split_part(o.node_id, ':', 1) as document_id) n
  left join ${raw('connections')} c on o.type = 'connection' and c.connection_id = o.node_id
  left join place p on p.id = o.node_id
  left join ${raw('datasets')} d on d.dataset_id = o.node_id
  left join document m on m.id = case when n.is_part then n.document_id else o.node_id end
  left join element e on o.type = 'element' and e.doc = n.document_id
        and e.element_id = substr(o.node_id, strpos(o.node_id, ':') + 1)
  left join ${live('files')} f on f.id = o.node_id
  left join called t on t.id = o.node_id`;
  },
};
