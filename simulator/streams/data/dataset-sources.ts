/** Sources of datasets. */

import { datasetParent } from '../shared/data-documents.ts';
import { DATASET_SOURCES, sourceKey, sourcesOf } from '../shared/sources.ts';
import { ARRAY, childStream } from '../stream.ts';

export const datasetSources = childStream(datasetParent, {
  paths: [{ path: '/v2/datasets/{datasetId}/sources', ...ARRAY, until: 'datasetsRetired' }],
  list: (store, { id, version }) => sourcesOf(store, id, version, DATASET_SOURCES),
  derive: (source) => ({ sourceKey: sourceKey(source) }),
});
