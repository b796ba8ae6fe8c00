import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataset } from '../shared/by-parent.ts';
import { sourceFields } from '../shared/source-key.ts';

export const datasetSources = defineStream({
  name: 'dataset_sources',
  description: 'Tables and datasets that supply every dataset that is not archived.',
  key: ['dataset_id', 'source_key'],
  sources: [{ name: 'sources', listings: [{ path: '/v2/datasets/{datasetId}/sources', paging: 'array' }] }],
  partitions: [[byDataset]],
  params: { datasetId: text('Dataset') },
  fields: { ...sourceFields, inodeId: text('Table or dataset that is the source') },
});
