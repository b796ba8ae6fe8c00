import { integer, text, timestamp } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byTaggedWorkbook } from '../shared/by-parent.ts';
import { tagSources } from '../shared/tag-fields.ts';

/** The listing of workbooks has the same fields as that of a workbook's tags. [spec, SDK] */
export const workbookTags = defineStream({
  name: 'workbook_tags',
  description: 'Version tags on every workbook that is not archived: which version carries which tag.',
  key: ['workbook_id', 'version_tag_id'],
  sources: tagSources({ path: '/v2/workbooks/{workbookId}/tags', paging: 'page' }),
  partitions: [[byTaggedWorkbook]],
  slow: true,
  params: { workbookId: text('Workbook that is tagged') },
  fields: {
    versionTagId: text('Version tag'),
    name: text('Name of the tag'),
    sourceWorkbookVersion: integer('Version of the workbook that was tagged'),
    taggedWorkbookId: text('The tagged version, which is a workbook of its own'),
    workbookTaggedAt: timestamp('When it was tagged'),
  },
});
