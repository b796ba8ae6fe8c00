/** Changes of workbooks and reports. */
import { workbookTitle } from '../../store/names.ts';
import { newIds } from '../../store/short-id.ts';
import type { Placement, Store } from '../../store/store.ts';
import { deletion, mutation, renaming } from '../mutation.ts';
import { type Document, type DocumentTable, isFile, isOrdinary, isSeen } from './document-table.ts';
import { ownerOf } from './people.ts';
import { anyWorkspaceId } from './places.ts';
import { versionTagsOf } from './version-tags.ts';

/** The changes of the documents of a kind. */
export type DocumentChanges = ReturnType<typeof documentChanges>;

export function documentChanges(table: DocumentTable) {
  const archive = (isArchived: boolean) =>
    mutation(1, ['id'], (store, id) => {
      const document = store.chosen(table.of(store), id, isArchived ? isOrdinary : (one) => one.archived);
      table.markArchived(store, document, isArchived);
      store.touch(document);
      return document.id;
    });
  return {
    rename: renaming(
      table.of,
      // The version keeps a random name from being the old one by chance.
      ({ random }, { version }) => `${workbookTitle(random)} r${version}.${random.below(1e6)}`,
      { chance: 3, fits: isOrdinary },
    ),
    /** Publishes a version: `latestVersion` and `updatedAt` move and the elements change. */
    publish: mutation(4, ['id'], (store, id) => {
      const document = store.chosen(table.of(store), id, isOrdinary);
      document.version++;
      store.touch(document);
      document.published = [...(document.published ?? []), document.updatedAt];
      return document.id;
    }),
    add: mutation(2, ['name', 'front'], adding(table)),
    /** Deletes a document, its grants and its tagged versions. */
    remove: deletion(table.of, table.remove, isFile),
    archive: archive(true),
    unarchive: archive(false),
    ...tagging(table),
  };
}

/** Adds a document, of two pages and four elements where nothing is said, and returns its id. */
function adding(table: DocumentTable) {
  return (
    store: Store,
    name?: string,
    placement: Placement = {},
    size = { pages: 2, elements: 4 },
  ): string => {
    const { random } = store;
    const document: Document = {
      order: store.nextOrder(placement),
      ...newIds(store, random),
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
    table.insert(store, document);
    return document.id;
  };
}

function tagging(table: DocumentTable) {
  return {
    /**
     * Sets a tag on the present version of a document, which makes a tagged version. One of an earlier use of the tag
     * is replaced. Returns the document's id.
     */
    tag: mutation(3, ['id', 'tagId'], (store, id, tagId) => {
      const source = store.chosen(table.of(store), id, isSeen);
      const { id: versionTagId } = store.chosen(versionTagsOf(store), tagId);
      const earlier = source.tags?.find((tag) => tag.versionTagId === versionTagId);
      if (earlier !== undefined) table.removeTagged(store, source, earlier.taggedId);
      const taggedAt = store.tick();
      const copy: Document = {
        ...source,
        order: store.nextOrder(),
        ...newIds(store, store.random),
        taggedFrom: source.id,
        tags: undefined,
        updatedAt: taggedAt,
      };
      table.insert(store, copy);
      const tag = { versionTagId, sourceVersion: source.version, taggedId: copy.id, taggedAt };
      source.tags = [...(source.tags ?? []), tag];
      return source.id;
    }),
    /** Takes a tag off a document, which deletes the tagged version. Returns the document's id. */
    untag: mutation(1, ['id'], (store, id) => {
      const source = store.chosen(table.of(store), id, ({ tags }) => tags !== undefined);
      const [tag] = source.tags ?? [];
      if (tag === undefined) throw new RangeError(`${source.id} has no tag`);
      store.tick();
      table.removeTagged(store, source, tag.taggedId);
      return source.id;
    }),
  };
}

/** Turns `document` into a tagged version of `source` and notes the tag on the source. */
export function tagVersion(document: Document, source: Document, versionTagId: string): Document {
  const tag = {
    versionTagId,
    sourceVersion: source.version,
    taggedId: document.id,
    taggedAt: source.updatedAt,
  };
  source.tags = [...(source.tags ?? []), tag];
  const { name, parentId, ownerId } = source;
  return { ...document, name, parentId, ownerId, taggedFrom: source.id };
}
