/** The version tags of the organization. */
import { type Entry, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { description } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { deletion, mutation, renaming } from '../mutation.ts';
import { dataModelsOf } from '../shared/data-documents.ts';
import { reportDocuments } from '../shared/report-table.ts';
import { type VersionTag, versionTagsOf } from '../shared/version-tags.ts';
import { workbookDocuments } from '../shared/workbook-table.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

const NAMES = ['Production', 'QA', 'Certified ✅', 'Draft "β"', 'Entwurf', 'Frozen'] as const;

function add(store: Store, random: Random, order: number, name: string, stamps: Stamps): string {
  const id = random.uuid();
  const text = random.next() < 0.5 ? description(random) : undefined;
  const ownerId = stamps.createdBy;
  versionTagsOf(store).add({ order, id, name, description: text, ownerId, archived: false, ...stamps });
  return id;
}

const addTag = mutation(2, ['name', 'front'], (store, name, placement) => {
  const order = store.nextOrder(placement);
  return add(store, store.random, order, name ?? `Tag ${store.random.below(1e6)}`, store.fresh());
});

/** Deletes a tag, takes it off data models and templates, and deletes the tagged versions of workbooks and reports. */
const deleteTag = deletion(versionTagsOf, (store, { id }) => {
  for (const table of [workbookDocuments, reportDocuments])
    for (const document of table.of(store).list.toArray())
      for (const { versionTagId, taggedId } of document.tags ?? [])
        if (versionTagId === id) table.removeTagged(store, document, taggedId);
  for (const model of dataModelsOf(store).list)
    model.tags = model.tags.filter(({ versionTagId }) => versionTagId !== id);
});

function render(store: Store, tag: VersionTag): Entry {
  return {
    versionTagId: tag.id,
    name: tag.name,
    ownerId: tag.ownerId,
    ...stamps(tag),
    isArchived: tag.archived,
    ...(store.newerFields && store.sometimes(tag.id, 2) && { color: 'violet' }),
    ...(tag.description !== undefined && { description: tag.description }),
  };
}

export const tags = {
  ...rootStream({
    paths: [{ path: '/v2/tags', ...PAGED_MORE }],
    table: versionTagsOf,
    render,
    unknown: ['search'],
    shift: [addTag, deleteTag],
  }),
  make(store) {
    const random = store.generator('access');
    for (const name of NAMES) add(store, random, store.nextOrder(), name, stampsBy(random, store.ownerId));
  },
  mutations: {
    addTag,
    /** Renames a tag; documents that carry it show the new name, unmoved otherwise. */
    renameTag: renaming(versionTagsOf, ({ random }) => `Renamed ${random.below(1e6)}`),
    deleteTag,
  },
  tables: { tags: versionTagsOf },
} satisfies Stream;
