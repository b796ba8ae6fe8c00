import type { AuditLog, Model } from '../model.ts';
import { eachDocument, streamsOf } from './shared/documents.ts';
import { ruleOf } from './shared/outside.ts';
import { texts } from './shared/sql-parts.ts';

/** A day that there is, in a leap year or not: a text that only looks like one would fail the cast. */
const DAY =
  '(?!0000)\\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)' +
  '|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29';

/** A text that is a time: the export makes texts of a column with other values in it. */
const IS_TIME = `^(?:${DAY})[T ](?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)? ?(?:Z|UTC|[+-](?:0\\d|1[0-4])(?::?[0-5]\\d)?)?$`;

/** The time of an event. Other values of its column, such as a word for "never", are no time. */
function timeOf({ time, hasTimes }: AuditLog): string {
  return hasTimes
    ? `a.${time}::timestamptz`
    : `case when a.${time}::text ~ '${IS_TIME}' then a.${time}::text::timestamptz end`;
}

/** True of an event `a` that is an opening. */
export function opensOf(log: AuditLog): string {
  const kinds = texts(log.opens.map((open) => open.toLowerCase()));
  return `lower(a.${log.event}::text) in (${kinds}) and ${timeOf(log)} is not null${succeeds(log)}`;
}

/** An attempt that Sigma refused opened nothing. A row without a status was exported before the column was. */
function succeeds({ status, succeeded = ['SUCCESS'] }: AuditLog): string {
  if (status === undefined) return '';
  const values = texts(succeeded.map((one) => one.toLowerCase()));
  return `\n   and (a.${status} is null or lower(a.${status}::text) in (${values}))`;
}

/**
 * Members and the documents they opened. A function, because its text is no dependency of the audit log's table: the
 * export may give a column another type, or recreate the table.
 */
export const openings: Model = {
  name: 'openings',
  kind: 'function',
  about:
    'One row per opening of an object by a member: the last one from the recent files of members, and every one from the audit log, if you configure it. Attempts that failed are no openings.',
  columns: {
    member_id:
      'text: the member; null if privacy settings hide the addresses that the audit log names people by',
    object_id: 'text: workbook, report, data model or other file',
    opened_at: 'timestamptz: when the member opened it',
  },
  inputs: ['member_recent_files', 'members', ...streamsOf()],
  sql: (names) => {
    const { live, options } = names;
    const { auditLog } = options;
    const recents = `
select r.member_id, r.file_id as object_id, r.last_interaction_at as opened_at
  from ${live('member_recent_files')} r where r.last_interaction_at is not null`;
    if (auditLog === undefined) return recents;
    const { table, member, object } = auditLog;
    const addresses = ruleOf(names, 'members', 'email');
    // The log is known to name people by their address (`User Email`), and the API to use ids of either length. [AE][SDK]
    return `${recents}
union all
select coalesce(m.member_id, case
         -- Privacy settings hide the one side and not the other: it is not known who that is.
         when a.${member}::text like '%@%' and ${addresses} is not null then null
         when a.${member}::text like 'hmac:%' and ${addresses} is distinct from 'hash' then null
         else a.${member}::text end), coalesce(d.id, a.${object}::text), ${timeOf(auditLog)}
  from ${table} a
  left join (
    select distinct on (lower(x.email)) lower(x.email) as email, x.member_id from ${live('members')} x
     where x.email is not null order by lower(x.email), x.is_archived nulls first, x.member_id
  ) m on m.email = lower(a.${member}::text)
  left join (
    select x.url_id, min(x.id) as id
      from (${eachDocument(({ rows, prefix, id }) => `select d.${prefix}_url_id as url_id, d.${id} as id from ${live(rows)} d`)}) x
     where x.url_id is not null group by x.url_id
  ) d on d.url_id = a.${object}::text
 where ${opensOf(auditLog)}`;
  },
};
