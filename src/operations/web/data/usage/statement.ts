/** Statements over the analytics schema, which pages run and show. */
import { type Asker, askerIn, type Statement } from '../../../../analytics/asker.ts';
import { analyticsBook } from '../../../../analytics/build.ts';
import { analyticsSchema } from '../../../../analytics/model.ts';
import { tune } from '../../../../analytics/tune.ts';
import {
  type Database,
  limitStatements,
  quoteLiteral,
  type Session,
} from '../../../../core/database/database.ts';
import { sqlState } from '../../../../core/database/database-error.ts';
import { ConfigError, causedBy } from '../../../../core/errors.ts';
import type { Schemas } from '../../../../state/schemas.ts';
import { STATEMENT_MS } from '../ask.ts';

/** A result, and its statements. */
export interface Found<T> {
  readonly value: T;
  readonly statements: readonly Statement[];
  /** Last refresh of a model, which happens if its tables changed. */
  readonly refreshedAt: Date | null;
}

/** Last refresh of a model; undefined if the schema is missing, or the model was never refreshed. */
async function refreshedAt(session: Session, schemas: Schemas): Promise<Date | null | undefined> {
  const [row] = await session.query<{ ready: boolean; at: Date | null }>(
    `select coalesce(bool_and(c.relispopulated), false) as ready,
            (select max(b.refreshed_at) from ${analyticsBook(schemas)} b) as at
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'm'`,
    [analyticsSchema(schemas)],
  );
  return row?.ready === true ? row.at : undefined;
}

/** The statement as one can paste it: its parameters are literals. */
export function readable({ text, values }: Statement): string {
  // Before the parameters are in: a line of theirs is no line of the statement.
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.slice(1).map((line) => line.length - line.trimStart().length));
  const trimmed = lines.map((line, i) => (i === 0 ? line.trimStart() : line.slice(indent))).join('\n');
  const filled = trimmed.replace(/\$(\d+)/g, (whole, n: string) => {
    const value = values[Number(n) - 1];
    return value === undefined ? whole : typeof value === 'number' ? String(value) : quoteLiteral(value);
  });
  return `${filled};`;
}

/**
 * Runs `work` where there are answers; it may change nothing.
 *
 * @returns undefined where there are none yet.
 */
export async function asked<T>(
  database: Database,
  schemas: Schemas,
  work: (asker: Asker) => Promise<T>,
): Promise<Found<T> | undefined> {
  return whereAnswered(() =>
    database.transaction(async (session) => {
      await session.query('set transaction read only');
      await tune(session);
      await limitStatements(session, STATEMENT_MS);
      const at = await refreshedAt(session, schemas);
      if (at === undefined) return undefined;
      const asker = askerIn(session, schemas);
      const value = await work(asker);
      return { value, statements: asker.statements, refreshedAt: at };
    }),
  );
}

/** Runs a query on answers: undefined while one of the answers that it needs is missing. */
export async function whereAnswered<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (MISSING.has(sqlState(error) ?? '') || causedBy(error, ConfigError)) return undefined;
    throw error;
  }
}

/** A relation, function, column or schema that is not there, or a model without rows yet: an upgrade comes with its next refresh. */
const MISSING = new Set(['42P01', '42883', '42703', '3F000', '55000']);

/** A pattern of LIKE that finds a text anywhere. */
export const anywhere = (text: string): string =>
  `%${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
