/** Files as the API shows them. */
import { noveltiesOf } from '../../http/endpoint.ts';
import { type Entry, stamps } from '../../store/entry.ts';
import { shortId } from '../../store/short-id.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { type ConnectionPath, connectionPathsOf, connectionsOf } from './connections.ts';
import { type DataModel, type Dataset, dataModelsOf, datasetsOf } from './data-documents.ts';
import { type Document, isFile } from './document-table.ts';
import { type Folder, foldersOf, pathOf, type Workspace, workspacesOf } from './places.ts';
import { type Named, referencesOf } from './references.ts';
import { reportsOf } from './report-table.ts';
import { workbooksOf } from './workbook-table.ts';

export type File = Workspace | Folder | Document | DataModel | Dataset;

/** Permissions on a document or folder, each with all that those before it allow. */
export const PERMISSIONS = ['view', 'explore', 'organize', 'edit'] as const;

/** True where someone who has one permission may do what the other allows. */
export function allows(has: unknown, wanted: (typeof PERMISSIONS)[number]): boolean {
  const known: readonly unknown[] = PERMISSIONS;
  return known.indexOf(has) >= known.indexOf(wanted);
}

/** Tables of files in the order of the listing, and the type that it gives them. */
const KINDS = [
  ['workspace', workspacesOf],
  ['folder', foldersOf],
  ['workbook', workbooksOf],
  ['report', reportsOf],
  ['data-model', dataModelsOf],
  ['dataset', datasetsOf],
] as const;

/** True for types that `/v2/files` lists only since 2026. */
const isDataFile = (type: unknown): boolean => type === 'data-model' || type === 'dataset';

/** False for an organization whose files are those of 2025. */
export const hasDataFiles = (store: Store): boolean => noveltiesOf(store).dataFiles;

function kindOf(store: Store, id: string): (typeof KINDS)[number] | undefined {
  return KINDS.find(([, table]) => table(store).get(id) !== undefined);
}

/** A workspace, folder or document that can be listed. */
export function fileOf(store: Store, id: string): File | undefined {
  const [type, table] = kindOf(store, id) ?? [];
  if (table === undefined || (isDataFile(type) && !hasDataFiles(store))) return undefined;
  const document = workbooksOf(store).get(id) ?? reportsOf(store).get(id);
  return document !== undefined && !isFile(document) ? undefined : table(store).get(id);
}

export function fileEntry(store: Store, file: File): Entry {
  const parentId = 'parentId' in file ? file.parentId : store.rootId;
  return {
    id: file.id,
    urlId: file.urlId,
    name: file.name,
    type: kindOf(store, file.id)?.[0],
    parentId,
    parentUrlId: urlIdOf(store, parentId),
    ...(store.newerFields && store.sometimes(file.id, 6) && { parentSourceUrlId: urlIdOf(store, parentId) }),
    permission: store.sometimes(file.id, 4) ? 'explore' : 'edit',
    path: pathOf(store, parentId),
    badge: store.sometimes(file.id, 9) ? 'endorsed' : null,
    isArchived: 'archived' in file && file.archived,
    ...('description' in file && file.description !== undefined && { description: file.description }),
    ...('ownerId' in file && { ownerId: file.ownerId }),
    ...stamps(file),
  };
}

/** The short id of anything that a grant can name, or that files are in. */
export function urlIdOf(store: Store, id: string): string {
  const [, table] = kindOf(store, id) ?? [];
  return (
    table?.(store).get(id)?.urlId ?? (store.drawnShortIds ? id.replaceAll('-', '').slice(0, 22) : shortId(id))
  );
}

/**
 * Warehouse tables as files: those of the connections, then those that sources name. The path begins with the name of
 * the connection, and then come database and schema. [dagster]
 */
export function tableEntries(store: Store): Entry[] {
  const named = referencesOf(store).tables;
  const known = new Set(named.map(({ id }) => id));
  const paths = connectionPathsOf(store).list.toArray();
  const listed = paths.filter(({ path, inodeId }) => path.length === 3 && !known.has(inodeId));
  return [...listed.map((path) => ofPath(store, path)), ...namedTablesOf(store)];
}

/** No source tells the connection of these tables; here it is the first. */
const namedTablesOf = oneOf((store) => {
  const connection = connectionsOf(store).list.at(0);
  const [above, id] = [connection?.name ?? 'Warehouse', connection?.id ?? store.rootId];
  return referencesOf(store).tables.map((named) => tableEntry(store, named, `${above}/ANALYTICS/PUBLIC`, id));
});

function ofPath(store: Store, { inodeId, connectionId, path }: ConnectionPath): Entry {
  const connection = connectionsOf(store).get(connectionId)?.name ?? '';
  const above = [connection, ...path.slice(0, -1)].join('/');
  return tableEntry(store, { id: inodeId, name: path.at(-1) ?? '' }, above, connectionId);
}

function tableEntry(store: Store, { id, name }: Named, path: string, parentId: string): Entry {
  const at = { createdAt: store.start, updatedAt: store.start };
  return {
    ...{ id, urlId: urlIdOf(store, id), name, type: 'table' },
    ...{ parentId, parentUrlId: urlIdOf(store, parentId), permission: 'view', path },
    ...{ badge: null, isArchived: false },
    ...stamps({ ...at, createdBy: store.ownerId, updatedBy: store.ownerId }),
  };
}
