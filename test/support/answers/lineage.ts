/** Models about where data comes from and goes, worked out naively. */
import { isDeepStrictEqual } from 'node:util';
import { byText, type Entry, KINDS, type Row, type Seen } from './seen.ts';

/** `lineage`. */
export function edges(seen: Seen): Row[] {
  const found = new Map<string, { types: [Set<unknown>, Set<unknown>]; row: Row }>();
  const add = (up: unknown, upType: unknown, down: unknown, downType: unknown, kind: unknown): void => {
    if (up == null) return;
    const key = `${up} ${down} ${kind}`;
    const edge = found.get(key) ?? {
      types: [new Set(), new Set()],
      row: { upstream_id: up, downstream_id: down, kind },
    };
    edge.types[0].add(upType);
    edge.types[1].add(downType);
    found.set(key, edge);
  };
  const grants = [...seen.ever('connection_path_grants').values()];
  const deepest = new Map<unknown, number>();
  for (const { connectionId, path } of seen.live('connection_paths'))
    deepest.set(connectionId, Math.max(deepest.get(connectionId) ?? 0, (path as unknown[]).length));
  for (const { connectionId, urlId, path } of seen.live('connection_paths')) {
    const inodes = grants.filter(({ entry }) => entry['connectionPathId'] === urlId);
    const placed = seen
      .live('source_tables')
      .filter((one) => one['connectionId'] === connectionId && isDeepStrictEqual(one['path'], path))
      .map((one) => one['inodeId']);
    const table =
      inodes.map(({ entry }) => entry['inodeId']).sort(byText)[0] ?? placed.sort(byText)[0] ?? urlId;
    const levels = (path as unknown[]).length;
    if (levels >= 2 && levels === deepest.get(connectionId))
      add(connectionId, 'connection', table, 'table', 'contains');
  }
  for (const { connectionId, inodeId } of seen.live('source_tables'))
    add(connectionId, 'connection', inodeId, 'table', 'contains');
  for (const { datasetId, inodeId, type } of seen.live('dataset_sources'))
    add(inodeId, type, datasetId, 'dataset', 'source');
  for (const { doc, docType, ...source } of entriesOf(seen, 'sources')) {
    const { tableId, datasetId, sourceDataModelId, inodeId, dataModelId, type } = source;
    // The dataModelId of a data model's source is the data model it is a source of.
    const model = docType === 'data-model' ? sourceDataModelId : dataModelId;
    add(tableId ?? datasetId ?? inodeId ?? model, type, doc, docType, 'source');
  }
  for (const { doc, docType, id, connectionId } of sqlSources(seen)) {
    add(connectionId, 'connection', `${doc}:${id}`, 'custom-sql', 'contains');
    add(`${doc}:${id}`, 'custom-sql', doc, docType, 'source');
  }
  for (const edge of entriesOf(seen, 'lineage')) {
    const { doc, docType, type } = edge;
    const node = nodeNamer(seen, edge);
    const up = node(edge['source'], edge['sourceNode']);
    const down = type === 'document' ? ([doc, docType] as const) : node(edge['target'], edge['targetNode']);
    add(...up, ...down, type === 'document' ? 'source' : type);
    const isInside = ['sheet', 'element', 'dataset', 'data-model', 'csv-upload'].includes(
      String(edge['sourceType']),
    );
    if (type === 'document' && !isInside) add(edge['connectionId'], 'connection', ...up, 'contains');
  }
  for (const { doc, docType, elementId } of entriesOf(seen, 'elements'))
    add(`${doc}:${elementId}`, 'element', doc, docType, 'part');
  return [...found.values()].map(({ types: [up, down], row }) => ({
    ...row,
    upstream_type: knownType(up),
    downstream_type: knownType(down),
  }));
}

/** Entries of what all kinds of documents hold, each with the document it belongs to. */
function entriesOf(seen: Seen, child: 'sources' | 'elements' | 'lineage'): Entry[] {
  return KINDS.flatMap(({ type: docType, prefix, id }) =>
    seen.live(`${prefix}_${child}`).map((entry): Entry => ({ ...entry, doc: entry[id], docType })),
  );
}

/** Custom SQL among sources that has an id. */
function sqlSources(seen: Seen): Entry[] {
  return entriesOf(seen, 'sources').flatMap((source): Entry[] => {
    const { customSqlId: id, ...rest } = source;
    return id === undefined ? [] : [{ ...rest, id }];
  });
}

/** The custom SQL that a document's lineage calls so, by the id that its sources have for the text. */
function customSql(seen: Seen, doc: unknown): Map<unknown, { id: string; name: unknown }> {
  const found = new Map<unknown, { id: string; name: unknown }>();
  for (const edge of entriesOf(seen, 'lineage')) {
    if (edge['doc'] !== doc || edge['type'] !== 'document' || edge['sourceType'] !== 'customSQL') continue;
    const { source, sourceNode, definition } = edge;
    const ids = sqlSources(seen)
      .filter((one) => one['doc'] === doc && one['definition'] === definition)
      .map((one) => one['id']);
    found.set(source, { id: `${doc}:${ids.sort(byText)[0] ?? source}`, name: (sourceNode as Entry)['name'] });
  }
  return found;
}

/** The names of the ends of an edge. */
function nodeNamer(seen: Seen, { doc }: Entry): (id: unknown, told: unknown) => [unknown, unknown] {
  const { elements, custom, kinds, models, datasets } = namesOf(seen).of(doc);
  return (id, told) => {
    const type = (told as Entry | null)?.['type'];
    if (elements.has(`${doc}/${id}`) || type === 'sheet') return [`${doc}:${id}`, 'element'];
    const sql = custom.get(id);
    if (sql !== undefined) return [sql.id, 'custom-sql'];
    const model = models.get(String(id).split('/')[0]);
    if (model !== undefined) return [model, 'data-model'];
    return [id, datasets.has(id) ? 'dataset' : (type ?? kinds.get(id) ?? 'unknown')];
  };
}

interface NamesOf {
  readonly elements: Set<unknown>;
  readonly custom: Map<unknown, { id: string; name: unknown }>;
  readonly kinds: Map<unknown, unknown>;
  readonly models: Map<unknown, unknown>;
  readonly datasets: ReturnType<Seen['ever']>;
}

/** Worked out again for each look at the organization. */
function namesOf(seen: Seen): { of(doc: unknown): NamesOf } {
  const elements = new Set(KINDS.flatMap(({ prefix }) => [...seen.ever(`${prefix}_elements`).keys()]));
  const datasets = seen.ever('datasets');
  const models = new Map<unknown, unknown>();
  for (const [id, { entry }] of seen.ever('data_models')) models.set(id, id).set(entry['dataModelUrlId'], id);
  return {
    of(doc) {
      const told = entriesOf(seen, 'lineage').filter(
        (one) => one['doc'] === doc && one['type'] === 'document',
      );
      const kinds = new Map(told.map(({ source, sourceType }) => [source, sourceType]));
      return { elements, datasets, models, kinds, custom: customSql(seen, doc) };
    },
  };
}

function knownType(types: Iterable<unknown>): unknown {
  const known = [...types].filter((type) => type !== 'unknown');
  return known.sort(byText).at(-1) ?? 'unknown';
}

/** `lineage_nodes`. */
export function nodes(seen: Seen): Row[] {
  const types = new Map<unknown, Set<unknown>>();
  const note = (id: unknown, type: unknown): unknown => types.set(id, (types.get(id) ?? new Set()).add(type));
  for (const edge of edges(seen)) {
    note(edge['upstream_id'], edge['upstream_type']);
    note(edge['downstream_id'], edge['downstream_type']);
  }
  const [datasets, connections] = [seen.ever('datasets'), seen.ever('connections')];
  const paths = seen.ever('connection_paths');
  const documents = KINDS.map((kind) => ({ ...kind, all: seen.ever(kind.rows) }));
  const grants = [...seen.ever('connection_path_grants').values()];
  const told = new Map<unknown, unknown>();
  const remember = (id: unknown, name: unknown): unknown =>
    name !== undefined &&
    (told.get(id) === undefined || byText(name, told.get(id)) < 0) &&
    told.set(id, name);
  for (const edge of entriesOf(seen, 'lineage')) {
    const { source, sourceNode } = edge;
    const { type, name } = (sourceNode ?? {}) as Entry;
    if (type === 'customSQL') {
      const sql = customSql(seen, edge['doc']).get(source);
      remember(sql?.id, sql?.name);
    } else if (type !== 'sheet' && type !== 'data-model') remember(source, name);
  }
  return [...types].map(([id, kinds]) => {
    const type = knownType(kinds);
    const isPart = type === 'element' || type === 'custom-sql';
    const [documentId, elementId] = isPart ? String(id).split(':') : [id];
    const kind = documents.find(({ all }) => all.has(documentId));
    const document = kind?.all.get(documentId);
    const part = type === 'element' && kind ? seen.ever(`${kind.prefix}_elements`) : undefined;
    const image =
      (type === 'connection' ? connections.get(id) : undefined) ??
      datasets.get(id) ??
      part?.get(`${documentId}/${elementId}`) ??
      (isPart ? undefined : document);
    const urlId = grants.find(({ entry }) => entry['inodeId'] === id)?.entry['connectionPathId'] ?? id;
    const place = seen.live('source_tables').find(({ inodeId }) => inodeId === id);
    const path = paths.get(urlId);
    const pathName = ((place ?? path?.entry)?.['path'] as string[] | undefined)?.join('.');
    return {
      node_id: id,
      type,
      name: image?.entry['name'] ?? pathName ?? told.get(id) ?? null,
      document_type: kind?.type ?? null,
      document_id: kind === undefined ? null : documentId,
      owner_id: document?.entry['ownerId'] ?? null,
      is_gone: image?.isGone ?? (place === undefined ? path?.isGone : false) ?? false,
      is_archived: (document ?? image)?.entry['isArchived'] ?? false,
    };
  });
}

/** The nodes and edges of lineage. */
export interface Graph {
  readonly edges: readonly Row[];
  readonly nodes: readonly Row[];
}

/** `impact_of` of a node, or `upstream_of` from the other end: what is reached, and in how many steps. */
export function walk(graph: Graph, from: 'upstream_id' | 'downstream_id', start: string): Row[] {
  const to = from === 'upstream_id' ? 'downstream_id' : 'upstream_id';
  const depths = new Map<unknown, number>([[start, 0]]);
  // As long as anything is still reached: no queue that could be wrong in the way of the model's.
  for (let depth = 1, isMore = true; isMore; depth++) {
    const next = graph.edges.filter((edge) => depths.get(edge[from]) === depth - 1 && !depths.has(edge[to]));
    for (const edge of next) depths.set(edge[to], depth);
    isMore = next.length > 0;
  }
  depths.delete(start);
  const named = new Map(graph.nodes.map((node) => [node['node_id'], node]));
  return [...depths].map(([id, depth]) => {
    const { is_gone, ...node } = named.get(id) ?? {};
    return { ...node, node_id: id, depth };
  });
}
