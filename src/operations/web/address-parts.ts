/** Places in a listing, as they stand in an address. */
import { parseTime } from '../../core/times.ts';

/** `2026-11-24T02:15:00.123456Z~id`: a time to the microsecond and what tells two of one time apart. */
const POSITION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)~([\w-]{1,64})$/;

/** Undefined where the address has none, or something else. */
export function positionOf(text: string | undefined): { at: string; id: string } | undefined {
  const [, at, id] = POSITION.exec(text ?? '') ?? [];
  if (at === undefined || id === undefined || timeOf(at) === undefined) return undefined;
  return { at, id };
}

export function positionText({ at, id }: { readonly at: string; readonly id: string }): string {
  return `${at}~${id}`;
}

/** An id of Sigma's, of whatever kind. */
export const isId = (text: string): boolean => /^[\w-]{1,128}$/.test(text);

/** An id of a node of lineage: that of an element begins with its document and a colon. */
export const isNode = (text: string): boolean => /^[\w:-]{1,256}$/.test(text);

/** One of the words that are known, else undefined. */
export function oneOf<T extends string>(text: string | undefined, words: readonly T[]): T | undefined {
  return words.find((word) => word === text);
}

/** A time as a form sends it or as people write it, in UTC where no zone is given; undefined where it is none. */
export function timeOf(text: string | undefined): Date | undefined {
  return parseTime((text ?? '').trim());
}

/** Text of a form without what Postgres can't take, and no longer than anybody types. */
export function textOf(text: string | undefined): string | undefined {
  const clean = (text ?? '').toWellFormed().replaceAll('\0', '').trim().slice(0, 200);
  return clean === '' ? undefined : clean;
}
