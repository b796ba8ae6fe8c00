/** What datasets are made from. */
import { entriesListing } from '../../http/listing.ts';
import { DATASET_SOURCES, sourceKey, sourcesOf } from '../shared/sources.ts';
import { ARRAY, childStream, type Stream } from '../stream.ts';
import { datasetParent } from './datasets.ts';

export const datasetSources = {
  ...childStream(datasetParent, {
    paths: [{ path: '/v2/datasets/{datasetId}/sources', ...ARRAY }],
    list: (store, { id, version }) => entriesListing(sourcesOf(store, id, version, DATASET_SOURCES)),
    derive: (source) => ({ sourceKey: sourceKey(source) }),
  }),
} satisfies Stream;
