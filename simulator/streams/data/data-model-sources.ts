/** Sources of data models. */

import { dataModelParent } from '../shared/data-documents.ts';
import { DATA_MODEL_SOURCES, sourceKey, sourcesOf } from '../shared/sources.ts';
import { BY_TOKEN_500, childStream } from '../stream.ts';

export const dataModelSources = childStream(dataModelParent, {
  paths: [{ path: '/v2/dataModels/{dataModelId}/sources', ...BY_TOKEN_500 }],
  list: (store, { id, version }) => sourcesOf(store, id, version, DATA_MODEL_SOURCES),
  derive: (source) => ({
    sourceKey: sourceKey(source),
    ...('dataModelId' in source && { sourceDataModelId: source['dataModelId'] }),
  }),
});
