/** Applies privacy rules to an entry of the change log. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { keepDigits } from '../../core/exact-json.ts';
import type { StreamPrivacy } from './compile-privacy.ts';
import { type Hash, type MaskNode, mask, withoutHashes } from './mask.ts';

type Image = Readonly<Record<string, unknown>>;

/** The part of an entry that holds values. */
export interface LogEntry {
  readonly operation: string;
  /** Columns that an update changed; null for inserts and deletions. */
  readonly changed: readonly string[] | null;
  readonly before: Image | null;
  readonly after: Image | null;
}

/**
 * The entry as it may be kept: the same object where nothing in it is covered, undefined where it is an update that
 * changed nothing else.
 *
 * @param purge take out all hashes that there are: those of another key are as good as plain text, and join with nothing.
 */
export function maskLogEntry(
  entry: LogEntry,
  { columns, entry: fields }: Pick<StreamPrivacy, 'columns' | 'entry'>,
  hash: Hash,
  purge = false,
): LogEntry | undefined {
  const nodeOf = (name: string): MaskNode | undefined => (name === '_raw' ? fields : columns.get(name));
  const names = new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})]);
  const covered = [...names].filter((name) => purge || nodeOf(name) !== undefined);
  if (covered.length === 0) return entry;
  const before = new Map(Object.entries(entry.before ?? {}));
  const after = new Map(Object.entries(entry.after ?? {}));
  const gone = new Set<string>();
  for (const name of covered) {
    const node = nodeOf(name);
    for (const image of [before, after]) {
      if (!image.has(name)) continue;
      const kept = purge ? withoutHashes(image.get(name)) : image.get(name);
      const masked = node === undefined ? kept : mask(kept, node, hash);
      if (masked === undefined) gone.add(name);
      else image.set(name, masked);
    }
    if (entry.changed !== null && isDeepStrictEqual(before.get(name), after.get(name))) gone.add(name);
  }
  for (const name of gone) {
    before.delete(name);
    after.delete(name);
  }
  const changed = entry.changed?.filter((name) => !gone.has(name)) ?? null;
  if (changed?.length === 0) return undefined;
  const masked = {
    operation: entry.operation,
    changed,
    before: imageOf(entry.before, before),
    after: imageOf(entry.after, after),
  };
  return isDeepStrictEqual(masked, entry) ? entry : masked;
}

function imageOf(original: Image | null, values: ReadonlyMap<string, unknown>): Image | null {
  return original === null ? null : keepDigits(Object.fromEntries(values), original, ...values.values());
}
