/** Files as the API shows them. */
import { type Entry, stamps } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { type Folder, foldersOf, pathOf, type Workspace, workspacesOf } from './places.ts';
import { isFile, type Workbook, workbooksOf } from './workbook-table.ts';

export type File = Workspace | Folder | Workbook;

/** A workspace, folder or workbook that is listed. */
export function fileOf(store: Store, id: string): File | undefined {
  const workbook = workbooksOf(store).get(id);
  if (workbook !== undefined) return isFile(workbook) ? workbook : undefined;
  return workspacesOf(store).get(id) ?? foldersOf(store).get(id);
}

export function fileEntry(store: Store, file: File): Entry {
  const parentId = 'parentId' in file ? file.parentId : store.rootId;
  const workbook = 'version' in file ? file : undefined;
  return {
    id: file.id,
    urlId: file.urlId,
    name: file.name,
    type: workbook !== undefined ? 'workbook' : 'parentId' in file ? 'folder' : 'workspace',
    parentId,
    parentUrlId: urlIdOf(store, parentId),
    ...(store.newerFields && store.sometimes(file.id, 6) && { parentSourceUrlId: urlIdOf(store, parentId) }),
    permission: store.sometimes(file.id, 4) ? 'explore' : 'edit',
    path: pathOf(store, parentId),
    badge: store.sometimes(file.id, 9) ? 'endorsed' : null,
    isArchived: workbook?.archived ?? false,
    ...(workbook?.description !== undefined && { description: workbook.description }),
    ...('ownerId' in file && { ownerId: file.ownerId }),
    ...stamps(file),
  };
}

function urlIdOf(store: Store, id: string): string {
  const place = workspacesOf(store).get(id) ?? foldersOf(store).get(id);
  return place?.urlId ?? id.replaceAll('-', '').slice(0, 22);
}
