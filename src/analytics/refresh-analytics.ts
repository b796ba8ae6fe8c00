/** The analytics schema as a whole: builds the models and refreshes them, one process at a time. */
import { quoteName, quoteTable, type Session } from '../core/database/database.ts';
import { describeError } from '../core/errors.ts';
import { buildModels } from './build.ts';
import { models } from './model-catalogue.ts';
import { type AuditLog, analyticsSchema, type ModelOptions } from './model.ts';
import { type ModelRefresh, type RefreshContext, refreshModels } from './refresh-models.ts';
import type { AnalyticsSettings } from './compile-analytics.ts';

/** What a refresh is made of: the models and their options follow from the settings. */
export interface AnalyticsRequest extends Omit<RefreshContext, 'models' | 'options'> {
  readonly settings: AnalyticsSettings;
}

/** What a refresh did. */
export interface AnalyticsResult {
  /** Models that were made, or made anew. */
  readonly built: readonly string[];
  /** Every materialized model in its order; empty where the schema could not be made. */
  readonly models: readonly ModelRefresh[];
  /** True where another process is at it, and nothing was done. */
  readonly busy: boolean;
  /** Why the models could not be made. */
  readonly error: string | undefined;
}

/** Brings the schema up to date. It never throws: what fails is in the result and among the events. */
export async function refreshAnalytics(request: AnalyticsRequest): Promise<AnalyticsResult> {
  const { database, schemas, settings, events, signal } = request;
  const done = { built: [] as readonly string[], models: [] as readonly ModelRefresh[], busy: false };
  try {
    const lock = await database.tryLock(`${analyticsSchema(schemas)}: refresh`, () => undefined);
    if (lock === undefined) return { ...done, busy: true, error: undefined };
    try {
      const options = await database.session((session) => toOptions(session, settings));
      const { created } = await database.transaction((session) =>
        buildModels(session, schemas, models, options),
      );
      done.built = created;
      if (created.length > 0) events.emit('analytics.built', { models: created.length });
      done.models = await refreshModels({ ...request, models, options });
    } finally {
      await lock.release();
    }
    return { ...done, error: undefined };
  } catch (error) {
    const text = describeError(error);
    // Who interrupts knows why; the next sync goes on.
    if (signal?.aborted !== true) events.emit('analytics.failed', { model: 'all', error: text });
    return { ...done, error: text };
  }
}

/** The audit log counts once its table is there with the columns that are named. */
async function toOptions(session: Session, settings: AnalyticsSettings): Promise<ModelOptions> {
  const { staleDays, internalDomains, auditLog: wanted } = settings;
  const options = { staleDays, internalDomains };
  if (wanted === undefined) return { ...options, auditLog: undefined };
  const { schema, table, time, member, object, event, opens } = wanted;
  const columns = [time, member, object, event];
  const [row] = await session.query<{ n: number; times: boolean | null }>(
    `select count(*)::integer as n,
            bool_or(a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)) filter (where a.attname = $3) as times
       from pg_attribute a
      where a.attrelid = to_regclass($1) and a.attname = any ($2) and a.attnum > 0 and not a.attisdropped`,
    [quoteTable(schema, table), columns, time],
  );
  const there = row?.n === new Set(columns).size;
  const auditLog: AuditLog = {
    table: quoteTable(schema, table),
    time: quoteName(time),
    hasTimes: row?.times === true,
    member: quoteName(member),
    object: quoteName(object),
    event: quoteName(event),
    opens,
  };
  return { ...options, auditLog: there ? auditLog : undefined };
}
