import { derived, json, number, text, timestamp } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataset } from '../shared/by-parent.ts';
import { entryText } from '../shared/entry-text.ts';

/** A materialization has no id: of one dataset they finish one after the other. */
export const datasetMaterializations = defineStream({
  name: 'dataset_materializations',
  description:
    'Materializations of every dataset that is not archived: how long they took and what they wrote.',
  key: ['dataset_id', 'materialization_key'],
  sources: [
    {
      name: 'materialization',
      listings: [{ path: '/v2/datasets/{datasetId}/materialization', paging: 'page' }],
    },
  ],
  partitions: [[byDataset]],
  slow: true,
  params: { datasetId: text('Dataset') },
  fields: {
    materializationKey: derived(text('finishedAt as it was sent'), (entry) => entryText(entry, 'finishedAt')),
    status: text('success, failed, marked or swept; Sigma does not explain the last two'),
    finishedAt: timestamp('When it finished'),
    error: json('Reason of the failure: code, message, errorCode'),
    runtimeSecs: number('Seconds it took, or null'),
    numRows: number('Rows it wrote, or null'),
    numBytes: number('Bytes it wrote, or null'),
  },
});
