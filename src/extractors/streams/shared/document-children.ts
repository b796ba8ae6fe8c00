/** Children of workbooks and reports, which the API describes alike. */

import { authorship, boolean, integer, json, sensitive, text, timestamp } from '../../fields.ts';
import type { Field, PartitionKind } from '../../stream.ts';
import { byMember } from './by-parent.ts';
import { entryText } from './entry-text.ts';

type Fields = Readonly<Record<string, Field>>;

export const pageFields: Fields = {
  pageId: text('Id of the page, unique in its document'),
  name: text('Title of the page'),
  hidden: boolean('True if viewers do not see the page'),
};

export const controlFields: Fields = {
  name: text('Name of the control in formulas, addresses and exports'),
  valueType: text('Kind of value it takes: text, number-list, date-range, boolean, …'),
};

export const queryFields: Fields = {
  elementId: text('Element the query fills'),
  name: text('Title of the element'),
  sql: sensitive('sql', text('The SQL text; names tables and columns, and may hold literal values')),
  error: text('Reason why there is no SQL'),
};

/** The API compiles the query of each element it lists, so pages are kept small, as a peer had to. [peer tap-sigma] */
export const QUERIES_A_PAGE = 50;

/** Caveats of the query streams. */
export const QUERY_CAVEATS = 'Without a row: elements that run no query, such as texts and images.';

export const versionFields: Fields = {
  version: integer('Number of the version'),
  publishedAt: timestamp('When it was published'),
  publishedBy: text('Member who published it'),
  tags: json('Tags on this version: versionTagId, taggedAt, taggedBy'),
};

/** A scheduled export. */
export const scheduleFields: Fields = {
  scheduledNotificationId: text('Id of the schedule'),
  schedule: json('When it runs: cronSpec and timezone'),
  configV2: sensitive('email', json('The message: title, text, attachments, conditions, recipients')),
  isSuspended: boolean('True while it does not run'),
  ownerId: text('Member who owns it'),
  lastUpdatedByUser: text('Member who last changed it'),
  disabledAt: timestamp('When it was disabled, or null'),
  disabledBy: text('Member who disabled it, or null'),
  ...authorship,
};

/**
 * The schedules that members own, on workbooks and reports alike: those of documents that the owner may see. [SDK] An
 * entry without either id is kept, and rejected.
 *
 * @param other field of the entries that belong to the other stream.
 */
export function schedulesByOwner(other: 'workbookId' | 'reportId'): PartitionKind {
  const isOurs = (entry: unknown): boolean =>
    typeof entry !== 'object' || entry === null || entryText({ ...entry }, other) === undefined;
  return {
    ...byMember,
    column: 'owner_id',
    sources: [
      {
        name: 'by owner',
        listings: [
          {
            path: '/v2/members/{memberId}/schedules',
            paging: 'page',
            expand: (entry) => (isOurs(entry) ? [entry] : []),
          },
        ],
      },
    ],
  };
}

/** Caveats of the schedule streams. */
export const SCHEDULE_CAVEATS =
  'If members are fewer than documents, schedules are read by owner. A document itself is read when it changes and in one of four slow reads. So a schedule is found later if Sigma does not list its owner, or the owner no longer sees the document.';
