import { authorship, boolean, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { documentFields, documentUrlId } from '../shared/document-fields.ts';
import { everyonesFirst, LIVE_AND_ARCHIVED } from '../shared/visible-listings.ts';

/** Tagged versions are workbooks of their own here: `excludeTags` would drop them. */
export const workbooks = defineStream({
  name: 'workbooks',
  description: 'Workbooks, archived ones and tagged versions included; explorations are left out.',
  key: ['workbook_id'],
  identifies: { id: 'workbook_id', urlId: 'workbook_url_id' },
  sources: everyonesFirst('/v2/workbooks', LIVE_AND_ARCHIVED, { excludeExplorations: 'true' }),
  get: '/v2/workbooks/{workbook_id}',
  fields: {
    workbookId: text('Unique id of the workbook'),
    workbookUrlId: documentUrlId,
    ...documentFields,
    description: text('Description'),
    isArchived: boolean('True once it is archived; its pages and elements are kept as last seen'),
    tags: json('Version tags: versionTagId, name, sourceWorkbookVersion, taggedWorkbookId, workbookTaggedAt'),
    ...authorship,
  },
});
