import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byDataModel } from '../shared/by-parent.ts';
import { materializationScheduleFields } from '../shared/materialization-schedule-fields.ts';

export const dataModelMaterializationSchedules = defineStream({
  name: 'data_model_materialization_schedules',
  description: 'When elements of data models are materialized in the warehouse.',
  key: ['data_model_id', 'sheet_id'],
  sources: [
    {
      name: 'materializationSchedules',
      listings: [
        { path: '/v2/dataModels/{dataModelId}/materializationSchedules', paging: 'pageToken', limit: 500 },
      ],
    },
  ],
  partitions: [[byDataModel]],
  slow: true,
  params: { dataModelId: text('Data model') },
  fields: materializationScheduleFields,
});
