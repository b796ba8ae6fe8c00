/** Tags of data models. */
import { isLive, mutation } from '../mutation.ts';
import { dataModelParent, dataModelsOf } from '../shared/data-documents.ts';
import { versionTagsOf } from '../shared/version-tags.ts';
import { childStream, PAGED, type Stream } from '../stream.ts';
import { tagEntries } from './data-models.ts';

export const dataModelTags = {
  ...childStream(dataModelParent, {
    paths: [{ path: '/v2/dataModels/{dataModelId}/tags', novelty: 'dataModelTags', ...PAGED }],
    list: tagEntries,
  }),
  mutations: {
    /** Sets a tag on the present version of a data model. Neither its version nor its `updatedAt` moves. */
    tagDataModel: mutation(2, ['id', 'tagId'], (store, id, tagId) => {
      const model = store.chosen(dataModelsOf(store), id, isLive);
      const { id: versionTagId } = store.chosen(versionTagsOf(store), tagId);
      const tag = { versionTagId, sourceVersion: model.version, taggedAt: store.tick() };
      model.tags = [...model.tags.filter((one) => one.versionTagId !== versionTagId), tag];
      return model.id;
    }),
  },
} satisfies Stream;
