import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { materializationScheduleFields } from '../shared/materialization-schedule-fields.ts';
import { newerFirst } from '../shared/newer-first.ts';

export const workbookMaterializationSchedules = defineStream({
  name: 'workbook_materialization_schedules',
  description: 'When elements of workbooks are materialized in the warehouse.',
  key: ['workbook_id', 'sheet_id'],
  sources: newerFirst('/workbooks/{workbookId}/materialization-schedules'),
  partitions: [[byWorkbook]],
  slow: true,
  params: { workbookId: text('Workbook') },
  fields: materializationScheduleFields,
});
