/** Workbooks: with their tagged versions and, where they are asked for, unsaved explorations. */
import { type Entry, iso, stampsBy } from '../../store/entry.ts';
import { description, workbookTitle } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { documentChanges, tagVersion } from '../shared/document-changes.ts';
import { documentEntry, documentStream, documentUrl } from '../shared/document-stream.ts';
import { membersOf } from '../shared/people.ts';
import { foldersOf, workspacesOf } from '../shared/places.ts';
import { listsTags, tagName, versionTagsOf } from '../shared/version-tags.ts';
import { insertWorkbook, type Workbook, workbookDocuments, workbooksOf } from '../shared/workbook-table.ts';
import type { Stream } from '../stream.ts';

export const changes = documentChanges(workbookDocuments);

/** The address of a workbook in the browser. */
export const workbookUrl = (workbook: Workbook): string => documentUrl('workbook', workbook);

function render(store: Store, workbook: Workbook): Entry {
  return {
    workbookId: workbook.id,
    workbookUrlId: workbook.urlId,
    ...documentEntry(store, workbook, workbookUrl(workbook)),
    ...(workbook.tags !== undefined && listsTags(store) && { tags: tagEntries(store, workbook) }),
    ...(store.newerFields && store.sometimes(workbook.id, 3) && { owner: ownerField(store, workbook) }),
  };
}

/** The tags of a workbook, as its entry and the listing of its own have them. */
export function tagEntries(store: Store, { tags = [] }: Workbook): Entry[] {
  return tags.map(({ versionTagId, sourceVersion, taggedId, taggedAt }) => ({
    versionTagId,
    name: tagName(store, versionTagId),
    sourceWorkbookVersion: sourceVersion,
    taggedWorkbookId: taggedId,
    workbookTaggedAt: iso(taggedAt),
  }));
}

/** Newer than the specification: seen on some organizations only. */
function ownerField(store: Store, { ownerId }: Workbook): Entry {
  const owner = membersOf(store).get(ownerId);
  if (owner === undefined) return { name: '', email: '' };
  return { name: `${owner.firstName} ${owner.lastName}`, email: owner.email };
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
      ...newIds(store, random),
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
    const made =
      tagged && previous !== undefined
        ? tagVersion(workbook, previous, random.pick(versionTagsOf(store).list.toArray()).id)
        : workbook;
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

/** An unsaved exploration of a workbook: listed only with skipPermissionCheck. */
function exploration(store: Store, of: Workbook, random: Random): Workbook {
  return {
    ...of,
    order: store.nextOrder(),
    ...newIds(store, random),
    name: `Exploration of ${of.name}`,
    exploration: true,
    tags: undefined,
    archived: false,
  };
}

export const addWorkbook = changes.add.act;
export const publishVersion = changes.publish.act;

export const workbooks = {
  ...documentStream({
    path: '/v2/workbooks',
    what: 'workbook',
    table: workbookDocuments,
    render,
    changes,
  }),
  make,
  mutations: {
    renameWorkbook: changes.rename,
    publishVersion: changes.publish,
    addWorkbook: changes.add,
    deleteWorkbook: changes.remove,
    archiveWorkbook: changes.archive,
    unarchiveWorkbook: changes.unarchive,
  },
  tables: { workbooks: workbooksOf },
} satisfies Stream;
