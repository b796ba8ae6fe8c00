import { authorship, boolean, defineStream, json, text } from '../../stream.ts';
import { documentFields, documentUrlId } from '../shared/document-fields.ts';

export const dataModels = defineStream({
  name: 'data_models',
  description: 'Data models that the credentials see, archived ones included.',
  key: ['data_model_id'],
  identifies: { id: 'data_model_id', urlId: 'data_model_url_id' },
  sources: [{ name: 'dataModels', listings: [{ path: '/v2/dataModels', paging: 'page' }] }],
  get: '/v2/dataModels/{data_model_id}',
  caveats: 'Data models that are not shared with the owner of the credentials are not listed.',
  fields: {
    dataModelId: text('Unique id of the data model'),
    dataModelUrlId: documentUrlId,
    ...documentFields,
    isArchived: boolean('True once it is archived; what it holds is kept as it last was'),
    tags: json('Version tags: versionTagId, tagName, sourceVersion, taggedAt'),
    ...authorship,
  },
});
