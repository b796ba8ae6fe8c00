/** Files: workspaces, folders, workbooks, reports, data models, datasets, as the owner of the credentials sees them. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { entriesListing, type Listing, listing } from '../../http/listing.ts';
import { choices, flag } from '../../http/query.ts';
import { type Entry, stampsBy } from '../../store/entry.ts';
import { folderName } from '../../store/names.ts';
import { concatenated, type Ordered, type Sliceable } from '../../store/ordered.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { parentOf } from '../access/grants.ts';
import { mutation } from '../mutation.ts';
import { type DataModel, type Dataset, dataModelsOf, datasetsOf } from '../shared/data-documents.ts';
import { isFile } from '../shared/document-table.ts';
import {
  allows,
  type File,
  fileEntry,
  fileOf,
  hasDataFiles,
  PERMISSIONS,
  tableEntries,
} from '../shared/file-entries.ts';
import { grantsOf } from '../shared/grants.ts';
import { memberParent, membersOf, ownerOf, teamsOf } from '../shared/people.ts';
import { anyWorkspaceId, foldersOf, insertFolder, isPlace, workspacesOf } from '../shared/places.ts';
import { reportDocuments, reportsOf } from '../shared/report-table.ts';
import { fileWorkbooks, workbooksOf } from '../shared/workbook-table.ts';
import { PAGED_ESCAPED, PAGED_MORE, type Stream } from '../stream.ts';
import { shiftWorkspaces } from './workspaces.ts';

const TYPES = [
  ...(['workspace', 'folder', 'workbook', 'dataset', 'sql', 'worksheet', 'dashboard', 'template'] as const),
  ...(['table', 'symlink', 'data-model', 'report'] as const),
];

type FileType = (typeof TYPES)[number];

/** Filter of a request for files, beside its page. */
interface FileFilter {
  readonly types: readonly FileType[];
  readonly shown: (type: FileType) => boolean;
  /** True where all files of the types are asked for. */
  readonly isAll: boolean;
  readonly keep: (file: Entry) => boolean;
}

function filterOf({ store, query }: Call): FileFilter {
  const types = choices(query, 'typeFilters', TYPES);
  const [permission] = choices(query, 'permissionFilter', PERMISSIONS);
  const directOnly = flag(query, 'directChildFilter');
  const name = query.get('name');
  const parentId = query.get('parentId');
  const isIn = (file: Entry): boolean => {
    if (parentId === null || file['parentId'] === parentId) return true;
    let above: string | undefined = directOnly ? undefined : String(file['parentId']);
    while (above !== undefined && above !== parentId) above = parentOf(store, above);
    return above !== undefined;
  };
  return {
    types,
    shown: (type) => types.length === 0 || types.includes(type),
    isAll: name === null && parentId === null && permission === undefined,
    keep: (file) =>
      (name === null || file['name'] === name) &&
      // DataHub asks for `view` and gets what it may edit, too: the permission is the least that counts. [DataHub]
      (permission === undefined || allows(file['permission'], permission)) &&
      isIn(file),
  };
}

function list(call: Call): Listing {
  const { store, views } = call;
  const { types, shown, isAll, keep } = filterOf(call);
  const seen = <T extends DataModel | Dataset>(all: Ordered<T>): Sliceable<T> =>
    views.permitted(all, 'files', (file) => !isHidden(file));
  const hasData = hasDataFiles(store);
  const files = concatenated<File>([
    ...(shown('workspace') ? [views.permitted(workspacesOf(store).list)] : []),
    ...(shown('folder') ? [views.permitted(foldersOf(store).list)] : []),
    ...(shown('workbook') ? [views.permitted(fileWorkbooks(store))] : []),
    ...(shown('report') ? [views.permitted(reportDocuments.files(store))] : []),
    ...(hasData && shown('data-model') ? [seen(dataModelsOf(store).list)] : []),
    ...(hasData && shown('dataset') ? [seen(datasetsOf(store).list)] : []),
  ]);
  // Tables, and symlinks, which nobody makes here, come only where they are asked for. [QS]
  const tables = hasData && types.includes('table') ? tableEntries(store) : [];
  const all = concatenated<File | Entry>([files, tables]);
  const render = (file: File | Entry): Entry => (isEntry(file) ? file : fileEntry(store, file));
  if (isAll) return listing(all, render);
  return entriesListing(all.slice(0, all.length).map(render).filter(keep));
}

/** In someone else's My Documents, and so not among the files. */
function isHidden(file: File): boolean {
  return 'hidden' in file && file.hidden;
}

const isEntry = (file: File | Entry): file is Entry => 'urlId' in file && 'type' in file;

/**
 * Files that a member may open: by grants of their own or of a team, on the object or on its container, and as its
 * owner. Nobody knows what an admin is shown beyond that; here it is nothing.
 */
function listOfMember(call: Call): Listing {
  const { store } = call;
  const member = memberParent.find(call);
  const teams = [...teamsOf(store).list].filter(({ members }) =>
    members.toArray().some(({ userId }) => userId === member.id),
  );
  const given = new Map<string, string>([[member.homeFolderId, 'edit']]);
  for (const { id } of [member, ...teams])
    for (const { inodeId, permission } of grantsOf(store).of(id))
      given.set(inodeId, higher(given.get(inodeId), permission));
  const permissionOf = (file: File): string | undefined => {
    let found: string | undefined = 'ownerId' in file && file.ownerId === member.id ? 'edit' : undefined;
    for (let at: string | undefined = file.id; at !== undefined; at = parentOf(store, at))
      found = higher(found, given.get(at));
    return found === '' ? undefined : found;
  };
  const { shown, keep } = filterOf(call);
  const found = everyFile(store).flatMap((file) => {
    const permission = permissionOf(file);
    const entry: Entry = { ...fileEntry(store, file), permission };
    return permission !== undefined && shown(entry['type'] as FileType) && keep(entry) ? [entry] : [];
  });
  return entriesListing(found);
}

/** The permission that allows more; empty where there is none. */
function higher(one = '', other = ''): string {
  return PERMISSIONS.some((known) => known === other && !allows(one, known)) ? other : one;
}

/** All that can be a file of someone, whether the owner of the credentials sees it or not. */
function everyFile(store: Store): File[] {
  const data = hasDataFiles(store) ? [...dataModelsOf(store).list, ...datasetsOf(store).list] : [];
  const documents = [...workbooksOf(store).list, ...reportsOf(store).list].filter(isFile);
  return [...workspacesOf(store).list, ...foldersOf(store).list, ...documents, ...data];
}

function get(call: Call): Entry {
  const id = param(call, 'inodeId');
  const file = fileOf(call.store, id);
  if (file === undefined) throw new Refusal(404, 'file not found');
  // Files are what the owner of the credentials sees: there is no skipPermissionCheck here.
  if (isHidden(file) || call.views.lost(id)) throw new Refusal(403, 'no access to this file');
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
    { path: '/v2/members/{memberId}/files', ...PAGED_MORE, list: listOfMember },
  ],
  *truth(store) {
    for (const all of [
      workspacesOf(store).list,
      foldersOf(store).list,
      fileWorkbooks(store),
      reportDocuments.files(store),
    ])
      for (const file of all) yield fileEntry(store, file);
    if (!hasDataFiles(store)) return;
    for (const file of [...dataModelsOf(store).list, ...datasetsOf(store).list])
      if (!isHidden(file)) yield fileEntry(store, file);
  },
  /** Makes folders. */
  make(store) {
    const random = store.generator('folders');
    const all = membersOf(store).list.toArray();
    const parents = [...workspacesOf(store).list].map(({ id }) => id);
    for (let i = 0; i < store.sizes.folders; i++) {
      const ownerId = random.pick(all).id;
      const ids = newIds(store, random);
      insertFolder(store, {
        order: store.nextOrder(),
        ...ids,
        name: folderName(random),
        parentId: parents.length === 0 ? ownerOf(store).homeFolderId : random.pick(parents),
        ownerId,
        ...stampsBy(random, ownerId),
      });
      parents.push(ids.id);
    }
  },
  mutations: {
    addFolder: mutation(1, ['parentId', 'name', 'front'], (store, parentId, name, placement) => {
      if (parentId !== undefined && !isPlace(store, parentId))
        throw new RangeError(`no workspace or folder has the id ${parentId}`);
      const ids = newIds(store, store.random);
      insertFolder(store, {
        order: store.nextOrder(placement),
        ...ids,
        name: name ?? folderName(store.random),
        parentId: parentId ?? anyWorkspaceId(store),
        ownerId: store.ownerId,
        ...store.fresh(),
      });
      return ids.id;
    }),
  },
  tables: { folders: foldersOf },
} satisfies Stream;
