/** Elements of data models. */
import { entriesListing } from '../../http/listing.ts';
import { elementsOf } from '../shared/contents.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';
import { dataModelParent } from './data-models.ts';

export const dataModelElements = {
  ...childStream(dataModelParent, {
    paths: [{ path: '/v2/dataModels/{dataModelId}/elements', novelty: 'dataModelElements', ...PAGED }],
    list: (store, model) => entriesListing(elementsOf(store, model)),
  }),
} satisfies Stream;
