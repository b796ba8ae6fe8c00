import { defineStream } from '../../stream.ts';
import { text } from '../../fields.ts';
import { byTaggedWorkbook } from '../shared/by-parent.ts';
import { versionFields } from '../shared/document-children.ts';

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
  fields: versionFields,
});
