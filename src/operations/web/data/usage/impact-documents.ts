/** Impact as a picture: documents, datasets and tables, with their parts folded into them. */
import type { Asker } from '../../../../analytics/asker.ts';
import type { LineageEdge } from './lineage-of.ts';

/** The edges between documents and other nodes: an edge of an element is one of its document. */
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
