import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byTaggedReport } from '../shared/by-parent.ts';
import { versionFields } from '../shared/document-children.ts';

export const reportVersions = defineStream({
  name: 'report_versions',
  description: 'Published versions of every report that is not archived, with publisher and time.',
  key: ['report_id', 'version'],
  sources: [
    {
      name: 'version-history',
      listings: [{ path: '/v2/reports/{reportId}/version-history', paging: 'pageToken' }],
    },
  ],
  partitions: [[byTaggedReport]],
  params: { reportId: text('Report') },
  fields: versionFields,
});
