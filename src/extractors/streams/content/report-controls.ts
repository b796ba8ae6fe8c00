import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { controlFields } from '../shared/document-children.ts';

export const reportControls = defineStream({
  name: 'report_controls',
  description: 'Controls (filters and parameters) of every report that is not archived.',
  key: ['report_id', 'name'],
  sources: [
    { name: 'controls', listings: [{ path: '/v2/reports/{reportId}/controls', paging: 'pageToken' }] },
  ],
  partitions: [[byReport]],
  params: { reportId: text('Report') },
  fields: controlFields,
});
