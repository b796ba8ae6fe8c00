/** Containers of documents: workspaces, folders and the My Documents of members. */
import type { Stamped } from '../../store/entry.ts';
import { Lists } from '../../store/ordered.ts';
import { oneOf, type Store, tableOf } from '../../store/store.ts';
import { parent } from '../parents.ts';
import { homesOf, ownerOf } from './people.ts';

export interface Workspace extends Stamped {
  readonly urlId: string;
  name: string;
}

export interface Folder extends Stamped {
  readonly urlId: string;
  readonly name: string;
  readonly parentId: string;
  readonly ownerId: string;
}

export const workspacesOf = tableOf<Workspace>();
export const workspaceParent = parent('workspaceId', 'workspace', workspacesOf);
export const foldersOf = tableOf<Folder>();
/** Folders by what they are in. */
export const foldersIn = oneOf(() => new Lists<Folder>());

export function insertFolder(store: Store, folder: Folder): void {
  foldersOf(store).add(folder);
  foldersIn(store).add(folder.parentId, folder);
}

export function dropFolder(store: Store, folder: Folder): void {
  foldersOf(store).delete(folder);
  foldersIn(store).delete(folder.parentId, folder);
}

/** True for what folders and documents can be in. */
export function isPlace(store: Store, id: string): boolean {
  return [workspacesOf(store), foldersOf(store)].some((all) => all.get(id)) || homesOf(store).has(id);
}

/** Ids of workspaces and folders, or of the owner's My Documents where there are none. */
export function placesOf(store: Store): string[] {
  const found = [...workspacesOf(store).list, ...foldersOf(store).list].map(({ id }) => id);
  return found.length > 0 ? found : [ownerOf(store).homeFolderId];
}

/** Id of some workspace, or of the owner's My Documents where there is none. */
export function anyWorkspaceId(store: Store): string {
  const workspaces = workspacesOf(store);
  return workspaces.size === 0 ? ownerOf(store).homeFolderId : store.chosen(workspaces, undefined).id;
}

/**
 * Names of the folders above, joined. Renaming a workspace changes the path of all it holds although their
 * `updatedAt` does not move.
 */
export function pathOf(store: Store, parentId: string): string {
  const workspace = workspacesOf(store).get(parentId);
  if (workspace !== undefined) return workspace.name;
  const folder = foldersOf(store).get(parentId);
  if (folder !== undefined) {
    const above = pathOf(store, folder.parentId);
    return above === '' ? folder.name : `${above}/${folder.name}`;
  }
  return homesOf(store).has(parentId) ? 'My Documents' : '';
}
