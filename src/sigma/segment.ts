/** Ids in paths: each stays one segment, whatever it holds, or nothing is asked for. */
import { type ErrorContext, LimitError } from '../core/errors.ts';
import { cut } from '../core/words.ts';

/**
 * An id as a segment of a path. Ids that can't be a segment are refused here, before they become part of an address.
 */
export function segment(id: string): string {
  // Half a character can't be encoded; an id with its replacement is nobody's.
  return encodeURIComponent(id.toWellFormed());
}

/** Characters of an id, encoded: long ones have 36, and servers refuse addresses of some thousand. */
const LONGEST_SEGMENT = 1000;

/**
 * Refuses a path whose address would name something else than it says: `.` and `..` are steps in an address, and an
 * empty segment is dropped by some servers.
 *
 * @param address the address made from the path.
 * @throws LimitError
 */
export function checkPath(path: string, address: URL, context: ErrorContext): void {
  const plain = path.replace(/[?#][\s\S]*$/, '');
  const segments = plain.split('/').slice(1);
  const isWhole = address.pathname === plain && segments.every((one) => one !== '');
  if (isWhole && segments.every((one) => one.length <= LONGEST_SEGMENT)) return;
  const shown = cut(plain, 200);
  throw new LimitError(`An id in ${shown} can't be part of an address, so nothing was requested.`, {
    context,
    advice: 'It is empty, a dot or two, or far too long; Sigma has no such ids.',
  });
}

/** True of an address of its own, with or without a scheme. */
export function isAddress(path: string): boolean {
  return /^(https?:)?\/\//i.test(path);
}
