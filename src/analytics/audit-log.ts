/** The exported audit log as a source of openings: what it is read by, and why nothing in it may count as one. */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import type { AnalyticsSettings } from './compile-analytics.ts';
import type { AuditLog } from './model.ts';
import { opensOf } from './models/openings.ts';
import { eachDocument } from './models/shared/documents.ts';

const listed = (names: readonly string[]): string =>
  names.length < 3 ? names.join(' and ') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The confirmed categories of Sigma's log. A sentence names these alone: another column's values are nobody's business. */
const CATEGORIES = [
  ...['ACCESS_SIGMA', 'USER_ACCOUNT', 'ACCOUNT_TYPE', 'TEAMS', 'CONNECTION', 'OBJECT_INTERACTION'],
  ...['QUERY_EXECUTIONS', 'PUBLIC_API', 'EXPORTS', 'WRITEBACK', 'STORED_PROCEDURES', 'TENANTS'],
  ...['AI_CONVERSATIONS', 'AI_SETTINGS'],
];

/** The column of `Event Status`, whose label is confirmed. */
export const DEFAULT_STATUS = 'event_status';

/** State of the audit log that the settings name. */
export interface AuditLogState {
  /** Undefined where none is configured, or its table or a column of it is not there. */
  readonly auditLog: AuditLog | undefined;
  /** Why no opening comes from it though it is configured. */
  readonly problem: string | undefined;
}

/** Looks at the table of the audit log: it counts once it is there with the columns that are named. */
export async function readAuditLog(
  session: Session,
  schemas: Schemas,
  { auditLog: wanted, auditLogLacks = [] }: AnalyticsSettings,
): Promise<AuditLogState> {
  if (auditLogLacks.length > 0) return { auditLog: undefined, problem: lackOf(auditLogLacks) };
  if (wanted === undefined) return { auditLog: undefined, problem: undefined };
  const { schema, table, time, member, object, event, opens, status, succeeded } = wanted;
  const found = await session.query<{ name: string | null; is_time: boolean | null }>(
    `select a.attname as name, a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) as is_time
       from (select to_regclass($1) as oid) t
       left join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      where t.oid is not null`,
    [quoteTable(schema, table)],
  );
  const where = `${schema}.${table}`;
  if (found.length === 0)
    return { auditLog: undefined, problem: `There is no table ${where} yet: its export has loaded nothing.` };
  const there = new Map(found.map(({ name, is_time }) => [name, is_time === true]));
  // The label of the status is known, but an export may leave the column out. Another name was set by hand.
  const named = status === undefined || status === DEFAULT_STATUS ? [] : [status];
  const missing = [...new Set([time, member, object, event, ...named])].filter((name) => !there.has(name));
  if (missing.length > 0) {
    const problem = `${where} has no column ${listed(missing)}: see analytics.audit_log.`;
    return { auditLog: undefined, problem };
  }
  const auditLog: AuditLog = {
    table: quoteTable(schema, table),
    time: quoteName(time),
    hasTimes: there.get(time) === true,
    member: quoteName(member),
    object: quoteName(object),
    event: quoteName(event),
    opens,
    ...(status !== undefined && there.has(status) && { status: quoteName(status) }),
    ...(succeeded !== undefined && { succeeded }),
  };
  return { auditLog, problem: await problemOf(session, schemas, auditLog, where) };
}

/** @param lacks settings without a value; formerly each had a default, of a schema that nobody had seen */
function lackOf(lacks: readonly string[]): string {
  const former: Readonly<Record<string, string>> = { time: 'created_at', object: 'object' };
  return (
    `analytics.audit_log needs ${listed(lacks)}, and is left out: Sigma documents no labels for ${lacks.length > 1 ? 'them' : 'it'}, so there is no default any more ` +
    `(it was ${listed(lacks.map((name) => former[name] ?? name))}). "sigma-sync exports discover" shows those of your log.`
  );
}

/** Why not one row is an opening of something that is known; undefined where one is. */
async function problemOf(
  session: Session,
  schemas: Schemas,
  log: AuditLog,
  where: string,
): Promise<string | undefined> {
  const { target } = schemas;
  const opened = `from ${log.table} a where ${opensOf(log)}`;
  const [row] = await session.query<{ any: boolean; opens: boolean; known: boolean }>(
    `select exists (select from ${log.table}) as any, exists (select ${opened}) as opens,
            exists (select ${opened} and a.${log.object}::text in (
              ${eachDocument(({ rows, prefix, id }) => `select unnest(array[d.${id}, d.${prefix}_url_id]) from ${quoteTable(target, rows)} d`)}
              union all select f.id from ${quoteTable(target, 'files')} f)) as known`,
  );
  if (row?.any !== true) return `${where} is empty.`;
  if (row.known) return strangersOf(session, schemas, log, where);
  if (row.opens)
    return `No opening in ${where} names a document or file that is known: analytics.audit_log.object must be the column with their ids.`;
  const kinds = await session.query<{ kind: string }>(
    `select distinct upper(a.${log.event}::text) as kind from ${log.table} a where upper(a.${log.event}::text) = any ($1) order by 1`,
    [CATEGORIES],
  );
  const isMeant = kinds.some(({ kind }) => log.opens.some((open) => open.toUpperCase() === kind));
  const [tried] = isMeant
    ? await session.query(
        `select 1 from ${log.table} a where ${opensOf({ ...log, status: undefined })} limit 1`,
      )
    : [];
  if (tried !== undefined)
    return `No opening in ${where} succeeded: analytics.audit_log.succeeded is ${listed(log.succeeded ?? [])}, and ${log.status ?? ''} holds none of it.`;
  if (isMeant) return `No opening in ${where} has a time: see analytics.audit_log.time.`;
  const has = kinds.length === 0 ? 'no category of Sigma' : listed(kinds.map(({ kind }) => kind));
  return `Not one row of ${where} counts as an opening: analytics.audit_log.opens is ${listed(log.opens)}, and ${log.event} holds ${has}.`;
}

/** Why nobody in the log is recognised, where privacy settings are why. */
async function strangersOf(
  session: Session,
  { target, state }: Schemas,
  log: AuditLog,
  where: string,
): Promise<string | undefined> {
  const [row] = await session.query<{ rule: string | null; form: string | null; known: boolean }>(
    `select (select p.rules ->> 'email' from ${quoteTable(state, 'privacy')} p where p.stream = 'members') as rule,
            (select case when a.${log.member}::text like 'hmac:%' then 'hash' when a.${log.member}::text like '%@%' then 'plain' end
               from ${log.table} a where a.${log.member} is not null limit 1) as form,
            exists (select from ${log.table} a join ${quoteTable(target, 'members')} m
                        on m.member_id = a.${log.member}::text or lower(m.email) = lower(a.${log.member}::text)) as known`,
  );
  const { rule = null, form = null, known = true } = row ?? {};
  const isSame = (rule === null && form === 'plain') || (rule === 'hash' && form === 'hash');
  if (known || form === null || isSame) return undefined;
  const how =
    rule === 'drop'
      ? 'analytics.audit_log.member must be a column with ids of members'
      : 'hash both, members.email and that column of the export, and equal addresses are equal again';
  return `Nobody in ${where} is recognised by ${log.member}, because privacy settings hide addresses on one side alone: ${how}. Until then openings count for documents, and not for members.`;
}
