import { boolean, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';

export const workbookEmbeds = defineStream({
  name: 'workbook_embeds',
  description: 'Embeds of every workbook that is not archived, the public ones included.',
  key: ['workbook_id', 'embed_id'],
  sources: [{ name: 'embeds', listings: [{ path: '/v2/workbooks/{workbookId}/embeds', paging: 'page' }] }],
  partitions: [[byWorkbook]],
  slow: true,
  params: { workbookId: text('Workbook') },
  fields: {
    embedId: text('Id of the embed'),
    embedUrl: text('Address that other sites embed'),
    public: boolean('True if everybody sees it without signing in'),
    sourceType: text('Embedded object: workbook, page or element'),
    sourceId: text('Id of the page or element'),
    sourceName: text('Title of the page or element'),
  },
});
