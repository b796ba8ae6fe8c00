import { authorship, boolean, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { documentFields, documentUrlId } from '../shared/document-fields.ts';
import { everyonesFirst, LIVE_AND_ARCHIVED } from '../shared/visible-listings.ts';

/** Documents of their own, general since March 2026; tagged versions are reports of their own. [FFF][SDK][AE] */
export const reports = defineStream({
  name: 'reports',
  description: 'Reports: paged documents to print or send. Archived ones and tagged versions are included.',
  key: ['report_id'],
  identifies: { id: 'report_id', urlId: 'report_url_id' },
  sources: everyonesFirst('/v2/reports', LIVE_AND_ARCHIVED),
  get: '/v2/reports/{report_id}',
  caveats: 'If the API refuses skipPermissionCheck, only those shared with the owner of the credentials.',
  fields: {
    reportId: text('Unique id of the report'),
    reportUrlId: documentUrlId,
    ...documentFields,
    description: text('Description'),
    isArchived: boolean('True once it is archived; its contents are kept as last seen'),
    tags: json('Version tags: versionTagId, tagName, sourceVersion, taggedAt, taggedReportId'),
    ...authorship,
  },
});
