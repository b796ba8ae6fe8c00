/** Elements of data models. */
import { elementsOf } from '../shared/contents.ts';
import { dataModelParent } from '../shared/data-documents.ts';
import { childStream, PAGED } from '../stream.ts';

export const dataModelElements = childStream(dataModelParent, {
  paths: [{ path: '/v2/dataModels/{dataModelId}/elements', novelty: 'dataModelElements', ...PAGED }],
  list: elementsOf,
});
