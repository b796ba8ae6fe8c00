import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byTaggedDataModel } from '../shared/by-parent.ts';
import { tagFields, tagSources } from '../shared/tag-fields.ts';

/** The endpoint exists since early 2026 [peer tap-sigma]; the listing of data models has the same fields. [spec, SDK] */
export const dataModelTags = defineStream({
  name: 'data_model_tags',
  description: 'Version tags on every data model that is not archived: which version carries which tag.',
  key: ['data_model_id', 'version_tag_id'],
  sources: tagSources({ path: '/v2/dataModels/{dataModelId}/tags', paging: 'page' }),
  partitions: [[byTaggedDataModel]],
  slow: true,
  params: { dataModelId: text('Data model that is tagged') },
  fields: tagFields('data model'),
});
