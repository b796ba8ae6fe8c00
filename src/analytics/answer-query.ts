/** Answers an SQL question, read-only: the embedded database has no other client. */

import type { Answer } from '../core/database/answer.ts';
import { type Database, limitStatements, quoteName } from '../core/database/database.ts';
import { isConnectionLoss } from '../core/database/database-error.ts';
import { DatabaseError } from '../core/errors.ts';
import { meant } from '../core/nearest.ts';
import { catalogue } from '../extractors/catalogue.ts';
import { HISTORY_BEGINS } from '../state/changes-between.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsSchema } from './model.ts';
import { models } from './model-catalogue.ts';
import { answersNothing, ONE_AT_A_TIME, requireReading } from './only-reads.ts';

/**
 * Runs one statement that reads in a read-only transaction, with the schemas of the sync on the search path.
 *
 * @param limitMs ends a statement that takes longer.
 * @param example an organization to name in advice, where the question is to all of them.
 * @throws DatabaseError with what the database says of the statement, or where it is one that may do more than read;
 * ConfigError where it has no answer.
 */
export async function query(
  database: Database,
  schemas: Schemas,
  sql: string,
  {
    limitMs,
    example,
  }: { readonly limitMs?: number | undefined; readonly example?: Example | undefined } = {},
): Promise<Answer> {
  requireReading(sql);
  return database.transaction(async (session) => {
    await session.query('set transaction read only');
    if (limitMs !== undefined) await limitStatements(session, limitMs);
    await session.query(
      `set local search_path = ${[schemas.target, schemas.state, analyticsSchema(schemas)].map(quoteName).join(', ')}, pg_catalog`,
    );
    const answer = await session.queryForeign(sql).catch((error: unknown) => {
      throw refusal(error, schemas, example);
    });
    // SELECT without columns or rows.
    if (answer.columns.length === 0 && answer.rows.length === 0) throw answersNothing();
    return answer;
  });
}

/** The database's words on the statement, and the remedy; the error itself if the connection is gone. */
function refusal(error: unknown, schemas: Schemas, example: Example | undefined): unknown {
  const cause = error instanceof DatabaseError ? error.cause : error;
  // A parameter without a value is said to break the protocol; it breaks nothing.
  if (isConnectionLoss(cause) && saidBy(cause).code !== '08P01') return error;
  const said = cause instanceof Error ? cause.message : String(cause);
  const advice = adviceOn(cause, schemas, example);
  return new DatabaseError(`The query failed: ${said.replace(/\.$/, '')}.`, {
    cause,
    ...(advice === undefined ? {} : { advice }),
  });
}

/** By the code of the error: what is missing, what was meant, or what was refused. */
function adviceOn(cause: unknown, schemas: Schemas, example: Example | undefined): string | undefined {
  const { code, hint, message } = saidBy(cause);
  const { target, state } = schemas;
  // Over all organizations there is one schema.
  const isOverAll = target === state;
  switch (code) {
    case '08P01':
      return 'Parameters such as $1 have no value here: write values into the query.';
    case '42P01':
      if (isOverAll)
        return `${guess(String(message), TABLES)}Over all organizations there is one view for each stream and model in ${target}; "sigma-sync migrate" makes them. --organization queries one of them.`;
      return `${guess(String(message), [...TABLES, ...FUNCTIONS])}Tables are in ${target} (one per stream) and ${state}, models in ${analyticsSchema(schemas)}; the first "sigma-sync sync" makes them. Those of exports are in a schema of their own (sigma_data).`;
    case '3F000':
    case '42883':
      if (!isOverAll) break;
      return `Functions answer for one organization: add --organization ${example?.name ?? 'NAME'}, or write its schema, as in ${example?.schema ?? `${target}_NAME`}.effective_access().`;
    case '57014':
      return 'Ask for less, or allow more time with --timeout. A limit of the role (statement_timeout) applies, too.';
    case '25006':
      return 'Only reading is allowed.';
    case 'P0002':
      if (/^The history of \S+ goes back to/.test(String(message))) return HISTORY_BEGINS;
      break;
    case '42601':
      if (String(message).includes('multiple commands')) return ONE_AT_A_TIME;
  }
  return typeof hint === 'string' && hint !== '' ? hint : undefined;
}

const TABLES = [...catalogue, ...models.filter(({ kind }) => kind !== 'function')].map(({ name }) => name);
const FUNCTIONS = models.filter(({ kind }) => kind === 'function').map(({ name }) => `${name}()`);

/** Names the table or model that is nearest to the one that is missing, where one is near. */
function guess(message: string, names: readonly string[]): string {
  const missing = /"(?:[^".]*\.)?([^"]*)"/.exec(message)?.[1] ?? '';
  const one = meant(names, missing);
  return one === undefined ? '' : `Did you mean ${one}? `;
}

function saidBy(cause: unknown): Said {
  return typeof cause === 'object' && cause !== null ? cause : {};
}

/** One organization of several, and the schema of its tables. */
interface Example {
  readonly name: string;
  readonly schema: string;
}

/** Fields that a driver's error may have. */
interface Said {
  readonly code?: unknown;
  readonly hint?: unknown;
  readonly message?: unknown;
}
