import { defineStream, json, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { elementsWithData } from '../shared/elements-with-data.ts';

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
 * An element without a lineage is answered with 400 or 404, one whose sources the credentials may not see with 403;
 * 500 is seen where there is none, too, and can't be told from trouble. [peer DataHub]
 */
export const workbookLineage = defineStream({
  name: 'workbook_lineage',
  description: 'Where the data of each workbook element comes from: one row per edge of its lineage.',
  key: ['workbook_id', 'element_id', 'source', 'target', 'type'],
  sources: [
    {
      name: 'per element',
      listings: [
        {
          path: '/v2/workbooks/{workbookId}/lineage/elements/{elementId}',
          paging: 'object',
          entries: lineageEdges,
          refusals: { 400: 'nothing', 404: 'nothing', 403: 'hidden', 500: 'doubtful' },
        },
      ],
      forEach: elementsWithData,
    },
  ],
  partitions: [[byWorkbook]],
  caveats: '`_raw` holds the edge and its two nodes, which the API sends apart.',
  params: { workbookId: text('Workbook'), elementId: text('Element whose lineage the edge is part of') },
  fields: {
    source: text('Node the edge starts from'),
    target: text('Node the edge leads to'),
    type: text('source, lookup or dependency'),
    sourceNode: json('The node it starts from: nodeId, type, and where it has them name and elementId'),
    targetNode: json('The node it leads to, likewise'),
  },
});
