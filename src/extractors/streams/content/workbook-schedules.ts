import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { SCHEDULE_CAVEATS, scheduleFields, schedulesByOwner } from '../shared/document-children.ts';
import { newerFirst } from '../shared/newer-first.ts';

export const workbookSchedules = defineStream({
  name: 'workbook_schedules',
  description: 'Scheduled exports of every workbook that is not archived.',
  key: ['workbook_id', 'scheduled_notification_id'],
  sources: newerFirst('/workbooks/{workbookId}/schedules'),
  partitions: [[byWorkbook]],
  shortcut: schedulesByOwner('reportId'),
  slow: true,
  caveats: SCHEDULE_CAVEATS,
  params: { workbookId: text('Workbook that is exported') },
  fields: scheduleFields,
});
