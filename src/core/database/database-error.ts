/** Turns what a driver throws into one sentence with a fix. */
import { DatabaseError, SigmaSyncError } from '../errors.ts';
import { codeOf } from '../network.ts';

type Hint = readonly [message: string, advice: string];

/** What to do after any failure in the middle of a run. */
export const RERUN =
  'Nothing was half-loaded: the transaction in hand was rolled back; run the same command again to continue.';

const NOT_WRITABLE: Hint = [
  'The folder of the embedded database may not be written',
  'Set database.directory (SIGMA_SYNC_DIRECTORY) to a folder you may write to.',
];

/** By SQLSTATE (five characters, or the class of two) or by the operating system's error code. */
const HINTS: Readonly<Record<string, Hint>> = {
  '28P01': ['The database refused the password', 'Correct the password in DATABASE_URL.'],
  '28000': ['The database refused the login', 'Check user, host and pg_hba rules of DATABASE_URL.'],
  '3D000': ['The database does not exist', 'Create it (createdb NAME) or correct DATABASE_URL.'],
  '42501': [
    'The database user lacks a right',
    'Grant it CREATE and TEMPORARY on the database where the schemas are yet to be made, else use the user that they belong to; "sigma-sync check" tells which.',
  ],
  '53100': ['The database server ran out of disk space', `Free some space. ${RERUN}`],
  '53300': ['The database has no connection left', 'Raise max_connections or run at another time.'],
  '54000': [
    'A value or a row is larger than Postgres can store',
    'Load fewer or smaller columns, for instance by hiding wide ones of the element in Sigma.',
  ],
  '54011': [
    'A table would have more columns than Postgres can hold',
    'Load fewer columns, for instance by hiding some of the element in Sigma.',
  ],
  '25006': ['The database is read-only', 'Point DATABASE_URL at the primary server.'],
  '57P01': ['The database server closed the connection (shutdown)', RERUN],
  '57P02': ['The database server crashed', RERUN],
  '57P03': ['The database server is starting up', 'Try again in a moment.'],
  '57014': ['The database cancelled the statement', `Raise statement_timeout. ${RERUN}`],
  '08': ['The connection to the database broke', RERUN],
  ECONNREFUSED: [
    'No database server answers there',
    'Check host and port in DATABASE_URL and that the server runs; without DATABASE_URL the embedded database is used.',
  ],
  ENOTFOUND: ['The database host name does not resolve', 'Correct the host in DATABASE_URL.'],
  EAI_AGAIN: ['The database host name does not resolve', 'Check the network and the host in DATABASE_URL.'],
  ETIMEDOUT: ['The database does not answer', 'Check host, port and firewall of DATABASE_URL.'],
  ECONNRESET: ['The connection to the database broke', RERUN],
  EPIPE: ['The connection to the database broke', RERUN],
  ENOSPC: ['The disk of the embedded database is full', `Free some space. ${RERUN}`],
  EACCES: NOT_WRITABLE,
  ENOTDIR: NOT_WRITABLE,
  EEXIST: NOT_WRITABLE,
  EROFS: NOT_WRITABLE,
};

/** True where the driver says that the connection, not the statement, was the problem. */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : '';
  return (
    /^(08|57P0)/.test(code) || /ECONNRESET|EPIPE|Connection terminated|not queryable/i.test(`${code} ${text}`)
  );
}

/** True where advice fits the cause: a right, a full disk, a connection. */
export function isExplained(error: unknown): boolean {
  const code = codeOf(error);
  return HINTS[code] !== undefined || HINTS[code.slice(0, 2)] !== undefined || FULL.test(String(error));
}

const FULL = /no space left|could not extend file|ENOSPC/i;

/** The error as a DatabaseError with advice; errors of our own family pass through. */
export function toDatabaseError(error: unknown, doing: string): Error {
  if (error instanceof SigmaSyncError) return error;
  const code = codeOf(error);
  const text = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
  const lost = isConnectionLoss(error) ? HINTS['08'] : undefined;
  const full = FULL.test(text) ? HINTS['53100'] : undefined;
  const [message, advice] = HINTS[code] ??
    full ??
    HINTS[code.slice(0, 2)] ??
    lost ?? ['The database failed', RERUN];
  return new DatabaseError(`${message} while ${doing}: ${text}.`.replace(/\.+$/, '.'), {
    cause: error,
    advice,
  });
}

/** SQLSTATE that the server gave; undefined where it is no error of the database, or the connection failed. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

/** What a statement does, for a message: the comment it begins with, else its beginning. */
export function describeStatement(sql: string): string {
  const text = sql.replace(/\s+/g, ' ').trim();
  const comment = /^\/\* (.*?) \*\//.exec(text)?.[1];
  return comment ?? `running ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}
