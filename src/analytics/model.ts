/** The declaration of a model of the analytics schema. Everything about the model follows from it. */
import { quoteTable } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';

/** Values that models may depend on besides tables. A change recreates the models that use it. */
export interface ModelOptions {
  /** Days without being opened or changed after which something is stale. */
  readonly staleDays: number;
  /** Domains of e-mail addresses that are not external; empty: the most frequent one among members. */
  readonly internalDomains: readonly string[];
  /** The exported audit log, where it was loaded already. */
  readonly auditLog: AuditLog | undefined;
}

/** The columns that tell who opened what. */
export interface AuditLogColumns {
  readonly time: string;
  /** The member: id or e-mail address. */
  readonly member: string;
  /** Id of the object, long or short. */
  readonly object: string;
  /** Kind of event. */
  readonly event: string;
  /** Kinds of events that count as opening, in any case. */
  readonly opens: readonly string[];
  /** How the event ended; undefined where the table does not say, and every event counts. */
  readonly status?: string | undefined;
  /** Values of `status`, in any case, of events that count. An event without a value counts, too. */
  readonly succeeded?: readonly string[];
}

/** A table of audit events; its columns are quoted. */
export interface AuditLog extends AuditLogColumns {
  /** Table with its schema, each quoted. */
  readonly table: string;
  /** False where the column of the time has texts: an export widens to text what it can't read otherwise. */
  readonly hasTimes: boolean;
}

/** Names that a model's SQL is made of. All are quoted. */
export interface Names {
  /** Rows of a stream's table that are there: what stands behind FROM. */
  live(table: string): string;
  /** A stream's table, deleted rows included, or a function beside it. */
  raw(name: string): string;
  /** Another model, or an object of the analytics schema. */
  model(name: string): string;
  /** A table of the state schema. */
  state(table: string): string;
  readonly options: ModelOptions;
}

/** A view, a materialized view, or a function that returns rows. */
export interface Model {
  readonly name: string;
  readonly kind: 'view' | 'materialized' | 'function';
  /** The meaning of one row, and its purpose. */
  readonly about: string;
  /** Every column in order, with its comment; of a function its type, a colon and what it is. */
  readonly columns: Readonly<Record<string, string>>;
  /** Key of a materialized view. A refresh beside readers needs it. */
  readonly key?: readonly string[];
  /** Further indexes of a materialized view: columns, or expressions. None of names: an index takes 2,700 bytes of a text. */
  readonly indexes?: readonly string[];
  /** Columns of a materialized view with words (tsvector) that have an index. */
  readonly wordIndexes?: readonly string[];
  /** Streams, and models before this one, whose rows it is made of. */
  readonly inputs: readonly string[];
  /** A SELECT of one text whose change calls for a refresh where no row of the inputs changed. */
  readonly moves?: (names: Names) => string;
  /** Parameters of a function, as they stand in CREATE FUNCTION. */
  readonly parameters?: string;
  /** Language of a function; default sql. */
  readonly language?: 'sql' | 'plpgsql';
  /** Rows that the planner expects of a function it can't look into; default 1000. */
  readonly rows?: number;
  /**
   * Set for a function whose cost the planner guesses so high that a server with LLVM compiles it. That takes
   * seconds, even for one row. With this setting it stays out of the caller's plan.
   */
  readonly withoutJit?: true;
  /** The SELECT, or the body of the function. */
  sql(names: Names): string;
}

/** Columns of a function: name, SQL type and what it is. */
export function returnedColumns({ columns }: Model): { name: string; type: string; about: string }[] {
  return Object.entries(columns).map(([name, text]) => {
    const [type = '', ...about] = text.split(':');
    return { name, type, about: about.join(':').trim() };
  });
}

/** The schema of the models: `<target>_analytics`. */
export function analyticsSchema(schemas: Schemas): string {
  return `${schemas.target}_analytics`;
}

/** The names for given schemas. */
export function namesFor(schemas: Schemas, options: ModelOptions): Names {
  return {
    live: (table) => `(select * from ${quoteTable(schemas.target, table)} where _deleted_at is null)`,
    raw: (name) => quoteTable(schemas.target, name),
    model: (name) => quoteTable(analyticsSchema(schemas), name),
    state: (table) => quoteTable(schemas.state, table),
    options,
  };
}
