/** The data of the digest: asked of the analytics schema, the change log and the run book, in one transaction. */

import {
  type Database,
  limitStatements,
  quoteTable,
  readOnly,
  type Session,
} from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import type { Schemas } from '../../state/schemas.ts';
import { analyticsSchema } from '../model.ts';
import { models } from '../model-catalogue.ts';
import { readLimits } from '../read-limits.ts';
import { tune } from '../tune.ts';
import { askChanges, askGrowth } from './ask-changes.ts';
import { askContent, askExposure, askLicences, askSchedules } from './ask-content.ts';
import { askSync } from './ask-sync.ts';
import type { Report } from './digest.ts';
import { digestAsker, type ReportRequest } from './digest-asker.ts';

/**
 * Asks for the digest of a time.
 *
 * @throws ConfigError where there are no answers yet; DatabaseError
 */
export async function reportOf(database: Database, request: ReportRequest): Promise<Report> {
  const { schemas, from, to } = request;
  return readOnly(database, async (session) => {
    await tune(session);
    if (request.limitMs !== undefined) await limitStatements(session, request.limitMs);
    await requireAnswers(session, schemas);
    const ask = digestAsker(session, request);
    const { historySince, unlogged, sync } = await askSync(session, request);
    const limits = (await readLimits(session, schemas)).map(
      ({ column, answers, effect }) => `Privacy settings hide ${column}. ${answers.join(', ')}: ${effect}`,
    );
    return {
      ...{ version: 1, from: from.toISOString(), to: to.toISOString(), historySince, unlogged, sync },
      ...(limits.length === 0 ? {} : { limits }),
      growth: await askGrowth(ask),
      ...(await askChanges(ask)),
      ...(await askContent(ask)),
      exposure: await askExposure(ask),
      licences: await askLicences(ask),
      schedules: await askSchedules(ask),
    };
  });
}

/** @throws ConfigError that says how to get answers. */
async function requireAnswers(session: Session, schemas: Schemas): Promise<void> {
  const book = quoteTable(schemas.state, 'analytics');
  const views = models
    .filter(({ kind }) => kind !== 'function')
    .map(({ name }) => quoteTable(analyticsSchema(schemas), name));
  const [missing] = await session.query<{ n: number }>(
    'select count(*)::integer as n from unnest($1::text[]) x(name) where to_regclass(x.name) is null',
    [[book, ...views]],
  );
  const unfilled =
    missing?.n === 0
      ? await session.query(`select 1 from ${book} where kind = 'materialized' and refreshed_at is null`)
      : ['missing'];
  if (unfilled.length === 0) return;
  throw new ConfigError(`There are no answers in ${analyticsSchema(schemas)} yet.`, {
    advice: 'Run "sigma-sync sync" with analytics.enabled, or "sigma-sync analytics refresh" after a sync.',
  });
}
