import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byTaggedReport } from '../shared/by-parent.ts';
import { tagFields, tagSources } from '../shared/tag-fields.ts';

/** Their fields are those of data models, and not of workbooks. [SDK] */
export const reportTags = defineStream({
  name: 'report_tags',
  description: 'Version tags on every report that is not archived: which version carries which tag.',
  key: ['report_id', 'version_tag_id'],
  sources: tagSources({ path: '/v2/reports/{reportId}/tags', paging: 'pageToken' }),
  partitions: [[byTaggedReport]],
  slow: true,
  params: { reportId: text('Report that is tagged') },
  fields: {
    ...tagFields('report'),
    taggedReportId: text('The tagged version, which is a report of its own'),
  },
});
