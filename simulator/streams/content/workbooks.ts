/** Workbooks: with their tagged versions and, where they are asked for, unsaved explorations. */
import { Refusal } from '../../http/answer.ts';
import { type Call, param } from '../../http/endpoint.ts';
import { type Listing, listing } from '../../http/listing.ts';
import { flag } from '../../http/query.ts';
import { type Entry, iso, stamps, stampsBy } from '../../store/entry.ts';
import { description, workbookTitle } from '../../store/names.ts';
import { addedInFront } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import type { Placement, Store } from '../../store/store.ts';
import { deletion, mutation, renaming } from '../mutation.ts';
import { membersOf, ownerOf } from '../shared/people.ts';
import { anyWorkspaceId, foldersOf, pathOf, workspacesOf } from '../shared/places.ts';
import { tagName, versionTagsOf } from '../shared/version-tags.ts';
import {
  insertWorkbook,
  isFile,
  isOrdinary,
  markArchived,
  removeWorkbook,
  type Workbook,
  type WorkbookFilter,
  workbooksOf,
  workbooksWhere,
} from '../shared/workbook-table.ts';
import { PAGED_MORE, type Stream } from '../stream.ts';

/** The address of a workbook in the browser. */
export function workbookUrl({ name, urlId }: Workbook): string {
  return `https://app.sigmacomputing.com/example/workbook/${name.replace(/[^A-Za-z0-9]+/g, '-')}-${urlId}`;
}

function render(store: Store, workbook: Workbook): Entry {
  return {
    workbookId: workbook.id,
    workbookUrlId: workbook.urlId,
    ...stamps(workbook),
    name: workbook.name,
    url: workbookUrl(workbook),
    path: pathOf(store, workbook.parentId),
    latestVersion: workbook.version,
    ownerId: workbook.ownerId,
    isArchived: workbook.archived,
    ...(workbook.tags !== undefined && { tags: tagEntries(store, workbook) }),
    ...(workbook.description !== undefined && { description: workbook.description }),
    ...(store.newerFields && store.sometimes(workbook.id, 3) && { owner: ownerField(store, workbook) }),
  };
}

/** The tags of a workbook, as its entry and the listing of its own have them. */
export function tagEntries(store: Store, { tags = [] }: Workbook): Entry[] {
  return tags.map(({ versionTagId, sourceWorkbookVersion, taggedWorkbookId, taggedAt }) => ({
    versionTagId,
    name: tagName(store, versionTagId),
    sourceWorkbookVersion,
    taggedWorkbookId,
    workbookTaggedAt: iso(taggedAt),
  }));
}

/** Newer than the specification: seen on some organizations only. */
function ownerField(store: Store, { ownerId }: Workbook): Entry {
  const owner = membersOf(store).get(ownerId);
  if (owner === undefined) return { name: '', email: '' };
  return { name: `${owner.firstName} ${owner.lastName}`, email: owner.email };
}

function filterOf({ query }: Call): WorkbookFilter {
  return {
    archived: flag(query, 'isArchived'),
    everyones: flag(query, 'skipPermissionCheck'),
    tagged: !flag(query, 'excludeTags'),
    explorations: !flag(query, 'excludeExplorations'),
  };
}

function list(call: Call): Listing {
  const { store, views } = call;
  const items = views.permitted(workbooksWhere(store, filterOf(call)));
  return listing(items, (workbook) => render(store, workbook));
}

function shift(call: Call, remove: boolean): void {
  const { store } = call;
  const filter = filterOf(call);
  const added = remove ? addedInFront(workbooksWhere(store, filter)) : undefined;
  if (added !== undefined) {
    mutations.deleteWorkbook.run(store, { id: added.id });
    return;
  }
  const id = mutations.addWorkbook.run(store, { front: true });
  if (filter.archived) mutations.archiveWorkbook.run(store, { id });
}

/** The owner of the credentials is an admin and can read every workbook by its id. */
function get(call: Call): Entry {
  const workbook = workbooksOf(call.store).get(param(call, 'workbookId'));
  if (workbook === undefined) throw new Refusal(404, 'workbook not found');
  if (call.views.lost(workbook.id)) throw new Refusal(403, 'no access to this workbook');
  return render(call.store, workbook);
}

function make(store: Store): void {
  const random = store.generator('workbooks');
  const { sizes } = store;
  const all = membersOf(store).list.toArray();
  const others = all.slice(1);
  const parents = [...workspacesOf(store).list, ...foldersOf(store).list].map(({ id }) => id);
  const archivedAt = (i: number): boolean =>
    Math.floor((i + 1) * sizes.archivedShare) > Math.floor(i * sizes.archivedShare);
  const live = sizes.workbooks - Math.floor(sizes.workbooks * sizes.archivedShare);
  let liveSeen = 0;
  let previous: Workbook | undefined;
  for (let i = 0; i < sizes.workbooks; i++) {
    const archived = archivedAt(i);
    const tagged = i % 40 === 7 && !archived && previous !== undefined && !previous.archived;
    const hidden = !tagged && i % 13 === 5 && others.length > 0;
    const owner = hidden ? random.pick(others) : random.pick(all);
    const version = 1 + random.below(9);
    const pages = sizes.pagesPerWorkbook ?? 1 + random.below(3);
    let elements = pages * sizes.elementsPerPage;
    if (sizes.elements !== undefined && !archived) elements = shareOf(sizes.elements, live, liveSeen);
    if (!archived) liveSeen++;
    const workbook: Workbook = {
      order: store.nextOrder(),
      id: random.uuid(),
      urlId: random.base62(22),
      name: workbookTitle(random),
      parentId: hidden || parents.length === 0 ? owner.homeFolderId : random.pick(parents),
      ownerId: owner.id,
      description: random.next() < 0.4 ? description(random) : undefined,
      hidden,
      exploration: false,
      taggedFrom: undefined,
      tags: undefined,
      archived,
      version,
      baseVersion: version,
      pages,
      elements,
      ...stampsBy(random, owner.id),
    };
    const made = tagged && previous !== undefined ? tagVersion(store, workbook, previous, random) : workbook;
    insertWorkbook(store, made);
    previous = made.taggedFrom === undefined && !hidden ? made : undefined;
    if (i % 50 === 11) insertWorkbook(store, exploration(store, workbook, random));
  }
}

/** The part of `total` that falls to the n-th of `count`: uneven, so that pages differ, and exact in sum. */
function shareOf(total: number, count: number, n: number): number {
  const base = Math.floor(total / count);
  const even = base + (n < total % count ? 1 : 0);
  const partner = n % 2 === 0 ? n + 1 : n - 1;
  if (partner >= count || base < 2) return even;
  const shift = (n >> 1) % base;
  return even + (n % 2 === 0 ? shift : -shift);
}

/** Turns `workbook` into a tagged version of `source` and notes the tag on the source. */
function tagVersion(store: Store, workbook: Workbook, source: Workbook, random: Random): Workbook {
  const tag = {
    versionTagId: random.pick(versionTagsOf(store).list.toArray()).id,
    sourceWorkbookVersion: source.version,
    taggedWorkbookId: workbook.id,
    taggedAt: source.updatedAt,
  };
  source.tags = [...(source.tags ?? []), tag];
  const { name, parentId, ownerId } = source;
  return { ...workbook, name, parentId, ownerId, taggedFrom: source.id };
}

/** An unsaved exploration of a workbook: listed only with skipPermissionCheck. */
function exploration(store: Store, of: Workbook, random: Random): Workbook {
  return {
    ...of,
    order: store.nextOrder(),
    id: random.uuid(),
    urlId: random.base62(22),
    name: `Exploration of ${of.name}`,
    exploration: true,
    tags: undefined,
    archived: false,
  };
}

/** Adds a workbook, of two pages and four elements where nothing is said, and returns its id. */
export function addWorkbook(
  store: Store,
  name?: string,
  placement: Placement = {},
  size = { pages: 2, elements: 4 },
): string {
  const { random } = store;
  const workbook: Workbook = {
    order: store.nextOrder(placement),
    id: random.uuid(),
    urlId: random.base62(22),
    name: name ?? workbookTitle(random),
    parentId: anyWorkspaceId(store),
    ownerId: ownerOf(store).id,
    description: undefined,
    hidden: false,
    exploration: false,
    taggedFrom: undefined,
    tags: undefined,
    archived: false,
    version: 1,
    baseVersion: 1,
    ...size,
    ...store.fresh(),
  };
  insertWorkbook(store, workbook);
  return workbook.id;
}

/** Publishes a version: `latestVersion` and `updatedAt` move and the elements change. */
export function publishVersion(store: Store, id?: string): string {
  const workbook = store.chosen(workbooksOf(store), id, isOrdinary);
  workbook.version++;
  store.touch(workbook);
  workbook.published = [...(workbook.published ?? []), workbook.updatedAt];
  return workbook.id;
}

function archive(store: Store, id: string | undefined, archived: boolean): string {
  const workbook = store.chosen(workbooksOf(store), id, archived ? isOrdinary : (one) => one.archived);
  markArchived(store, workbook, archived);
  store.touch(workbook);
  return workbook.id;
}

const mutations = {
  renameWorkbook: renaming(
    workbooksOf,
    // The version keeps a random name from being the old one by chance.
    ({ random }, { version }) => `${workbookTitle(random)} r${version}.${random.below(1e6)}`,
    { chance: 3, fits: isOrdinary },
  ),
  publishVersion: mutation(4, ['id'], publishVersion),
  addWorkbook: mutation(2, ['name', 'front'], addWorkbook),
  /** Deletes a workbook, its grants and its tagged versions. */
  deleteWorkbook: deletion(workbooksOf, removeWorkbook, isFile),
  archiveWorkbook: mutation(1, ['id'], (store, id) => archive(store, id, true)),
  unarchiveWorkbook: mutation(1, ['id'], (store, id) => archive(store, id, false)),
};

export const workbooks = {
  endpoints: [
    { path: '/v2/workbooks', ...PAGED_MORE, list, shift },
    { path: '/v2/workbooks/{workbookId}', get },
  ],
  *truth(store) {
    for (const one of workbooksOf(store).list) if (!one.exploration) yield render(store, one);
  },
  make,
  mutations,
  tables: { workbooks: workbooksOf },
} satisfies Stream;
