/** The upstream and downstream nodes of a node of lineage. */

import type { Asker } from '../../../../analytics/asker.ts';
import type { Row } from '../../../../core/database/database.ts';

/** Nodes of lineage that a picture has. */
export const MOST_NODES = 60;

/** A node of lineage. */
export interface LineageNode extends Row {
  readonly node_id: string;
  readonly type: string;
  readonly name: string | null;
  readonly depth: number;
  /** Nodes of the whole walk. */
  readonly total: number;
}

export interface LineageEdge extends Row {
  readonly upstream_id: string;
  readonly downstream_id: string;
}

/** Nodes of a walk, the nearest first, up to so many: only nodes as near as the last of them are looked at. */
export function nodesOf(
  asker: Asker,
  id: string,
  walk: 'upstream_steps' | 'impact_steps',
  most: number,
  offset = 0,
): Promise<LineageNode[]> {
  return asker.rows<LineageNode>(
    `with walked as materialized (select s.node_hash, s.depth from ${asker.model(walk)}($1) s)
select n.node_id, n.type, n.name, w.depth, (select count(*) from walked)::integer as total
  from walked w join ${asker.model('lineage_nodes')} n on n.node_hash = w.node_hash
 where w.depth <= coalesce((select x.depth from walked x order by x.depth limit 1 offset ${most + offset - 1}), w.depth)
 order by w.depth, n.type, n.name, n.node_id
 limit ${most}${offset === 0 ? '' : ` offset ${offset}`}`,
    [id],
  );
}

/** The edges between nodes. */
export function edgesAmong(asker: Asker, ids: readonly string[]): Promise<LineageEdge[]> {
  return asker.rows<LineageEdge>(
    `with node as materialized (select value as id from jsonb_array_elements_text($1::jsonb))
select distinct l.upstream_id, l.downstream_id
  from node n join ${asker.model('lineage')} l on l.downstream_id = n.id
 where l.upstream_id in (select id from node)`,
    [JSON.stringify(ids)],
  );
}

/** A node with what is around it. */
export interface NodeView {
  readonly node: Row & {
    readonly node_id: string;
    readonly type: string;
    readonly name: string | null;
    readonly document_id: string | null;
    readonly document_type: string | null;
    readonly document_name: string | null;
    readonly is_gone: boolean;
    readonly is_archived: boolean;
  };
  readonly upstream: readonly LineageNode[];
  readonly downstream: readonly LineageNode[];
  /** The nearest of both, which a picture has, and the edges between them. */
  readonly drawn: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** Nodes of each walk that its picture has: the lists below it must not be out of sight. */
const MOST_EACH_WAY = 16;

/** Nodes of each walk that its list has. */
const MOST_LISTED = 300;

/** @returns undefined where lineage knows no such node. */
export async function nodeView(asker: Asker, id: string): Promise<NodeView | undefined> {
  const [node] = await asker.rows<NodeView['node']>(
    `select n.node_id, n.type, n.name, n.document_id, n.document_type, n.is_gone, n.is_archived, d.name as document_name
  from ${asker.model('lineage_nodes')} n
  left join ${asker.model('lineage_nodes')} d on d.node_id = n.document_id
 where n.node_id = $1`,
    [id],
  );
  if (node === undefined) return undefined;
  const upstream = await nodesOf(asker, id, 'upstream_steps', MOST_LISTED);
  const downstream = await nodesOf(asker, id, 'impact_steps', MOST_LISTED);
  const known = new Map(
    [...upstream.slice(0, MOST_EACH_WAY), ...downstream.slice(0, MOST_EACH_WAY)].map((one) => [
      one.node_id,
      one,
    ]),
  );
  // Lineage may go round in a circle.
  known.delete(id);
  const edges = await edgesAmong(asker, [id, ...known.keys()]);
  return { node, upstream, downstream, drawn: [...known.values()], edges };
}
