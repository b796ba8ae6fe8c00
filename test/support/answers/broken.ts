/** Broken content, worked out naively. */
import { byText, KINDS, type Row, type Seen } from './seen.ts';

/** `broken_elements`. */
export function broken(seen: Seen): Row[] {
  return KINDS.flatMap(({ type, rows, prefix, id }) => {
    const found: Row[] = [];
    const documents = seen.by(rows, id);
    const add = (documentId: unknown, problem: string, objectId: unknown, more: Row): void => {
      const document = documents.get(documentId);
      if (document === undefined || document['isArchived'] === true) return;
      const { name, url, ownerId } = document;
      const of = {
        document_type: type,
        document_id: documentId,
        document_name: name,
        document_url: url,
        owner_id: ownerId,
      };
      found.push({ ...of, problem, object_id: objectId, ...more });
    };
    for (const [child, problem] of [
      ['elements', 'element error'],
      ...(type === 'data-model' ? [] : [['queries', 'query error'] as const]),
    ] as const)
      for (const { elementId, name, error, ...entry } of seen.live(`${prefix}_${child}`))
        if (error !== undefined)
          add(entry[id], problem, elementId, { name: name ?? null, detail: error, element_ids: [elementId] });
    for (const { elementId, columnId, label, formula, type: kind, ...entry } of seen.live(
      `${prefix}_columns`,
    ))
      if (kind === 'error')
        add(entry[id], 'formula error', `${elementId}/${columnId}`, {
          name: label,
          detail: formula,
          element_ids: [elementId],
        });
    for (const source of seen.live(`${prefix}_sources`)) {
      const { tableId, datasetId, sourceDataModelId, inodeId, dataModelId } = source;
      const model = type === 'data-model' ? sourceDataModelId : dataModelId;
      const sourceId = tableId ?? datasetId ?? inodeId ?? model;
      const state = stateOf(seen, sourceId);
      if (state === undefined) continue;
      add(source[id], `source ${state.what}`, source['sourceKey'], {
        name: state.name,
        detail: source['type'],
        element_ids: usersOf(seen, { prefix, id }, source[id], sourceId),
      });
    }
    return found;
  });
}

/** Elements of a document that use a source, by its id or, of a data model, that of its address. */
function usersOf(
  seen: Seen,
  { prefix, id }: { readonly prefix: string; readonly id: string },
  documentId: unknown,
  sourceId: unknown,
): unknown[] {
  const ids = [sourceId, seen.ever('data_models').get(sourceId)?.entry['dataModelUrlId']];
  const users = seen
    .live(`${prefix}_lineage`)
    .filter((edge) => edge[id] === documentId && edge['type'] !== 'document')
    .filter((edge) => ids.includes(String(edge['source']).split('/')[0]))
    .map((edge) => edge['elementId']);
  return [...new Set(users)].sort(byText);
}

/** The fate of a source that was there once. */
function stateOf(seen: Seen, id: unknown): { what: 'gone' | 'archived'; name: unknown } | undefined {
  const image = ['datasets', 'data_models', 'files']
    .map((stream) => seen.ever(stream).get(id))
    .find((one) => one);
  if (image?.isGone === true) return { what: 'gone', name: image.entry['name'] };
  if (image !== undefined)
    return image.entry['isArchived'] === true ? { what: 'archived', name: image.entry['name'] } : undefined;
  const grant = [...seen.ever('connection_path_grants').values()].find(
    ({ entry }) => entry['inodeId'] === id,
  );
  const path = seen.ever('connection_paths').get(grant?.entry['connectionPathId']);
  return path?.isGone === true ? { what: 'gone', name: (path.entry['path'] as unknown[]).at(-1) } : undefined;
}
