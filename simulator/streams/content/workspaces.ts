/** Workspaces: what everything shared is in. */
import type { Call } from '../../http/endpoint.ts';
import { type Entry, stamps, stampsBy } from '../../store/entry.ts';
import { workspaceName } from '../../store/names.ts';
import { addedInFront } from '../../store/ordered.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { deletion, mutation, renaming } from '../mutation.ts';
import { type DataModel, type Dataset, dataModelsOf, datasetsOf } from '../shared/data-documents.ts';
import { grantsOf } from '../shared/grants.ts';
import { membersOf } from '../shared/people.ts';
import { dropFolder, foldersIn, type Workspace, workspacesOf } from '../shared/places.ts';
import { reportDocuments } from '../shared/report-table.ts';
import { workbookDocuments } from '../shared/workbook-table.ts';
import { PAGED_MORE, PAGED_OR_ARRAY, rootStream, type Stream } from '../stream.ts';

const DOCUMENTS = [workbookDocuments, reportDocuments] as const;

function hasFiles(store: Store, id: string): boolean {
  const documents = DOCUMENTS.some(({ inPlace }) => inPlace(store).of(id).length > 0);
  return documents || foldersIn(store).of(id).length > 0;
}

function dataIn(store: Store, placeId: string): (DataModel | Dataset)[] {
  const all = [...dataModelsOf(store).list, ...datasetsOf(store).list];
  return all.filter(({ parentId }) => parentId === placeId);
}

/** Deletes what is in a workspace or folder. */
function empty(store: Store, placeId: string): void {
  for (const { inPlace, remove } of DOCUMENTS)
    for (const document of inPlace(store).of(placeId).toArray()) remove(store, document);
  for (const folder of foldersIn(store).of(placeId).toArray()) {
    empty(store, folder.id);
    grantsOf(store).deleteOf(folder.id);
    dropFolder(store, folder);
  }
  for (const one of dataIn(store, placeId)) {
    grantsOf(store).deleteOf(one.id);
    if ('tags' in one) dataModelsOf(store).delete(one);
    else datasetsOf(store).delete(one);
  }
}

const addWorkspace = mutation(1, ['name', 'front'], (store, name, placement) => {
  const all = workspacesOf(store);
  const ids = newIds(store, store.random);
  all.add({
    order: store.nextOrder(placement),
    ...ids,
    name: name ?? workspaceName(store.random, all.size + 1),
    ...store.fresh(),
  });
  return ids.id;
});

/** Deletes a workspace with everything in it. Without an id only an empty one is chosen. */
const deleteWorkspace = deletion(
  workspacesOf,
  (store, { id }) => {
    empty(store, id);
    grantsOf(store).deleteOf(id);
  },
  ({ id }, store) => !hasFiles(store, id) && dataIn(store, id).length === 0,
);

/** Adds a workspace in front, or takes one away. Workspaces come first among the files: their listing shifts, too. */
export function shiftWorkspaces({ store }: Call, remove: boolean): void {
  const added = remove ? addedInFront(workspacesOf(store).list) : undefined;
  if (added !== undefined && !hasFiles(store, added.id)) deleteWorkspace.run(store, { id: added.id });
  else addWorkspace.run(store, { front: true });
}

function render({ newerFields }: Store, { id, urlId, name, ...made }: Workspace): Entry {
  // Since 2026; not in the specification.
  return { workspaceId: id, ...(newerFields && { workspaceUrlId: urlId }), name, ...stamps(made) };
}

export const workspaces = {
  ...rootStream({
    paths: [
      { path: '/v2/workspaces', ...PAGED_OR_ARRAY },
      { path: '/v2.1/workspaces', ...PAGED_MORE },
    ],
    single: '/v2/workspaces/{workspaceId}',
    missing: 'workspace not found',
    table: workspacesOf,
    render,
    select({ views, query }, list) {
      const name = query.get('name');
      return name === null ? list : views.filtered(list, `name ${name}`, (one) => one.name === name);
    },
    shift: shiftWorkspaces,
  }),
  make(store) {
    const random = store.generator('folders');
    const all = membersOf(store).list.toArray();
    for (let i = 0; i < store.sizes.workspaces; i++) {
      workspacesOf(store).add({
        order: store.nextOrder(),
        ...newIds(store, random),
        name: workspaceName(random, i + 1),
        ...stampsBy(random, random.pick(all).id),
      });
    }
  },
  mutations: {
    addWorkspace,
    /** Renames a workspace: the paths below change, the `updatedAt` of what is below does not. */
    renameWorkspace: renaming(
      workspacesOf,
      ({ random }) => `${workspaceName(random, 1)} renamed ${random.below(1e6)}`,
    ),
    deleteWorkspace,
  },
  tables: { workspaces: workspacesOf },
} satisfies Stream;
