import { type Endpoint, type Field, json, text } from '../../stream.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * The edges of a lineage, each with the two nodes it joins: `dependencies` has them by id. A body without edges is
 * given as it is, so that it is rejected and what is stored stays.
 */
export function lineageEdges(body: Body): readonly unknown[] {
  const { edges, dependencies } = body;
  if (!Array.isArray(edges)) return [body];
  const nodes = isObject(dependencies) ? dependencies : {};
  const node = (id: unknown): unknown =>
    typeof id === 'string' && Object.hasOwn(nodes, id) ? nodes[id] : null;
  return edges.map((edge: unknown) =>
    isObject(edge) ? { ...edge, sourceNode: node(edge['source']), targetNode: node(edge['target']) } : edge,
  );
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The lineage of one element. One that has none is answered with 400 or 404, one whose sources the credentials may not
 * see with 403; 500 is seen where there is none, too, and can't be told from trouble. [peer DataHub]
 */
export function lineageAt(path: string): Endpoint {
  return {
    path,
    paging: 'object',
    entries: lineageEdges,
    refusals: { 400: 'nothing', 404: 'nothing', 403: 'hidden', 500: 'doubtful' },
  };
}

/** An edge of a lineage, with its nodes. */
export const lineageFields: Readonly<Record<string, Field>> = {
  source: text('Node the edge starts from'),
  target: text('Node the edge leads to'),
  type: text('source, lookup or dependency'),
  sourceNode: json('The node it starts from: nodeId, type, and where it has them name and elementId'),
  targetNode: json('The node it leads to, likewise'),
};
