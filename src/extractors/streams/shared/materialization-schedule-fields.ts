import { boolean, json, text, timestamp } from '../../fields.ts';
import type { Field } from '../../stream.ts';

/** A schedule by which an element is materialized, in a workbook or in a data model. */
export const materializationScheduleFields: Readonly<Record<string, Field>> = {
  sheetId: text('Id of the schedule: the sheet behind the element'),
  elementName: text('Title of the element that is materialized'),
  schedule: json('cronSpec and timezone, or null'),
  configuredAt: timestamp('When the schedule was set'),
  paused: boolean('True while it does not run'),
};
