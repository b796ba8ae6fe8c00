/** Models about where data comes from and goes, worked out naively. */
import { byText, type Entry, type Row, type Seen } from './seen.ts';

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
    const table = inodes.map(({ entry }) => entry['inodeId']).sort(byText)[0] ?? urlId;
    const levels = (path as unknown[]).length;
    if (levels >= 2 && levels === deepest.get(connectionId))
      add(connectionId, 'connection', table, 'table', 'contains');
  }
  for (const { datasetId, inodeId, type } of seen.live('dataset_sources'))
    add(inodeId, type, datasetId, 'dataset', 'source');
  for (const source of seen.live('data_model_sources')) {
    const { tableId, datasetId, sourceDataModelId, inodeId, dataModelId, type } = source;
    add(tableId ?? datasetId ?? sourceDataModelId ?? inodeId, type, dataModelId, 'data-model', 'source');
  }
  for (const { inodeId, dataModelId, workbookId, type } of seen.live('workbook_sources'))
    add(inodeId ?? dataModelId, type, workbookId, 'workbook', 'source');
  const [elements, datasets] = [seen.ever('workbook_elements'), seen.ever('datasets')];
  const models = seen.ever('data_models');
  for (const edge of seen.live('workbook_lineage')) {
    const node = (id: unknown, told: unknown): [unknown, unknown] => {
      const type = (told as Entry | null)?.['type'];
      if (elements.has(`${edge['workbookId']}/${id}`) || type === 'sheet')
        return [`${edge['workbookId']}:${id}`, 'element'];
      return [id, datasets.has(id) ? 'dataset' : models.has(id) ? 'data-model' : (type ?? 'unknown')];
    };
    const [up, down] = [node(edge['source'], edge['sourceNode']), node(edge['target'], edge['targetNode'])];
    add(...up, ...down, edge['type']);
  }
  for (const { workbookId, elementId } of seen.live('workbook_elements'))
    add(`${workbookId}:${elementId}`, 'element', workbookId, 'workbook', 'part');
  return [...found.values()].map(({ types: [up, down], row }) => ({
    ...row,
    upstream_type: knownType(up),
    downstream_type: knownType(down),
  }));
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
  const ever = (stream: string): ReturnType<Seen['ever']> => seen.ever(stream);
  const [datasets, models, books] = [ever('datasets'), ever('data_models'), ever('workbooks')];
  const [connections, elements, paths] = [
    ever('connections'),
    ever('workbook_elements'),
    ever('connection_paths'),
  ];
  const grants = [...ever('connection_path_grants').values()];
  const told = new Map<unknown, unknown>();
  for (const { source, sourceNode } of seen.live('workbook_lineage')) {
    const { type, name } = (sourceNode ?? {}) as Entry;
    if (type !== 'sheet' && name !== undefined) told.set(source, name);
  }
  return [...types].map(([id, kinds]) => {
    const type = knownType(kinds);
    const [bookId, elementId] = String(id).split(':');
    const image =
      (type === 'connection' ? connections.get(id) : undefined) ??
      datasets.get(id) ??
      models.get(id) ??
      (type === 'element' ? elements.get(`${bookId}/${elementId}`) : undefined) ??
      (type === 'workbook' ? books.get(id) : undefined);
    const urlId = grants.find(({ entry }) => entry['inodeId'] === id)?.entry['connectionPathId'] ?? id;
    const path = paths.get(urlId);
    const book = type === 'element' || type === 'workbook' ? books.get(bookId) : undefined;
    const pathName = (path?.entry['path'] as string[] | undefined)?.join('.');
    return {
      node_id: id,
      type,
      name: image?.entry['name'] ?? pathName ?? told.get(id) ?? null,
      workbook_id: book === undefined ? null : bookId,
      owner_id: book?.entry['ownerId'] ?? models.get(id)?.entry['ownerId'] ?? null,
      is_gone: image?.isGone ?? path?.isGone ?? false,
      is_archived: book?.entry['isArchived'] ?? image?.entry['isArchived'] ?? false,
    };
  });
}

/** What lineage is made of. */
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
    const { type, name, workbook_id, owner_id, is_archived } = named.get(id) ?? {};
    return { node_id: id, type, name, workbook_id, owner_id, is_archived, depth };
  });
}
