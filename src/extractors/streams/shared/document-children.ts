/** Children of workbooks and reports, which the API describes alike. */
import type { Field, PartitionKind } from '../../stream.ts';
import { byMember } from './by-parent.ts';
import { entryText } from './entry-text.ts';
import { authorship, boolean, integer, json, sensitive, text, timestamp } from '../../fields.ts';

type Fields = Readonly<Record<string, Field>>;

export const pageFields: Fields = {
  pageId: text('Id of the page, unique in its document'),
  name: text('Title of the page'),
  hidden: boolean('True where viewers do not see the page'),
};

export const controlFields: Fields = {
  name: text('Name by which formulas, addresses and exports refer to the control'),
  valueType: text('Kind of value it takes: text, number-list, date-range, boolean, …'),
};

export const queryFields: Fields = {
  elementId: text('Element the query fills'),
  name: text('Title of the element'),
  sql: sensitive('sql', text('The SQL text; names tables and columns, and may hold literal values')),
  error: text('Why there is no SQL'),
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
  'Where members are fewer than documents, schedules are found by their owners, and by a document itself when it changes and in one turn of four: one whose owner Sigma does not list, or who does not see the document any more, is found later.';
