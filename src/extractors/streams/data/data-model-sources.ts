import { derived, text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import {
  customSqlSourceFields,
  dataModelSourceFields,
  sourceDataModelId,
  sourceFields,
} from '../shared/source-key.ts';

/**
 * The entry's `dataModelId` is that of the source, while the parameter of the same name is the data model it is a
 * source of: hence a name of its own.
 */
export const dataModelSources = defineStream({
  name: 'data_model_sources',
  description:
    'Sources of data of every data model that is not archived: tables, datasets, data models, custom SQL.',
  key: ['data_model_id', 'source_key'],
  sources: [
    {
      name: 'sources',
      listings: [{ path: '/v2/dataModels/{dataModelId}/sources', paging: 'pageToken', limit: 500 }],
    },
  ],
  partitions: [[byDataModel]],
  params: { dataModelId: text('Data model') },
  fields: {
    ...sourceFields,
    sourceDataModelId: derived(sourceDataModelId, ({ dataModelId }) => dataModelId),
    ...dataModelSourceFields,
    datasetId: text('Dataset that is the source, or null', 'source_dataset_id'),
    tableId: text('Table that is the source, or null', 'source_table_id'),
    ...customSqlSourceFields,
  },
});
