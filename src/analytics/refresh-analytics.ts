/** The analytics schema as a whole: builds the models and refreshes them, one process at a time. */
import { sqlState } from '../core/database/database-error.ts';
import { describeError } from '../core/errors.ts';
import { readAuditLog } from './audit-log.ts';
import { analyticsBook, buildModels, type Detach } from './build.ts';
import type { AnalyticsSettings } from './compile-analytics.ts';
import { analyticsSchema } from './model.ts';
import { models } from './model-catalogue.ts';
import { type ModelRefresh, type RefreshContext, refreshModels } from './refresh-models.ts';

/** Input of a refresh: the models and their options follow from the settings. */
export interface AnalyticsRequest extends Omit<RefreshContext, 'models' | 'options'> {
  readonly settings: AnalyticsSettings;
  /** Called with each model before it is recreated. */
  readonly detach?: Detach | undefined;
}

/** The result of a refresh. */
export interface AnalyticsResult {
  /** Models that were created or recreated. */
  readonly built: readonly string[];
  /** Every materialized model in its order; empty where the schema could not be made. */
  readonly models: readonly ModelRefresh[];
  /** True where another process is refreshing them, and nothing was done. */
  readonly busy: boolean;
  /** Why no opening comes from the audit log that is configured. */
  readonly warning: string | undefined;
  /** Why the models could not be made. */
  readonly error: string | undefined;
}

/** Brings the schema up to date. It never throws: what fails is in the result and among the events. */
export async function refreshAnalytics(request: AnalyticsRequest): Promise<AnalyticsResult> {
  const { database, schemas, settings, events, signal } = request;
  const done = {
    built: [] as readonly string[],
    models: [] as readonly ModelRefresh[],
    busy: false,
    warning: undefined as string | undefined,
  };
  try {
    const lock = await database.tryLock(`${analyticsSchema(schemas)}: refresh`, () => undefined);
    if (lock === undefined) return { ...done, busy: true, error: undefined };
    try {
      const { staleDays, internalDomains } = settings;
      const { auditLog, problem } = await database.session((session) =>
        readAuditLog(session, schemas, settings),
      );
      if (problem !== undefined) {
        done.warning = problem;
        events.emit('analytics.openings', { problem });
      }
      const options = { staleDays, internalDomains, auditLog };
      const { created } = await database.transaction((session) =>
        buildModels(session, schemas, models, options, request.detach),
      );
      done.built = created;
      if (created.length > 0) events.emit('analytics.built', { models: created.length });
      done.models = await refreshModels({ ...request, models, options });
      if (await remakeEmptied(request, options)) await refreshModels({ ...request, models, options });
    } finally {
      await lock.release();
    }
    return { ...done, error: undefined };
  } catch (error) {
    const text = describeError(error);
    // An interrupt needs no message; the next sync goes on.
    if (signal?.aborted !== true) events.emit('analytics.failed', { model: 'all', error: text });
    return { ...done, error: text };
  }
}

/**
 * Recreates models that have statistics and no rows. Postgres keeps the statistics of an empty table, and these quote
 * values that may be hidden by now. If somebody reads such a model for longer, the next refresh tries again.
 *
 * @returns true if there were such models. @throws DatabaseError
 */
async function remakeEmptied(
  { database, schemas, detach }: AnalyticsRequest,
  options: RefreshContext['options'],
): Promise<boolean> {
  const book = analyticsBook(schemas);
  const emptied =
    'a.rows = 0 and exists (select from pg_stats s where s.schemaname = $1 and s.tablename = a.model)';
  const some = await database.session((session) =>
    session.query(`select 1 from ${book} a where ${emptied} limit 1`, [analyticsSchema(schemas)]),
  );
  if (some.length === 0) return false;
  const remade = database.transaction(async (session) => {
    await session.query(`set local lock_timeout = '1s'`);
    const rows = await session.query(`update ${book} a set definition = '' where ${emptied} returning 1`, [
      analyticsSchema(schemas),
    ]);
    if (rows.length > 0) await buildModels(session, schemas, models, options, detach);
    return rows.length > 0;
  });
  return remade.catch((error: unknown) => {
    if (sqlState(error) === '55P03') return false;
    throw error;
  });
}
