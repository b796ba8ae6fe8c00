import { authorship, boolean, json, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { documentFields, documentUrlId } from '../shared/document-fields.ts';
import { everyonesFirst } from '../shared/visible-listings.ts';

/** Everybody's are listed for admins since April 2026. [FFF][SDK][AE] */
export const dataModels = defineStream({
  name: 'data_models',
  description: 'Data models of the whole organization, archived ones included.',
  key: ['data_model_id'],
  identifies: { id: 'data_model_id', urlId: 'data_model_url_id' },
  sources: everyonesFirst('/v2/dataModels', [{}]),
  get: '/v2/dataModels/{data_model_id}',
  caveats: 'If the API refuses skipPermissionCheck, only those shared with the owner of the credentials.',
  fields: {
    dataModelId: text('Unique id of the data model'),
    dataModelUrlId: documentUrlId,
    ...documentFields,
    isArchived: boolean('True once it is archived; its contents are kept as last seen'),
    tags: json('Version tags: versionTagId, tagName, sourceVersion, taggedAt'),
    ...authorship,
  },
});
