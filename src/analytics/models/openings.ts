import type { Model } from '../model.ts';
import { texts } from './shared/sql-parts.ts';

/** A day that there is, in a leap year or not: what only looks like one would fail the cast. */
const DAY =
  '(?!0000)\\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)' +
  '|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29';

/** A text that is a time: what the export made of a column with something else in it. */
const IS_TIME = `^(?:${DAY})[T ](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)? ?(?:Z|UTC|[+-](?:0\\d|1[0-4])(?::?[0-5]\\d)?)?$`;

/**
 * Who opened what. A function, because its text is no dependency of the audit log's table: the export may give a column
 * another type, or make the table anew.
 */
export const openings: Model = {
  name: 'openings',
  kind: 'function',
  about:
    'Who opened what and when: the last time from recent files of members, and from the audit log, where it is configured, every time.',
  columns: {
    member_id: 'text: who',
    object_id: 'text: workbook or other file',
    opened_at: 'timestamptz: when',
  },
  inputs: ['member_recent_files'],
  sql: ({ live, options: { auditLog } }) => {
    const recents = `
select r.member_id, r.file_id as object_id, r.last_interaction_at as opened_at
  from ${live('member_recent_files')} r where r.last_interaction_at is not null`;
    if (auditLog === undefined) return recents;
    const { table, time, hasTimes, member, object, event, opens } = auditLog;
    // Whatever else it holds, such as a word for "never", is no opening.
    const at = hasTimes
      ? `a.${time}::timestamptz`
      : `case when a.${time}::text ~ '${IS_TIME}' then a.${time}::text::timestamptz end`;
    return `${recents}
union all
select a.${member}::text, a.${object}::text, ${at}
  from ${table} a
 where lower(a.${event}::text) in (${texts(opens.map((open) => open.toLowerCase()))}) and ${at} is not null`;
  },
};
