/** Turns what a driver throws into one sentence with a fix. */
import { DatabaseError, SigmaSyncError } from '../errors.ts';
import { codeOf, networkFailure } from '../network.ts';
import { BAD_HANDSHAKE, CODES, NO_SOCKET, UNKNOWN, WORDS } from './connection-failures.ts';
import { type Failure, NO_CONNECTION, RERUN } from './failure.ts';
import { STATES } from './failures.ts';

export { RERUN };

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
  return failureOf(error) !== UNKNOWN;
}

/** The entry of the table of failures for an error of a driver. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  // If words say more than a code, the code stands for many things.
  if (code === '' || /^(08|28000|58|XX)/.test(code)) {
    const found = WORDS.find(([words]) => words.test(text))?.[1];
    if (found !== undefined) return found;
  }
  if (isAtSocket(error)) return NO_SOCKET;
  const known = CODES[code] ?? STATES[code] ?? STATES[code.slice(0, 2)];
  if (known !== undefined) return known;
  if (networkFailure(error) === 'tls') return BAD_HANDSHAKE;
  return UNKNOWN;
}

function isAtSocket(error: unknown): boolean {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'connect' &&
    'code' in error &&
    ['ENOENT', 'EACCES', 'ENOTSOCK', 'EPERM'].includes(String(error.code))
  );
}

/** The error as a DatabaseError with advice; errors of our own family pass through. */
export function toDatabaseError(error: unknown, doing: string): Error {
  if (error instanceof SigmaSyncError) return error;
  const text = (error instanceof Error ? messageOf(error) : String(error)).replace(/\s+/g, ' ');
  const { message, advice, kind, inSettings = false } = failureOf(error);
  return new DatabaseError(`${message} while ${doing}: ${text}.`.replace(/\.+$/, '.'), {
    ...{ cause: error, advice, kind, inSettings },
  });
}

/** Several addresses that failed have an error each and no message of their own. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
}

/** True where the server, the role or a pooler has no connection left. */
export function isScarce(error: unknown): boolean {
  return failureOf(error instanceof DatabaseError ? error.cause : error) === NO_CONNECTION;
}

/** SQLSTATE that the server gave; undefined where it is no error of the database, or the connection failed. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof DatabaseError)) return undefined;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
}

/** A statement's purpose, for a message: its leading comment, else its beginning. */
export function describeStatement(sql: string): string {
  const text = sql.replace(/\s+/g, ' ').trim();
  const comment = /^\/\* (.*?) \*\//.exec(text)?.[1];
  return comment ?? `running ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

/** Classes of SQLSTATE in which the server is the cause, and no table: connections, resources, a stop. */
const OF_THE_SERVER = /^(08|28|3D|53|57|58)/;

/** The failure of the database server that a text reports, as a sentence without its end; undefined without one. */
export function serverFailureIn(text: string): string | undefined {
  const ofServer = Object.entries(STATES).flatMap(([state, one]) => (OF_THE_SERVER.test(state) ? [one] : []));
  const known = [
    ...Object.values(CODES),
    ...WORDS.map(([, one]) => one),
    ...ofServer,
    NO_SOCKET,
    BAD_HANDSHAKE,
  ];
  return known.find(({ message }) => text.includes(`${message} while `))?.message;
}
