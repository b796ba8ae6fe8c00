import { defineStream, integer, json, text, timestamp } from '../../stream.ts';
import { byTaggedWorkbook } from '../shared/by-parent.ts';

export const workbookVersions = defineStream({
  name: 'workbook_versions',
  description: 'Who published which version of every workbook that is not archived, and when.',
  key: ['workbook_id', 'version'],
  sources: [
    {
      name: 'version-history',
      listings: [{ path: '/v2/workbooks/{workbookId}/version-history', paging: 'page' }],
    },
  ],
  partitions: [[byTaggedWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: {
    version: integer('Number of the version'),
    publishedAt: timestamp('When it was published'),
    publishedBy: text('Member who published it'),
    tags: json('Tags on this version: versionTagId, taggedAt, taggedBy'),
  },
});
