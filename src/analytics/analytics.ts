/** The analytics schema as a whole: builds the models and refreshes them, one process at a time. */
import { type Database, quoteName, quoteTable, type Session } from '../database/database.ts';
import { describeError } from '../errors.ts';
import type { EventBus } from '../events/bus.ts';
import type { Schemas } from '../state/migrate.ts';
import { buildModels } from './build.ts';
import { models } from './catalogue.ts';
import { type AuditLog, analyticsSchema, type ModelOptions } from './model.ts';
import { type ModelRefresh, refreshModels } from './refresh.ts';

/** What the settings say of the analytics schema. */
export interface AnalyticsSettings {
  readonly staleDays: number;
  readonly internalDomains: readonly string[];
  /** The audit log as an export loads it: columns by their names in its table. */
  readonly auditLog:
    | {
        readonly schema: string;
        readonly table: string;
        readonly time: string;
        readonly member: string;
        readonly object: string;
        readonly event: string;
        readonly opens: readonly string[];
      }
    | undefined;
}

/** What a refresh is made of. */
export interface AnalyticsRequest {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly settings: AnalyticsSettings;
  readonly events: EventBus;
  /** Milliseconds, for durations. */
  readonly now: () => number;
  /** Refresh also what has not changed. */
  readonly all?: boolean;
  readonly signal?: AbortSignal | undefined;
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

/**
 * Brings the schema up to date. What fails is in the result and among the events: answers that are old fail no sync.
 *
 * @throws what `signal` gives as its reason; DatabaseError where the database is gone.
 */
export async function refreshAnalytics(request: AnalyticsRequest): Promise<AnalyticsResult> {
  const { database, schemas, settings, events } = request;
  const lock = await database.tryLock(`${analyticsSchema(schemas)}: refresh`, () => undefined);
  if (lock === undefined) return { built: [], models: [], busy: true, error: undefined };
  try {
    const options = await database.session((session) => toOptions(session, settings));
    let built: readonly string[];
    try {
      ({ created: built } = await database.transaction((session) =>
        buildModels(session, schemas, models, options),
      ));
    } catch (error) {
      const text = describeError(error);
      events.emit('analytics.failed', { model: 'all', error: text });
      return { built: [], models: [], busy: false, error: text };
    }
    if (built.length > 0) events.emit('analytics.built', { models: built.length });
    return {
      built,
      models: await refreshModels({ ...request, models, options }),
      busy: false,
      error: undefined,
    };
  } finally {
    await lock.release();
  }
}

/** The audit log counts once its table is there with the columns that are named. */
async function toOptions(session: Session, settings: AnalyticsSettings): Promise<ModelOptions> {
  const { staleDays, internalDomains, auditLog: wanted } = settings;
  const options = { staleDays, internalDomains };
  if (wanted === undefined) return { ...options, auditLog: undefined };
  const { schema, table, time, member, object, event, opens } = wanted;
  const columns = [time, member, object, event];
  const [row] = await session.query<{ n: number }>(
    `select count(*)::integer as n from pg_attribute
      where attrelid = to_regclass($1) and attname = any ($2) and attnum > 0 and not attisdropped`,
    [quoteTable(schema, table), columns],
  );
  const there = row?.n === new Set(columns).size;
  const [quotedTime = '', quotedMember = '', quotedObject = '', quotedEvent = ''] = columns.map(quoteName);
  const auditLog: AuditLog = {
    ...{ table: quoteTable(schema, table), time: quotedTime, member: quotedMember },
    ...{ object: quotedObject, event: quotedEvent, opens },
  };
  return { ...options, auditLog: there ? auditLog : undefined };
}
