/** Schedules for materializing elements of data models. */
import { isLive } from '../mutation.ts';
import { dataModelParent, dataModelsOf } from '../shared/data-documents.ts';
import { revising } from '../shared/revisions.ts';
import { materializationSchedules } from '../shared/schedules.ts';
import { BY_TOKEN_500, childStream, type Stream } from '../stream.ts';

const KIND = 'data_model_materialization_schedules';

export const dataModelMaterializationSchedules = {
  ...childStream(dataModelParent, {
    paths: [{ path: '/v2/dataModels/{dataModelId}/materializationSchedules', ...BY_TOKEN_500 }],
    list: (store, model) => materializationSchedules(store, KIND, model, { share: 0.6, most: 3 }),
  }),
  mutations: { changeDataModelSchedules: revising(KIND, dataModelsOf, isLive) },
} satisfies Stream;
