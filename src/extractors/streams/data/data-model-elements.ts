import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { elementFields } from '../shared/element-fields.ts';

/** The endpoint exists since early 2026. [peer tap-sigma] */
export const dataModelElements = defineStream({
  name: 'data_model_elements',
  description: 'Elements (tables and controls) of every data model that is not archived.',
  key: ['data_model_id', 'element_id'],
  sources: [
    { name: 'elements', listings: [{ path: '/v2/dataModels/{dataModelId}/elements', paging: 'page' }] },
  ],
  partitions: [[byDataModel]],
  params: { dataModelId: text('Data model') },
  fields: elementFields('data model', 'table, control, …'),
});
