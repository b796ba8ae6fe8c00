/** The listings of what data models and datasets have. A listing more is an entry of `DATA_CHILDREN`. */

import { dataModelTags } from './data-entries.ts';
import { entriesListing } from './http/listing.ts';
import { dataModelColumns } from './streams/shared/columns.ts';
import { dataModels, datasets } from './streams/shared/parents.ts';
import { materializationSchedules, materializations } from './streams/shared/schedules.ts';
import { DATA_MODEL_SOURCES, DATASET_SOURCES, sourceKey, sourcesOf } from './streams/shared/sources.ts';
import { ARRAY, BY_TOKEN, childrenIn, PAGED, PAGED_MORE, type SimulatedStream } from './streams/stream.ts';

const MODEL = '/v2/dataModels/{dataModelId}';
const DATASET = '/v2/datasets/{datasetId}';
const ofDataModel = childrenIn(dataModels);
const ofDataset = childrenIn(datasets);
/** The specification gives these two a smaller maximum than the other listings. */
const BY_500 = { ...BY_TOKEN, most: 500 };

export const DATA_CHILDREN = {
  data_model_elements: ofDataModel({
    paths: [{ path: `${MODEL}/elements`, novelty: 'dataModelElements', ...PAGED }],
    list: (store, model) => entriesListing(store.contentOf(model).flatMap(({ elements }) => elements)),
  }),
  data_model_columns: ofDataModel({
    paths: [{ path: `${MODEL}/columns`, novelty: 'dataModelColumns', tokens: 'opaque' }],
    list: (store, model) => entriesListing(dataModelColumns(store, model)),
    derive: ({ elementId, columnId, name }) => ({
      columnKey: elementId === undefined ? columnId : `${elementId}/${columnId}`,
      label: name,
    }),
  }),
  data_model_sources: ofDataModel({
    paths: [{ path: `${MODEL}/sources`, ...BY_500 }],
    list: (store, { id, version }) => entriesListing(sourcesOf(store, id, version, DATA_MODEL_SOURCES)),
    derive: (source) => ({
      sourceKey: sourceKey(source),
      ...('dataModelId' in source && { sourceDataModelId: source['dataModelId'] }),
    }),
  }),
  data_model_tags: ofDataModel({
    paths: [{ path: `${MODEL}/tags`, novelty: 'dataModelTags', ...PAGED }],
    list: (store, model) => entriesListing(dataModelTags(store, model)),
  }),
  data_model_materialization_schedules: ofDataModel({
    paths: [{ path: `${MODEL}/materializationSchedules`, ...BY_500 }],
    list: (store, model) =>
      entriesListing(
        materializationSchedules(store, 'data_model_materialization_schedules', model, {
          share: 0.6,
          most: 3,
        }),
      ),
  }),
  dataset_sources: ofDataset({
    paths: [{ path: `${DATASET}/sources`, ...ARRAY }],
    list: (store, { id, version }) => entriesListing(sourcesOf(store, id, version, DATASET_SOURCES)),
    derive: (source) => ({ sourceKey: sourceKey(source) }),
  }),
  dataset_materializations: ofDataset({
    paths: [{ path: `${DATASET}/materialization`, ...PAGED_MORE }],
    list: (store, dataset) => entriesListing(materializations(store, dataset)),
    derive: ({ finishedAt }) => ({ materializationKey: finishedAt }),
  }),
} satisfies Record<string, SimulatedStream>;
