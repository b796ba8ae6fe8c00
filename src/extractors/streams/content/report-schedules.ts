import { text } from '../../fields.ts';
import { defineStream } from '../../stream.ts';
import { byReport } from '../shared/by-parent.ts';
import { SCHEDULE_CAVEATS, scheduleFields, schedulesByOwner } from '../shared/document-children.ts';

export const reportSchedules = defineStream({
  name: 'report_schedules',
  description: 'Scheduled exports of every report that is not archived.',
  key: ['report_id', 'scheduled_notification_id'],
  sources: [{ name: 'schedules', listings: [{ path: '/v2/reports/{reportId}/schedules', paging: 'page' }] }],
  partitions: [[byReport]],
  shortcut: schedulesByOwner('workbookId'),
  slow: true,
  caveats: SCHEDULE_CAVEATS,
  params: { reportId: text('Report that is exported') },
  fields: scheduleFields,
});
