/** Failures of a statement or a connection: whether they pass, their meaning, and the remedy. */

/**
 * `passing`: the same may succeed a moment later, so the program repeats it and a user may. `lasting`: somebody has to
 * mend something first. `ours`: a mistake of sigma-sync.
 */
export type FailureKind = 'passing' | 'lasting' | 'ours';

/** The meaning of a failure, as a sentence without its end, and the remedy. */
export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly advice: string;
  /** Only other settings help, of ours or of the server: there is no point in waiting. */
  readonly inSettings?: true;
}

export const KEPT = 'Nothing was half-loaded: the transaction was rolled back';

/** Advice after a failure that passes. */
export const RERUN = `${KEPT}; run the same command again to continue.`;

const REPORT = `${KEPT}. This is a bug in sigma-sync: please report the whole message.`;

/** A failure that passes; `first` is the advice if it comes often. */
export function passing(message: string, first?: string): Failure {
  return { kind: 'passing', message, advice: first === undefined ? RERUN : `${first} ${RERUN}` };
}

/** A failure that lasts until somebody follows the advice. */
export function lasting(message: string, advice: string): Failure {
  return { kind: 'lasting', message, advice };
}

/** A failure that lasts until other settings are in force. */
export function inSettings(message: string, advice: string): Failure {
  return { ...lasting(message, advice), inSettings: true };
}

/** A mistake of sigma-sync. */
export function ours(message: string): Failure {
  return { kind: 'ours', message, advice: REPORT };
}

export const BROKEN = passing('The connection to the database broke');

/** Neither the server nor the role nor the pooler has another connection. */
export const NO_CONNECTION = passing(
  'The database has no connection left',
  'Raise the limit (max_connections, that of the role, or that of the pooler), or lower database.connections (SIGMA_SYNC_DATABASE_CONNECTIONS).',
);

export const FULL = 'Free some space, then run the same command again. Nothing was half-loaded.';

/** Advice if a pooler is in the way. */
export const NO_POOLER =
  'Behind a pooler, use the address of the server itself, or one whose pool_mode is session (docs/databases.md).';
