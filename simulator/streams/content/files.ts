/** Files: workspaces, then folders, then workbooks, then reports, as the owner of the credentials sees them. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { choices, flag } from '../../http/query.ts';
import { type Entry, stampsBy } from '../../store/entry.ts';
import { folderName } from '../../store/names.ts';
import { concatenated } from '../../store/ordered.ts';
import { PERMISSIONS, parentOf } from '../access/grants.ts';
import { mutation } from '../mutation.ts';
import { membersOf, ownerOf } from '../shared/people.ts';
import { anyWorkspaceId, foldersOf, insertFolder, isPlace, workspacesOf } from '../shared/places.ts';
import { reportDocuments } from '../shared/report-table.ts';
import { fileWorkbooks } from '../shared/workbook-table.ts';
import { PAGED_ESCAPED, type Stream } from '../stream.ts';
import { shiftWorkspaces } from './workspaces.ts';
import { type File, fileEntry, fileOf } from '../shared/file-entries.ts';

const TYPES = [
  ...(['workspace', 'folder', 'workbook', 'dataset', 'sql', 'worksheet', 'dashboard', 'template'] as const),
  ...(['table', 'symlink', 'report'] as const),
];

function list({ store, views, query }: Call): Listing {
  const types = choices(query, 'typeFilters', TYPES);
  const [permission] = choices(query, 'permissionFilter', PERMISSIONS);
  const directOnly = flag(query, 'directChildFilter');
  const name = query.get('name');
  const parentId = query.get('parentId');
  const shown = (type: (typeof TYPES)[number]): boolean => types.length === 0 || types.includes(type);
  const all = concatenated<File>([
    ...(shown('workspace') ? [views.permitted(workspacesOf(store).list)] : []),
    ...(shown('folder') ? [views.permitted(foldersOf(store).list)] : []),
    ...(shown('workbook') ? [views.permitted(fileWorkbooks(store))] : []),
    ...(shown('report') ? [views.permitted(reportDocuments.files(store))] : []),
  ]);
  const render = (file: File): Entry => fileEntry(store, file);
  if (name === null && parentId === null && permission === undefined) return listing(all, render);
  const isIn = (file: Entry): boolean => {
    if (parentId === null || file['parentId'] === parentId) return true;
    let above: string | undefined = directOnly ? undefined : String(file['parentId']);
    while (above !== undefined && above !== parentId) above = parentOf(store, above);
    return above !== undefined;
  };
  const found = all
    .slice(0, all.length)
    .map(render)
    .filter((file) => name === null || file['name'] === name)
    .filter((file) => permission === undefined || file['permission'] === permission)
    .filter(isIn);
  return listing(found, (file) => file);
}

function get(call: Call): Entry {
  const id = param(call, 'inodeId');
  const file = fileOf(call.store, id);
  if (file === undefined) throw new Refusal(404, 'file not found');
  // Files are what the owner of the credentials sees: there is no skipPermissionCheck here.
  const isHidden = ('hidden' in file && file.hidden) || call.views.lost(id);
  if (isHidden) throw new Refusal(403, 'no access to this file');
  return fileEntry(call.store, file);
}

export const files = {
  endpoints: [
    {
      path: '/v2/files',
      ...PAGED_ESCAPED,
      list,
      shift: shiftWorkspaces,
    },
    { path: '/v2/files/{inodeId}', get },
  ],
  *truth(store) {
    for (const all of [
      workspacesOf(store).list,
      foldersOf(store).list,
      fileWorkbooks(store),
      reportDocuments.files(store),
    ])
      for (const file of all) yield fileEntry(store, file);
  },
  /** Makes folders. */
  make(store) {
    const random = store.generator('folders');
    const all = membersOf(store).list.toArray();
    const parents = [...workspacesOf(store).list].map(({ id }) => id);
    for (let i = 0; i < store.sizes.folders; i++) {
      const ownerId = random.pick(all).id;
      const id = random.uuid();
      insertFolder(store, {
        order: store.nextOrder(),
        id,
        urlId: random.base62(22),
        name: folderName(random),
        parentId: parents.length === 0 ? ownerOf(store).homeFolderId : random.pick(parents),
        ownerId,
        ...stampsBy(random, ownerId),
      });
      parents.push(id);
    }
  },
  mutations: {
    addFolder: mutation(1, ['parentId', 'name', 'front'], (store, parentId, name, placement) => {
      if (parentId !== undefined && !isPlace(store, parentId))
        throw new RangeError(`no workspace or folder has the id ${parentId}`);
      const id = store.random.uuid();
      insertFolder(store, {
        order: store.nextOrder(placement),
        id,
        urlId: store.random.base62(22),
        name: name ?? folderName(store.random),
        parentId: parentId ?? anyWorkspaceId(store),
        ownerId: store.ownerId,
        ...store.fresh(),
      });
      return id;
    }),
  },
  tables: { folders: foldersOf },
} satisfies Stream;
