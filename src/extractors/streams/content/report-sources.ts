import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { documentSourceFields } from '../shared/source-key.ts';

export const reportSources = defineStream({
  name: 'report_sources',
  description:
    'Sources of data of every report that is not archived: tables, datasets, data models, custom SQL.',
  key: ['report_id', 'source_key'],
  sources: [{ name: 'sources', listings: [{ path: '/v2/reports/{reportId}/sources', paging: 'array' }] }],
  partitions: [[byReport]],
  params: { reportId: text('Report') },
  fields: documentSourceFields,
});
