/** Every version of a document from the first one, the latest first. */
import { type Entry, HOUR, iso } from '../../store/entry.ts';
import type { Store } from '../../store/store.ts';
import type { Document } from '../shared/document-table.ts';
import { workbookParent } from '../shared/workbook-table.ts';
import { childStream, PAGED } from '../stream.ts';

/** The times of versions published later than the first ones are known. */
export function versionsOf(store: Store, workbook: Document): Entry[] {
  return Array.from({ length: workbook.version }, (_, i) => {
    const version = workbook.version - i;
    const published = workbook.published?.[version - workbook.baseVersion - 1];
    const tags = (workbook.tags ?? []).filter((tag) => tag.sourceVersion === version);
    return {
      version,
      publishedAt: iso(published ?? workbook.createdAt + (version - 1) * 5 * HOUR),
      publishedBy: published === undefined ? workbook.ownerId : store.ownerId,
      ...(tags.length > 0 && {
        tags: tags.map(({ versionTagId, taggedAt }) => ({
          versionTagId,
          taggedAt: iso(taggedAt),
          taggedBy: workbook.ownerId,
        })),
      }),
    };
  });
}

export const workbookVersions = childStream(workbookParent, {
  paths: [{ path: '/v2/workbooks/{workbookId}/version-history', ...PAGED }],
  list: versionsOf,
});
