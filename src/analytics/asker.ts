/** Lets pages and the digest query the analytics schema and the tables that it is made of. */
import { quoteTable, type Row, type Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsSchema } from './model.ts';

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** Names tables and asks; remembers the statements, for callers that show them. */
export interface Asker {
  /** A model of the analytics schema, a table of the state schema, a stream's table; quoted. */
  model(name: string): string;
  state(name: string): string;
  table(name: string): string;
  /** @throws DatabaseError */
  rows<T extends Row>(text: string, values?: Statement['values']): Promise<T[]>;
  /** The statements so far. */
  readonly statements: readonly Statement[];
}

/** Asks in this session. */
export function askerIn(session: Session, schemas: Schemas): Asker {
  const statements: Statement[] = [];
  return {
    model: (name) => quoteTable(analyticsSchema(schemas), name),
    state: (name) => quoteTable(schemas.state, name),
    table: (name) => quoteTable(schemas.target, name),
    rows(text, values = []) {
      statements.push({ text, values });
      return session.query(text, values);
    },
    statements,
  };
}
