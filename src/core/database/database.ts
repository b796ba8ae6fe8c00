/**
 * The seam between our SQL and a driver. Everything above this file is the same over PostgreSQL and over the
 * embedded PGlite; a driver only has to run statements, run them in a transaction, and copy text in.
 */
import type { Answer } from './answer.ts';

/** A row as drivers return it. */
export type Row = Record<string, unknown>;

/** One connection in exclusive use. Valid only inside the callback it was handed to. */
export interface Session {
  /** Runs one statement. @throws DatabaseError */
  query<T extends Row = Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** Runs a text of somebody else's: where it holds more than one statement it is refused. @throws DatabaseError */
  queryForeign(sql: string): Promise<Answer>;
  /** Feeds `COPY … FROM STDIN` text, as UTF-8, to `target` (`table (columns)`). @throws DatabaseError */
  copyIn(target: string, chunks: readonly (Uint8Array | string)[]): Promise<void>;
  /**
   * Copies the chunks of `source` as they come; each chunk ends with a whole record. An error of `source` ends the
   * COPY and is rethrown. The transaction it ran in can then only be rolled back, to a savepoint at least.
   *
   * @returns the number of rows that were kept.
   * @throws DatabaseError
   */
  copyFrom(copy: CopyFrom, source: AsyncIterable<Uint8Array>): Promise<number>;
}

/** A COPY … FROM whose format is not plain text. */
export interface CopyFrom {
  /** `table (columns)`. */
  readonly into: string;
  /** The options in `with (…)`. */
  readonly options: string;
  /** Rows to keep; all of them without it. */
  readonly where?: string | undefined;
}

/** The statement of a COPY from `source`, as SQL names it. */
export function copyStatement({ into, options, where }: CopyFrom, source: string): string {
  return `copy ${into} from ${source} with (${options})${where === undefined ? '' : ` where ${where}`}`;
}

/** A lock that is held until released or until the connection dies. */
export interface Lock {
  /** Takes another one on the same connection; gives its release, or undefined where somebody else holds it. */
  tryAlso(name: string): Promise<(() => Promise<void>) | undefined>;
  /** Releases it and what was taken on its connection. */
  release(): Promise<void>;
}

/** Settings of a transaction. */
export interface TransactionOptions {
  /** True where it waits for something else, such as a download: such ones leave a connection for the others. */
  readonly long?: boolean;
}

/** A database a run writes to. */
export interface Database {
  readonly kind: 'postgres' | 'pglite';
  /** The place of the database, fit for a message: never with a password. */
  readonly label: string;
  /**
   * Lends one connection for the length of `work`. If the server ended its very first statement, `work` is done again
   * on another connection.
   */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Like `session`, inside one transaction (read committed): it commits when `work` resolves, else it rolls back. If
   * it collided with another transaction, or lost its connection before the commit, `work` runs again from its
   * beginning. Changes that `work` makes outside of the transaction must bear that.
   */
  transaction<T>(work: (session: Session) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Takes a lock held until released or until the connection dies; undefined where somebody else holds it.
   * `onLost` is called when the connection that holds it is gone.
   */
  tryLock(name: string, onLost: (error: Error) => void): Promise<Lock | undefined>;
  close(): Promise<void>;
}

/**
 * Runs `work` in a transaction of a session in exclusive use: committed when it resolves, else rolled back. Its
 * isolation is named, because a database may have another default.
 *
 * @param onCommit called before the commit is sent: if the connection breaks afterwards, nobody knows whether it was
 * committed.
 */
export async function inTransaction<T>(
  session: Session,
  work: (session: Session) => Promise<T>,
  onCommit: () => void = () => undefined,
): Promise<T> {
  await session.query('begin isolation level read committed');
  try {
    const result = await work(session);
    onCommit();
    await session.query('commit');
    return result;
  } catch (error) {
    // If the connection is gone, so is the transaction; the first error is the one to report.
    await session.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Runs `work` in a transaction that sees one moment and can't write. */
export async function readOnly<T>(database: Database, work: (session: Session) => Promise<T>): Promise<T> {
  return database.transaction(async (session) => {
    await session.query('set transaction isolation level repeatable read, read only');
    return work(session);
  });
}

/** Statements of a block: each costs less than a round trip, and a text of megabytes more than several. */
const MOST_IN_A_BLOCK = 200;

/**
 * Runs statements that give nothing, many at a time.
 *
 * @param doing words for a message of what they are for.
 * @throws DatabaseError
 */
export async function runAll(
  session: Session,
  statements: readonly string[],
  doing = 'running statements',
): Promise<void> {
  for (let i = 0; i < statements.length; i += MOST_IN_A_BLOCK) {
    const block = statements.slice(i, i + MOST_IN_A_BLOCK).join(';\n');
    // Both databases take a block for one statement.
    await session.query(`/* ${doing} */ do ${quoteLiteral(`begin\n${block};\nend`)}`);
  }
}

/**
 * Ends the statements of the transaction in hand that take longer, or of the session, for what runs in none. A stricter
 * limit of the role or the database holds.
 *
 * @throws DatabaseError
 */
export async function limitStatements(
  session: Session,
  ms: number,
  of: 'transaction' | 'session' = 'transaction',
): Promise<void> {
  await session.query(
    `select set_config('statement_timeout', $1::text, $2) from pg_settings
      where name = 'statement_timeout' and (setting::integer = 0 or setting::integer > $1::integer)`,
    [Math.ceil(ms), of === 'transaction'],
  );
}

/** True where the table is there. @throws DatabaseError */
export async function hasTable(session: Session, schema: string, name: string): Promise<boolean> {
  const rows = await session.query('select 1 from pg_tables where schemaname = $1 and tablename = $2', [
    schema,
    name,
  ]);
  return rows.length > 0;
}

/**
 * Creates a schema if it is missing. A user without the right to create one can use one that is there.
 *
 * @throws DatabaseError
 */
export async function ensureSchema(session: Session, name: string): Promise<void> {
  const there = await session.query('select 1 from pg_namespace where nspname = $1', [name]);
  if (there.length === 0) await session.query(`create schema if not exists ${quoteName(name)}`);
}

/** Format of `to_char` for ISO 8601, as an SQL literal; sessions are in UTC. */
export const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** `"name"`, quoted as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function quoteTable(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** `'text'`, quoted as an SQL literal, for the few statements that take no parameters (COMMENT). */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}
