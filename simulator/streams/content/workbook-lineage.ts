/** Lineage of workbooks, all at once or element by element, and the ways in which Sigma refuses to say. */
import { Refusal } from '../../http/answer.ts';
import { type Call, noveltiesOf, param } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from '../shared/added-content.ts';
import { contentOf, dataElements, elementsOf } from '../shared/contents.ts';
import { lineageStream } from '../shared/document-lineage.ts';
import { drawn, lineageStatus } from '../shared/element-lineage.ts';
import { type Workbook, workbookParent } from '../shared/workbook-table.ts';
import { PAGED, type Stream } from '../stream.ts';
import { documentSources } from './workbook-sources.ts';

const SAID = {
  400: 'this element has no lineage',
  403: 'no access to the lineage of this element',
  404: 'lineage not found',
  500: 'Internal Server Error',
} as const;

/** @throws Refusal where there is no such element or its lineage is refused. */
function lineageOf(call: Call): Entry {
  const { store } = call;
  const workbook = workbookParent.find(call);
  const elementId = param(call, 'elementId');
  const element = elementsOf(store, workbook).find((one) => one.elementId === elementId);
  if (element === undefined) throw new Refusal(404, 'element not found');
  const status = lineageStatus(store.seed, element);
  if (status !== 200) throw new Refusal(status, SAID[status]);
  const { edges } = drawn(store, workbook, element);
  return { dependencies: dependenciesOf(store, workbook, element), edges };
}

function dependenciesOf(store: Store, workbook: Workbook, element: ElementEntry): Record<string, Entry> {
  const { nodes, described } = drawn(store, workbook, element);
  const all = noveltiesOf(store).lineageNodes;
  return Object.fromEntries(Object.entries(nodes).filter(([id]) => all || described.has(id)));
}

/** All edges of a workbook, each with its two nodes: what a reader of every element can know. */
function* edgesByElement(store: Store, workbook: Workbook): Generator<Entry> {
  for (const element of dataElements(contentOf(store, workbook))) {
    if (lineageStatus(store.seed, element) !== 200) continue;
    const nodes = dependenciesOf(store, workbook, element);
    for (const edge of drawn(store, workbook, element).edges)
      yield {
        elementId: element.elementId,
        ...edge,
        sourceType: nodes[edge.source]?.['type'] ?? null,
        sourceNode: nodes[edge.source] ?? null,
        targetNode: nodes[edge.target] ?? null,
      };
  }
}

const byDocument = lineageStream(
  workbookParent,
  '/v2/workbooks/{workbookId}/lineage',
  PAGED,
  documentSources,
);

export const workbookLineage = {
  endpoints: [
    ...byDocument.endpoints,
    { path: '/v2/workbooks/{workbookId}/lineage/elements/{elementId}', get: lineageOf },
  ],
  /**
   * Lineage as the newest API tells it. An older API can't give edges to the document (custom SQL, uploads and
   * semantic views are among them); it gives those further up with each element, and their types.
   */
  *truth(store) {
    if (noveltiesOf(store).documentLineage) return yield* byDocument.truth(store);
    for (const workbook of workbookParent.all(store))
      for (const edge of edgesByElement(store, workbook)) yield { workbookId: workbook.id, ...edge };
  },
} satisfies Stream;
