/** Impact as a picture: documents, datasets and tables, with their parts folded into them. */
import type { Asker } from '../../../../analytics/asker.ts';
import type { LineageEdge, LineageNode } from './lineage-of.ts';

/** The nearest documents and other nodes that are part of none, those that most members open first. */
export function nearestDocuments(asker: Asker, id: string, most: number): Promise<LineageNode[]> {
  return asker.rows<LineageNode>(
    `select i.node_id, i.type, i.name, i.depth, (count(*) over ())::integer as total
  from ${asker.model('impact_of')}($1) i
  left join (select w.workbook_id as id, w.openers from ${asker.model('workbook_inventory')} w
             union all select r.report_id, r.openers from ${asker.model('report_inventory')} r) d on d.id = i.node_id
 where not i.is_archived and i.node_id <> $1 and (i.document_id is null or i.document_id = i.node_id)
 order by i.depth, d.openers desc nulls last, i.name, i.node_id
 limit ${most}`,
    [id],
  );
}

/** The edges between them: an edge of an element is one of its document. */
export function edgesOfDocuments(asker: Asker, ids: readonly string[]): Promise<LineageEdge[]> {
  return asker.rows<LineageEdge>(
    `with chosen as materialized (select value as id from jsonb_array_elements_text($1::jsonb)),
part as materialized (
  select c.id as node_id, c.id as whole from chosen c
   union
  select n.node_id, c.id from chosen c join ${asker.model('lineage_nodes')} n on n.document_id = c.id
)
select distinct a.whole as upstream_id, b.whole as downstream_id
  from part b
  join ${asker.model('lineage')} l on l.downstream_id = b.node_id
  join part a on a.node_id = l.upstream_id
 where a.whole <> b.whole`,
    [JSON.stringify(ids)],
  );
}
