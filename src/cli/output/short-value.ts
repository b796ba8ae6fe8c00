/** A value of a row in a few characters; `--json` has all of it. */
import { stringifyExact } from '../../core/exact-json.ts';

const LONGEST = 60;

/** A text as it is, anything else as JSON, and `-` where there is none. */
export function shortValue(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? '-' : (stringifyExact(value) ?? '');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
