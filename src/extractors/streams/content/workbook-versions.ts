import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byTaggedWorkbook } from '../shared/by-parent.ts';
import { versionFields } from '../shared/document-children.ts';

export const workbookVersions = defineStream({
  name: 'workbook_versions',
  description: 'Published versions of every workbook that is not archived, with publisher and time.',
  key: ['workbook_id', 'version'],
  sources: [
    {
      name: 'version-history',
      listings: [{ path: '/v2/workbooks/{workbookId}/version-history', paging: 'page' }],
    },
  ],
  partitions: [[byTaggedWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: versionFields,
});
