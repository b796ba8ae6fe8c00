/** Tags of every workbook. Each makes a tagged version, which is a workbook of its own. */
import { mutation } from '../mutation.ts';
import { versionTagsOf } from '../shared/version-tags.ts';
import {
  insertWorkbook,
  isSeen,
  removeTagged,
  type Workbook,
  workbookParent,
  workbooksOf,
} from '../shared/workbook-table.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';
import { tagEntries } from './workbooks.ts';

export const workbookTags = {
  ...childStream(workbookParent, {
    paths: [{ path: '/v2/workbooks/{workbookId}/tags', ...PAGED }],
    list: tagEntries,
  }),
  mutations: {
    /**
     * Sets a tag on the present version of a workbook, which makes a tagged version. One of an earlier use of the tag
     * is replaced. Returns the workbook's id.
     */
    tagWorkbook: mutation(3, ['id', 'tagId'], (store, id, tagId) => {
      const source = store.chosen(workbooksOf(store), id, isSeen);
      const { id: versionTagId } = store.chosen(versionTagsOf(store), tagId);
      const earlier = source.tags?.find((tag) => tag.versionTagId === versionTagId);
      if (earlier !== undefined) removeTagged(store, source, earlier.taggedWorkbookId);
      const taggedAt = store.tick();
      const copy: Workbook = {
        ...source,
        order: store.nextOrder(),
        id: store.random.uuid(),
        urlId: store.random.base62(22),
        taggedFrom: source.id,
        tags: undefined,
        updatedAt: taggedAt,
      };
      insertWorkbook(store, copy);
      const sourceWorkbookVersion = source.version;
      const tag = { versionTagId, sourceWorkbookVersion, taggedWorkbookId: copy.id, taggedAt };
      source.tags = [...(source.tags ?? []), tag];
      return source.id;
    }),
    /** Takes a tag off a workbook, which deletes the tagged version. Returns the workbook's id. */
    untagWorkbook: mutation(1, ['id'], (store, id) => {
      const source = store.chosen(workbooksOf(store), id, ({ tags }) => tags !== undefined);
      const [tag] = source.tags ?? [];
      if (tag === undefined) throw new RangeError(`the workbook ${source.id} has no tag`);
      store.tick();
      removeTagged(store, source, tag.taggedWorkbookId);
      return source.id;
    }),
  },
} satisfies Stream;
