/** Tags of every workbook. Each makes a tagged version, which is a workbook of its own. */
import { workbookParent } from '../shared/workbook-table.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';
import { changes, tagEntries } from './workbooks.ts';

export const workbookTags = {
  ...childStream(workbookParent, {
    paths: [{ path: '/v2/workbooks/{workbookId}/tags', ...PAGED }],
    list: tagEntries,
  }),
  mutations: { tagWorkbook: changes.tag, untagWorkbook: changes.untag },
} satisfies Stream;
