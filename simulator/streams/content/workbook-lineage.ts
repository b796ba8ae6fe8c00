/** Lineage of a workbook's elements: what each one is made from, and the ways in which Sigma refuses to say. */
import { Refusal } from '../../http/answer.ts';
import { param } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import { hash, Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from '../shared/added-content.ts';
import { contentOf, dataElements, elementsOf, rootOf } from '../shared/contents.ts';
import { type References, referencesOf } from '../shared/references.ts';
import { type Workbook, workbookParent } from '../shared/workbook-table.ts';
import type { Stream } from '../stream.ts';

const EDGE_TYPES = ['source', 'source', 'lookup', 'dependency'] as const;

/** An element's lineage as the API gives it. */
interface Lineage {
  readonly dependencies: Readonly<Record<string, Entry>>;
  readonly edges: readonly Edge[];
}

interface Edge {
  readonly source: string;
  readonly target: string;
  readonly type: (typeof EDGE_TYPES)[number];
}

/**
 * The status an element's lineage has for good. DataHub's users report 400 and 500 where there is none and 403
 * where it is hidden.
 */
function lineageStatus(seed: number, { elementId, columns }: ElementEntry): 200 | 400 | 403 | 404 | 500 {
  if (columns === undefined) return 400;
  const roll = hash(seed, elementId, 'lineage') % 100;
  if (roll < 6) return 404;
  if (roll < 12) return 400;
  if (roll < 15) return 500;
  return roll < 18 ? 403 : 200;
}

const SAID = {
  400: 'this element has no lineage',
  403: 'no access to the lineage of this element',
  404: 'lineage not found',
  500: 'Internal Server Error',
} as const;

/** @throws Refusal where there is no such element or its lineage is refused. */
function lineageOf(store: Store, workbook: Workbook, elementId: string): Lineage {
  const element = elementsOf(store, workbook).find((one) => one.elementId === elementId);
  if (element === undefined) throw new Refusal(404, 'element not found');
  const status = lineageStatus(store.seed, element);
  if (status !== 200) throw new Refusal(status, SAID[status]);
  return drawn(store, workbook, element);
}

/** All edges of a workbook, each with its two nodes: what a reader of every element can know. */
function* allEdges(store: Store, workbook: Workbook): Generator<Entry> {
  for (const element of dataElements(contentOf(store, workbook))) {
    if (lineageStatus(store.seed, element) !== 200) continue;
    const { dependencies, edges } = drawn(store, workbook, element);
    for (const edge of edges)
      yield {
        elementId: element.elementId,
        ...edge,
        sourceNode: dependencies[edge.source] ?? null,
        targetNode: dependencies[edge.target] ?? null,
      };
  }
}

/** The tables, data models and elements above an element. It changes with some versions of the workbook. */
function drawn(store: Store, workbook: Workbook, element: ElementEntry): Lineage {
  const { seed } = store;
  const random = new Random(seed, rootOf(workbook), element.elementId, 'lineage', workbook.version >> 1);
  const others = dataElements(contentOf(store, workbook)).filter((one) => one !== element);
  const dependencies: Record<string, Entry> = { [element.elementId]: elementNode(element) };
  const edges: Edge[] = [];
  let below = element.elementId;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const node = above(random, others, referencesOf(store));
    if (node === undefined || node['nodeId'] === below) continue;
    const source = String(node['nodeId']);
    const type = random.pick(EDGE_TYPES);
    if (edges.some((edge) => edge.source === source && edge.target === below)) continue;
    edges.push({ source, target: below, type });
    // Now and then an edge leads to something the answer does not describe.
    if (random.next() < 0.92) dependencies[source] = node;
    if (node['elementId'] !== undefined && random.next() < 0.5) below = source;
  }
  return { dependencies, edges };
}

function above(
  random: Random,
  others: readonly ElementEntry[],
  { tables, dataModels }: References,
): Entry | undefined {
  const roll = random.next();
  if (roll < 0.35 && others.length > 0) return elementNode(random.pick(others));
  if (roll < 0.6 && dataModels.length > 0) return { nodeId: random.pick(dataModels).id, type: 'data-model' };
  if (tables.length === 0) return undefined;
  const { id, name } = random.pick(tables);
  return { nodeId: id, type: 'table', name };
}

function elementNode({ elementId, name }: ElementEntry): Entry {
  return { nodeId: elementId, type: 'sheet', name, elementId };
}

export const workbookLineage = {
  endpoints: [
    {
      path: '/v2/workbooks/{workbookId}/lineage/elements/{elementId}',
      get: (call): Entry => ({
        ...lineageOf(call.store, workbookParent.find(call), param(call, 'elementId')),
      }),
    },
  ],
  *truth(store) {
    for (const workbook of workbookParent.all(store))
      for (const edge of allEdges(store, workbook)) yield { workbookId: workbook.id, ...edge };
  },
} satisfies Stream;
