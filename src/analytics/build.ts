/**
 * Brings the analytics schema to the state that the models declare: recreates models that differ, drops those that
 * are no models any more.
 */
import { createHash } from 'node:crypto';
import {
  ensureSchema,
  quoteLiteral,
  quoteName,
  quoteTable,
  runAll,
  type Session,
} from '../core/database/database.ts';
import { sqlState } from '../core/database/database-error.ts';
import { DatabaseError } from '../core/errors.ts';
import type { Schemas } from '../state/schemas.ts';
import {
  analyticsSchema,
  type Model,
  type ModelOptions,
  type Names,
  namesFor,
  returnedColumns,
} from './model.ts';

/** The result of a build. */
export interface BuildResult {
  /** Models that were created or recreated. */
  readonly created: readonly string[];
}

/** Takes a model out of what is made of it elsewhere and is made again by itself. In the transaction of the build. */
export type Detach = (session: Session, model: string) => Promise<void>;

/** A model with its statements. */
interface Definition {
  readonly model: Model;
  readonly hash: string;
  readonly statements: readonly string[];
}

/**
 * Creates models that are missing and recreates those whose declaration changed, with the models made of them. To be
 * run in a transaction. If views of others use such a model, nothing is changed.
 *
 * @param detach called with each model that goes.
 * @throws DatabaseError; one that names those views.
 */
export async function buildModels(
  session: Session,
  schemas: Schemas,
  models: readonly Model[],
  options: ModelOptions,
  detach: Detach = async () => undefined,
): Promise<BuildResult> {
  const schema = analyticsSchema(schemas);
  const names = namesFor(schemas, options);
  const book = names.state('analytics');
  const known = new Map(
    (
      await session.query<{ model: string; kind: Model['kind']; definition: string; there: boolean }>(
        `select a.model, a.kind, a.definition,
                case a.kind when 'function' then exists (
                       select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                        where n.nspname = $1 and p.proname = a.model)
                     else to_regclass(quote_ident($1) || '.' || quote_ident(a.model)) is not null end as there
           from ${book} a`,
        [schema],
      )
    ).map((row) => [row.model, row]),
  );
  const definitions = models.map((model) => define(model, names));
  const stale = new Set<string>();
  for (const { model, hash } of definitions) {
    const row = known.get(model.name);
    const same = row?.definition === hash && row.there;
    if (!same || model.inputs.some((input) => stale.has(input))) stale.add(model.name);
  }
  const gone = [...known.keys()].filter((name) => !models.some((model) => model.name === name));
  if (stale.size === 0 && gone.length === 0) return { created: [] };
  // A user who may not make schemas can use one that is there.
  await ensureSchema(session, schema);
  await session.query(
    `comment on schema ${quoteName(schema)} is 'Answers about the organization, made of the tables beside it; refreshed after each sync'`,
  );
  // A set keeps the order in which it was filled, which is that of the models.
  const drops = [...stale, ...gone].reverse().map((name) => {
    const kind = known.get(name)?.kind ?? models.find((model) => model.name === name)?.kind ?? 'view';
    return { name, sql: `drop ${KINDS[kind]} if exists ${quoteTable(schema, name)}` };
  });
  const wanted = definitions.filter(({ model }) => stale.has(model.name));
  const statements = [
    ...drops.map(({ name }) => `delete from ${book} where model = ${quoteLiteral(name)}`),
    ...wanted.flatMap((one) => one.statements),
    ...wanted.map(
      ({ model, hash }) =>
        `insert into ${book} (model, kind, definition, built_at) values (${quoteLiteral(model.name)}, '${model.kind}', '${hash}', now())`,
    ),
  ];
  for (const { name } of drops) {
    const row = known.get(name);
    if (row?.there === true && row.kind !== 'function') await detach(session, name);
  }
  await session.query('savepoint build');
  try {
    // A round trip for each of hundreds of statements takes longer than the statements.
    await runAll(session, [...drops.map(({ sql }) => sql), ...statements], 'making answers');
  } catch (error) {
    await session.query('rollback to savepoint build').catch(() => {
      throw error;
    });
    // One by one, the statement that fails says which model it is of, and what others made of it.
    for (const { name, sql } of drops) await drop(session, schema, name, sql);
    for (const statement of statements) await session.query(statement);
  }
  return { created: [...stale] };
}

/** Statements that create a model, its indexes and comments. */
function define(model: Model, names: Names): Definition {
  const name = names.model(model.name);
  const body = model.sql(names).trim();
  const about = quoteLiteral(model.about);
  const statements: string[] = [];
  if (model.kind === 'function') {
    const columns = returnedColumns(model);
    const returns = columns.map((column) => `${quoteName(column.name)} ${column.type}`).join(', ');
    const told = columns.map((column) => `${column.name}: ${column.about}`).join('; ');
    statements.push(
      `create function ${name}(${model.parameters ?? ''}) returns table (${returns})
       language ${model.language ?? 'sql'} stable${model.rows === undefined ? '' : ` rows ${model.rows}`}${model.withoutJit === true ? ' set jit = off' : ''} as ${quoteLiteral(model.language === 'plpgsql' ? `#variable_conflict use_column\n${body}` : body)}`,
      `comment on function ${name} is ${quoteLiteral(`${model.about} Columns: ${told}.`)}`,
    );
  } else {
    const entries = Object.entries(model.columns);
    const columns = entries.map(([column]) => quoteName(column)).join(', ');
    const kind = KINDS[model.kind];
    // Nothing is computed while the build holds its locks.
    const data = model.kind === 'materialized' ? '\nwith no data' : '';
    statements.push(
      `create ${kind} ${name} (${columns}) as\n${body}${data}`,
      `comment on ${kind} ${name} is ${about}`,
    );
    for (const [column, text] of entries) {
      statements.push(`comment on column ${name}.${quoteName(column)} is ${quoteLiteral(text)}`);
    }
    if (model.kind === 'materialized') {
      const key = (model.key ?? []).map(quoteName).join(', ');
      statements.push(`create unique index on ${name} (${key})`);
      for (const index of model.indexes ?? []) statements.push(`create index on ${name} (${index})`);
      for (const column of model.wordIndexes ?? [])
        statements.push(`create index on ${name} using gin (${quoteName(column)})`);
    }
  }
  return { model, hash: createHash('sha256').update(statements.join(';')).digest('hex'), statements };
}

/** SQL's names for the kinds of models. */
const KINDS: Readonly<Record<Model['kind'], string>> = {
  view: 'view',
  materialized: 'materialized view',
  function: 'function',
};

/** @throws DatabaseError that says what of others depends on it. */
async function drop(session: Session, schema: string, name: string, sql: string): Promise<void> {
  try {
    await session.query(sql);
  } catch (error) {
    throw sqlState(error) === DEPENDENT_OBJECTS ? usedByOthers(error, schema, name) : error;
  }
}

/** SQLSTATE of a DROP that others stand in the way of. */
const DEPENDENT_OBJECTS = '2BP01';

/** The owner of an object that depends on a model knows best how to make it again. */
function usedByOthers(error: unknown, schema: string, name: string): DatabaseError {
  const cause = error instanceof DatabaseError ? error.cause : undefined;
  const detail = cause instanceof Error && 'detail' in cause ? String(cause.detail) : '';
  const others = [...detail.matchAll(/^(.+) depends on .+$/gm)].map(([, other = '']) => other);
  return new DatabaseError(
    `${schema}.${name} must be recreated, but ${others.length === 0 ? 'something else' : others.join(', ')} depends on it. Nothing was changed.`,
    {
      cause: error,
      advice: 'Drop it, run "sigma-sync analytics refresh", and create it again.',
    },
  );
}

/** The table of the state schema that knows the models. */
export const analyticsBook = (schemas: Schemas): string => quoteTable(schemas.state, 'analytics');
