import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { documentSourceFields } from '../shared/source-key.ts';

export const workbookSources = defineStream({
  name: 'workbook_sources',
  description:
    'Sources of data of every workbook that is not archived: tables, datasets, data models, custom SQL.',
  key: ['workbook_id', 'source_key'],
  sources: [{ name: 'sources', listings: [{ path: '/v2/workbooks/{workbookId}/sources', paging: 'array' }] }],
  partitions: [[byWorkbook]],
  params: { workbookId: text('Workbook') },
  fields: documentSourceFields,
});
