/** Lineage of data models. */
import { dataModelParent } from '../shared/data-documents.ts';
import { lineageStream } from '../shared/document-lineage.ts';
import { DATA_MODEL_SOURCES, sourcesOf } from '../shared/sources.ts';
import { PAGED } from '../stream.ts';

export const dataModelLineage = lineageStream(
  dataModelParent,
  '/v2/dataModels/{dataModelId}/lineage',
  PAGED,
  (store, { id, version }) => sourcesOf(store, id, version, DATA_MODEL_SOURCES),
);
