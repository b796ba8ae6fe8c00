/** The lineage of a whole document as the API gives it since January 2026: its elements and what they are made from. */
import { Refusal } from '../../http/answer.ts';
import { noveltiesOf } from '../../http/endpoint.ts';
import { entriesListing, type Paging } from '../../http/listing.ts';
import type { Entry } from '../../store/entry.ts';
import { tableName } from '../../store/names.ts';
import { hash, Random } from '../../store/random.ts';
import { shortId } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import type { Parent } from '../parents.ts';
import type { Stream } from '../stream.ts';
import type { ElementEntry } from './added-content.ts';
import { contentOf, dataElements, rootOf, type Versioned } from './contents.ts';
import { drawn, lineageStatus } from './element-lineage.ts';
import { referencesOf } from './references.ts';
import { connectionOfTable } from './table-places.ts';

/** A node above an element: how elements name it, what the truth calls it, and its own entry. */
interface Outside {
  readonly sourceId: string;
  readonly id: string;
  readonly entry: Entry;
}

/** An element and what is right above it. */
interface Element {
  readonly element: ElementEntry;
  /** Elements by their id. */
  readonly sources: readonly (string | Outside)[] | null;
}

/** The lineage of all documents of a kind. An older API has none. */
export function lineageStream<D extends Versioned & { readonly id: string }>(
  parent: Parent<D>,
  path: string,
  paging: Paging,
  sources: (store: Store, document: D) => readonly Entry[],
): Pick<Stream, 'endpoints' | 'truth'> {
  return {
    endpoints: [
      {
        path,
        novelty: 'documentLineage',
        ...paging,
        list(call) {
          const document = parent.find(call);
          return entriesListing(lineageEntries(call.store, document, sources(call.store, document)));
        },
      },
    ],
    *truth(store) {
      for (const document of parent.all(store))
        for (const edge of lineageEdges(store, document, sources(store, document)))
          yield { [parent.param]: document.id, ...edge };
    },
  };
}

/** The nodes of a document's lineage. @throws Refusal where it has none, which is how Sigma says so. [DataHub] */
function lineageEntries(store: Store, document: Versioned, sources: readonly Entry[]): Entry[] {
  const elements = elementsWithSources(store, document, sources);
  if (elements.length === 0) throw new Refusal(400, 'this document has no lineage');
  return [
    ...elements.map(({ element: { elementId }, sources: above }) => ({
      type: 'element',
      elementId,
      sourceIds: above?.map((one) => (typeof one === 'string' ? one : one.sourceId)) ?? null,
      dataSourceIds: dataSourcesOf(above),
    })),
    ...outsides(elements).map(({ entry }) => entry),
  ];
}

/**
 * Edges that a reader of the lineage knows: one from each source of an element, and one from each other node to the
 * document.
 */
function* lineageEdges(store: Store, document: Versioned, sources: readonly Entry[]): Generator<Entry> {
  if (!noveltiesOf(store).documentLineage) return;
  const elements = elementsWithSources(store, document, sources);
  for (const { element, sources: above } of elements) {
    const { elementId } = element;
    const targetNode = { elementId, dataSourceIds: dataSourcesOf(above), nodeId: elementId, type: 'sheet' };
    for (const one of above ?? [])
      yield {
        elementId,
        source: typeof one === 'string' ? one : longName(one),
        ...{ target: elementId, type: 'source', sourceNode: null, targetNode },
      };
  }
  for (const { id, entry } of outsides(elements)) {
    const { definition, ...rest } = entry;
    yield {
      elementId: document.id,
      ...{ source: id, target: document.id, type: 'document', targetNode: null },
      sourceType: entry['type'],
      sourceNode: { ...rest, nodeId: id },
      connectionId: entry['connectionId'] ?? null,
      ...(definition !== undefined && { definition }),
    };
  }
}

/** A table that is named by its short id is known by its long one. */
function longName({ sourceId, id }: Outside): string {
  return sourceId.startsWith('inode-') ? id : sourceId;
}

function dataSourcesOf(above: Element['sources']): string[] | null {
  return above?.flatMap((one) => (typeof one === 'string' ? [] : [one.id])) ?? null;
}

function outsides(elements: readonly Element[]): Outside[] {
  const all = elements.flatMap(({ sources }) => sources ?? []).filter((one) => typeof one !== 'string');
  return [...new Map(all.map((one) => [one.id, one])).values()];
}

function elementsWithSources(store: Store, document: Versioned, sources: readonly Entry[]): Element[] {
  const elements = dataElements(contentOf(store, document));
  const special = specialOf(store, document, sources);
  return elements.map((element, i) => {
    const own = special.filter((_, n) => n % elements.length === i);
    // An element whose lineage is refused has no sources here. Nobody knows how the API says so: both ways.
    const isTold = lineageStatus(store.seed, element) === 200;
    if (!isTold && own.length === 0)
      return { element, sources: hash(store.seed, element.elementId, 'no lineage') % 2 === 0 ? null : [] };
    return { element, sources: [...(isTold ? rightAbove(store, document, element) : []), ...own] };
  });
}

function rightAbove(store: Store, document: Versioned, element: ElementEntry): (string | Outside)[] {
  const { edges, nodes } = drawn(store, document, element);
  return edges.flatMap(({ source, target }): (string | Outside)[] => {
    const node = nodes[source];
    if (target !== element.elementId || node === undefined) return [];
    if (node['elementId'] !== undefined) return [source];
    return [node['type'] === 'table' ? table(store, source, node['name']) : dataModel(store, source)];
  });
}

function table(store: Store, inodeId: string, name: unknown): Outside {
  const connectionId = connectionOfTable(store, inodeId);
  const entry = { type: 'table', inodeId, connectionId, name };
  return { sourceId: `inode-${shortId(inodeId)}`, id: inodeId, entry };
}

/** A data model is named by its address and what stands for the element that is used, whose title is the node's. */
function dataModel(store: Store, dataModelId: string): Outside {
  const known = referencesOf(store).dataModels.find(({ id }) => id === dataModelId);
  const name = `Element of ${known?.name}`;
  const sourceId = `${known?.urlId}/${new Random(store.seed, dataModelId, 'used').base62(10)}`;
  const entry = { type: 'data-model', dataModelId, connectionId: null, name };
  return { sourceId, id: `${dataModelId}/${name}`, entry };
}

/** Custom SQL, uploads, datasets and semantic views, which the lineage of an element does not draw. */
function specialOf(store: Store, document: Versioned, sources: readonly Entry[]): Outside[] {
  const found = sources.flatMap((source, i): Outside[] => {
    const { type, inodeId, datasetId, definition, connectionId = null } = source;
    const id = String(inodeId ?? datasetId);
    const name = `Custom SQL ${i + 1}`;
    if (type === 'custom-sql')
      return [{ sourceId: name, id: name, entry: { type: 'customSQL', definition, connectionId, name } }];
    if (type === 'csv-upload')
      return [{ sourceId: id, id, entry: { type, csvId: id, connectionId: null, name: 'upload.csv' } }];
    if (type !== 'dataset') return [];
    const entry = { type, inodeId: id, connectionId: null, name: 'Dataset' };
    return [{ sourceId: `inode-${shortId(id)}`, id, entry }];
  });
  const random = new Random(store.seed, rootOf(document), 'semantic view');
  if (random.next() >= 0.05) return found;
  const id = random.uuid();
  const view = { type: 'semantic-view', semanticViewId: id, semanticViewTable: tableName(random, 1) };
  return [...found, { sourceId: id, id, entry: { ...view, connectionId: null, name: 'Sales' } }];
}
