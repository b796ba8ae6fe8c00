/** Errors that end a whole run: after them no other unit can fare better. */
import {
  AuthError,
  causedBy,
  comeBackAt,
  DatabaseError,
  InterruptedError,
  LockedError,
} from '../core/errors.ts';

const FATAL: readonly (abstract new (...args: never[]) => Error)[] = [
  AuthError,
  DatabaseError,
  InterruptedError,
  LockedError,
];

/** True for those, and for mistakes of ours: a bug must not pass for a partition that failed. */
export function isFatal(error: unknown): boolean {
  if (FATAL.some((type) => causedBy(error, type)) || comeBackAt(error) !== undefined) return true;
  return !(error instanceof Error) || isBug(error);
}

function isBug(error: Error): boolean {
  return error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
}
