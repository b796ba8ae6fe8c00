/** Sources of elements, and whether Sigma tells them. */
import type { Entry } from '../../store/entry.ts';
import { hash, Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import type { ElementEntry } from './added-content.ts';
import { contentOf, dataElements, rootOf, type Versioned } from './contents.ts';
import { type References, referencesOf } from './references.ts';

const EDGE_TYPES = ['source', 'source', 'lookup', 'dependency'] as const;

interface Edge {
  readonly source: string;
  readonly target: string;
  readonly type: (typeof EDGE_TYPES)[number];
}

/** The objects above an element. */
export interface Drawn {
  readonly edges: readonly Edge[];
  /** Every node of an edge, by its id. */
  readonly nodes: Readonly<Record<string, Entry>>;
  /** Those that the API of 2025 described. */
  readonly described: ReadonlySet<string>;
}

/**
 * The status an element's lineage has for good. DataHub's users report 400 and 500 where there is none and 403
 * where it is hidden.
 */
export function lineageStatus(
  seed: number,
  { elementId, columns }: ElementEntry,
): 200 | 400 | 403 | 404 | 500 {
  if (columns === undefined) return 400;
  const roll = hash(seed, elementId, 'lineage') % 100;
  if (roll < 6) return 404;
  if (roll < 12) return 400;
  if (roll < 15) return 500;
  return roll < 18 ? 403 : 200;
}

/** The tables, data models and elements above an element. It changes with some versions of its document. */
export function drawn(store: Store, document: Versioned, element: ElementEntry): Drawn {
  const { seed } = store;
  const random = new Random(seed, rootOf(document), element.elementId, 'lineage', document.version >> 1);
  const others = dataElements(contentOf(store, document)).filter((one) => one !== element);
  const nodes: Record<string, Entry> = { [element.elementId]: elementNode(element) };
  const described = new Set([element.elementId]);
  const edges: Edge[] = [];
  let below = element.elementId;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const node = above(random, others, referencesOf(store));
    if (node === undefined || node['nodeId'] === below) continue;
    const source = String(node['nodeId']);
    const type = random.pick(EDGE_TYPES);
    if (edges.some((edge) => edge.source === source && edge.target === below)) continue;
    edges.push({ source, target: below, type });
    nodes[source] = node;
    // Now and then an edge led to something that the answer did not describe.
    if (random.next() < 0.92) described.add(source);
    if (node['elementId'] !== undefined && random.next() < 0.5) below = source;
  }
  return { edges, nodes, described };
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
