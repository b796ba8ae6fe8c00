import { defineStream, text } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { materializationScheduleFields } from '../shared/materialization-schedule-fields.ts';

export const workbookMaterializationSchedules = defineStream({
  name: 'workbook_materialization_schedules',
  description: 'When elements of workbooks are materialized in the warehouse.',
  key: ['workbook_id', 'sheet_id'],
  sources: [
    {
      name: 'v2.1',
      listings: [{ path: '/v2.1/workbooks/{workbookId}/materialization-schedules', paging: 'page' }],
    },
    {
      name: 'v2',
      listings: [{ path: '/v2/workbooks/{workbookId}/materialization-schedules', paging: 'page' }],
    },
  ],
  partitions: [[byWorkbook]],
  slow: true,
  params: { workbookId: text('Workbook') },
  fields: materializationScheduleFields,
});
