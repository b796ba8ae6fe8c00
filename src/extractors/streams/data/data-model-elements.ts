import { defineStream, json, text } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';

/** The endpoint exists since early 2026. [peer tap-sigma] It spells `vizualizationType` as that of workbooks does. */
export const dataModelElements = defineStream({
  name: 'data_model_elements',
  description: 'Elements (tables and controls) of every data model that is not archived.',
  key: ['data_model_id', 'element_id'],
  sources: [
    { name: 'elements', listings: [{ path: '/v2/dataModels/{dataModelId}/elements', paging: 'page' }] },
  ],
  partitions: [[byDataModel]],
  params: { dataModelId: text('Data model') },
  fields: {
    elementId: text('Id of the element, unique in its data model'),
    name: text('Title of the element'),
    type: text('Kind of element: table, control, …'),
    vizualizationType: text('Kind of chart, where the element is one', 'visualization_type'),
    columns: json('Names of the columns'),
    error: text('Why the API could not describe the element'),
  },
});
