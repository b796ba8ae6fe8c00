/** Files as the API shows them. */
import { type Entry, stamps } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import { type Folder, foldersOf, pathOf, type Workspace, workspacesOf } from './places.ts';
import { type Document, isFile } from './document-table.ts';
import { reportsOf } from './report-table.ts';
import { workbooksOf } from './workbook-table.ts';

export type File = Workspace | Folder | Document;

/** A workspace, folder, workbook or report that is listed. */
export function fileOf(store: Store, id: string): File | undefined {
  const document = workbooksOf(store).get(id) ?? reportsOf(store).get(id);
  if (document !== undefined) return isFile(document) ? document : undefined;
  return workspacesOf(store).get(id) ?? foldersOf(store).get(id);
}

export function fileEntry(store: Store, file: File): Entry {
  const parentId = 'parentId' in file ? file.parentId : store.rootId;
  const document = 'version' in file ? file : undefined;
  return {
    id: file.id,
    urlId: file.urlId,
    name: file.name,
    type: document !== undefined ? kindOf(store, document) : 'parentId' in file ? 'folder' : 'workspace',
    parentId,
    parentUrlId: placeUrlId(store, parentId),
    permission: store.sometimes(file.id, 4) ? 'explore' : 'edit',
    path: pathOf(store, parentId),
    badge: store.sometimes(file.id, 9) ? 'endorsed' : null,
    isArchived: document?.archived ?? false,
    ...(document?.description !== undefined && { description: document.description }),
    ...('ownerId' in file && { ownerId: file.ownerId }),
    ...stamps(file),
  };
}

function kindOf(store: Store, { id }: Document): string {
  return reportsOf(store).get(id) === undefined ? 'workbook' : 'report';
}

/** The short id of a workspace or folder, or of what is no file, such as the My Documents of members. */
export function placeUrlId(store: Store, id: string): string {
  const place = workspacesOf(store).get(id) ?? foldersOf(store).get(id);
  return place?.urlId ?? id.replaceAll('-', '').slice(0, 22);
}
