import { authorship, boolean, defineStream, json, text } from '../../stream.ts';
import { documentFields, documentUrlId } from '../shared/document-fields.ts';

/**
 * Archived workbooks are asked for separately, because `isArchived` is documented as a filter; an entry that both
 * listings carry is one row. Tagged versions are workbooks of their own here: `excludeTags` would drop them.
 * `skipPermissionCheck` shows the whole organization, and only to admins; without it the token's owner sees what
 * is shared with that member.
 */
export const workbooks = defineStream({
  name: 'workbooks',
  description: 'Workbooks, archived ones and tagged versions included; explorations are left out.',
  key: ['workbook_id'],
  identifies: { id: 'workbook_id', urlId: 'workbook_url_id' },
  sources: [
    {
      name: 'whole organization',
      listings: [
        {
          path: '/v2/workbooks',
          paging: 'page',
          query: { skipPermissionCheck: 'true', excludeExplorations: 'true' },
        },
        {
          path: '/v2/workbooks',
          paging: 'page',
          query: { skipPermissionCheck: 'true', excludeExplorations: 'true', isArchived: 'true' },
        },
      ],
    },
    {
      name: 'visible to the credentials',
      listings: [
        { path: '/v2/workbooks', paging: 'page' },
        { path: '/v2/workbooks', paging: 'page', query: { isArchived: 'true' } },
      ],
    },
  ],
  get: '/v2/workbooks/{workbook_id}',
  fields: {
    workbookId: text('Unique id of the workbook'),
    workbookUrlId: documentUrlId,
    ...documentFields,
    description: text('Description'),
    isArchived: boolean('True once it is archived; its pages and elements are kept as they last were'),
    tags: json('Version tags: versionTagId, name, sourceWorkbookVersion, taggedWorkbookId, workbookTaggedAt'),
    ...authorship,
  },
});
