import { keepDigits } from '../../../core/exact-json.ts';
import { isPlainObject } from '../../../core/plain-object.ts';
import type { PagingShape } from '../../../sigma/paging.ts';
import { derived, json, sensitive, text } from '../../fields.ts';
import type { Endpoint, Field, Source } from '../../stream.ts';
import { entryText } from './entry-text.ts';
import { nodeIdOf } from './inode-id.ts';
import { hashOf } from './source-key.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * The edges of a lineage, each with the two nodes it joins: `dependencies` has them by id. An element is named by its
 * own id and not by that of its node, a table by its long one. A body without edges is given as it is, so that it is
 * rejected and what is stored stays.
 */
export function lineageEdges(body: Body): readonly unknown[] {
  const { edges, dependencies } = body;
  if (!Array.isArray(edges)) return [body];
  const nodes = isPlainObject(dependencies) ? dependencies : {};
  const node = (id: unknown): unknown =>
    typeof id === 'string' && Object.hasOwn(nodes, id) ? nodes[id] : null;
  return edges.map((edge: unknown) => {
    if (!isPlainObject(edge)) return edge;
    const [sourceNode, targetNode] = [node(edge['source']), node(edge['target'])];
    const source = endOf(edge['source'], sourceNode);
    const target = endOf(edge['target'], targetNode);
    return keepDigits({ ...edge, source, target, sourceNode, targetNode }, edge, sourceNode, targetNode);
  });
}

/**
 * The name that all other streams use for an end of an edge. The node of an element has an id of its own. [peer
 * DataHub]
 */
function endOf(id: unknown, node: unknown): unknown {
  const elementId = isPlainObject(node) ? entryText(node, 'elementId') : undefined;
  return elementId ?? (typeof id === 'string' ? nodeIdOf(id) : id);
}

/**
 * The lineage of one element. An element without lineage answers 400 or 404, and one whose sources the credentials
 * may not see answers 403. A 500 also occurs where there is no lineage, and looks the same as trouble. [peer DataHub]
 */
export function lineageAt(path: string): Endpoint {
  return {
    path,
    paging: 'object',
    entries: lineageEdges,
    refusals: { 400: 'nothing', 404: 'nothing', 403: 'hidden', 500: 'doubtful' },
  };
}

/**
 * The lineage of a whole document, which the API has since January 2026. One without any is answered with 400; 500 is
 * taken as for an element, so that a document that always answers it does not fail every run. [peer DataHub]
 */
export function lineageOfDocument(path: string, paging: PagingShape = 'page'): Source {
  return {
    name: 'per document',
    listings: [
      {
        path,
        paging,
        expand: documentEdges,
        refusals: { 400: 'nothing', 403: 'hidden', 500: 'doubtful' },
      },
    ],
  };
}

/**
 * Edges from one node of a document's lineage. An element gives an edge from each of its sources. Any other node
 * gives an edge to the document, which reads from it.
 */
export function documentEdges(entry: unknown, documentId: string): readonly unknown[] {
  if (!isPlainObject(entry)) return [entry];
  const elementId = entryText(entry, 'elementId');
  if (elementId === undefined) return [outsideEdge(entry, documentId)];
  const { sourceIds, ...rest } = entry;
  if (sourceIds === null || sourceIds === undefined) return [];
  // A list that is none is rejected, so that what is stored stays.
  if (!Array.isArray(sourceIds)) return [entry];
  const targetNode = keepDigits({ ...rest, nodeId: elementId, type: 'sheet' }, entry);
  return [...new Set<unknown>(sourceIds)].map((id) => {
    const source = endOf(id, null);
    const edge = { elementId, source, target: elementId, type: 'source', sourceNode: null, targetNode };
    return keepDigits(edge, edge, targetNode);
  });
}

/** Not the SQL text, which is a column of its own. */
function outsideEdge(entry: Body, documentId: string): Body {
  const { definition, ...rest } = entry;
  const source = outsideId(entry);
  const sourceNode = keepDigits({ ...rest, nodeId: source }, entry);
  const edge = {
    elementId: documentId,
    ...{ source, target: documentId, type: 'document' },
    ...{ sourceNode, targetNode: null },
    connectionId: entry['connectionId'],
    ...(definition === undefined ? {} : { definition }),
  };
  return keepDigits(edge, edge, sourceNode, entry['connectionId'], definition);
}

const IDS = ['inodeId', 'customSqlId', 'csvId', 'semanticViewId', 'sqlDocumentId', 'id'];

/**
 * The id of a node that is no element. A data model appears once for each of its elements in use, under that
 * element's title. Elements name custom SQL by its title, so an edited text is a change of the same edge. [peer
 * DataHub]
 */
function outsideId(entry: Body): string | undefined {
  const name = entryText(entry, 'name');
  const dataModelId = entryText(entry, 'dataModelId');
  if (dataModelId !== undefined) return name === undefined ? dataModelId : `${dataModelId}/${name}`;
  const id = IDS.map((field) => entryText(entry, field)).find((value) => value !== undefined) ?? name;
  return id ?? hashOf(entry);
}

/** An edge of a lineage, with its nodes. */
export const lineageFields: Readonly<Record<string, Field>> = {
  source: text(
    'Node the edge starts from: an element, a table or dataset by its inode id, a data model as id/element, custom SQL by its id or title',
  ),
  target: text('Node the edge leads to'),
  type: text('source, lookup or dependency; document for sources of the document as a whole'),
  sourceType: derived(
    text(
      'Kind of the node it starts from, if the API says so: table, dataset, data-model, customSQL, csv-upload, semantic-view, sheet (an element), …',
    ),
    ({ sourceNode }) => (isPlainObject(sourceNode) ? entryText(sourceNode, 'type') : undefined),
  ),
  sourceNode: json('The node it starts from: nodeId, type, and if present name, connectionId, elementId'),
  targetNode: json('The node it leads to, likewise; dataSourceIds are the origins of an element'),
  connectionId: text('Connection of the node it starts from, if the API says so'),
  definition: sensitive('sql', text('SQL text of the node it starts from, if that is custom SQL')),
};

/** Caveats that the table itself can't show. */
export const lineageCaveats =
  '`_raw` is built from the nodes that the API sends: an edge for each source of an element, and one of type `document`, with the document as `element_id`, for every other node.';
