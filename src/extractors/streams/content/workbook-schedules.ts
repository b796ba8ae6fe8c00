import { authorship, boolean, defineStream, json, sensitive, text, timestamp } from '../../stream.ts';
import { byWorkbook } from '../shared/by-parent.ts';
import { newerFirst } from '../shared/newer-first.ts';

export const workbookSchedules = defineStream({
  name: 'workbook_schedules',
  description: 'Scheduled exports of every workbook that is not archived.',
  key: ['workbook_id', 'scheduled_notification_id'],
  sources: newerFirst('/workbooks/{workbookId}/schedules'),
  partitions: [[byWorkbook]],
  slow: true,
  params: { workbookId: text('Workbook that is exported') },
  fields: {
    scheduledNotificationId: text('Id of the schedule'),
    schedule: json('When it runs: cronSpec and timezone'),
    configV2: sensitive(
      'email',
      json('What is sent to whom: title, message, attachments, conditions, recipients'),
    ),
    isSuspended: boolean('True while it does not run'),
    ownerId: text('Member who owns it'),
    lastUpdatedByUser: text('Member who last changed it'),
    disabledAt: timestamp('When it was disabled, or null'),
    disabledBy: text('Member who disabled it, or null'),
    ...authorship,
  },
});
