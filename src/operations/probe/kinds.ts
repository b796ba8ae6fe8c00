/** Describes a value without revealing it. */
import { isLongId, isShortId } from '../../sigma/ids.ts';

/** A kind of value. */
export type Kind =
  | 'long id'
  | 'short id'
  | 'inode id'
  | 'digits'
  | 'time'
  | 'text'
  | 'number'
  | 'boolean'
  | 'object'
  | 'list'
  | 'null';

/** Number of times each kind was met. */
export type Kinds = Map<Kind, number>;

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;
/** Prefix of the short id of a lineage node that is no element. */
const INODE = 'inode-';

/** The kind of a value. */
export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'object')
    return typeof value as 'number' | 'boolean' | 'object';
  const text = String(value);
  if (isLongId(text)) return 'long id';
  if (/^\d+$/.test(text)) return 'digits';
  if (text.startsWith(INODE) && isShortId(text.slice(INODE.length))) return 'inode id';
  if (isShortId(text)) return 'short id';
  return TIME.test(text) ? 'time' : 'text';
}

/** Counts one more of a kind. */
export function count<K>(counts: Map<K, number>, key: K, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

/** The kinds with their counts, the most frequent first. */
export function kindsText(kinds: ReadonlyMap<string, number>): string {
  const sorted = [...kinds].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted.map(([kind, number]) => `${kind} ${number}`).join(', ');
}

/**
 * True for what looks like the name of a field, and not like an id or a text of somebody's: an object may have such for
 * keys. Only these are ever shown: words of letters, of which no two begin side by side but in an abbreviation.
 */
export function isFieldName(name: string): boolean {
  return name.length <= 40 && /^[a-z]+(?:_?[A-Z]{1,4}[a-z]+|_[a-z]+)*[A-Z]{0,3}\d?$/.test(name);
}
