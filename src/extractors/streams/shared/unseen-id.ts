import { createHash } from 'node:crypto';
import { entryText } from './entry-text.ts';

/**
 * The id of an entry of which no source shows a field: by whichever of the names it has, else by what it says, so that it
 * is kept and not rejected. An entry without an id is another one once it says something else.
 */
export function unseenId(...names: readonly string[]) {
  return (entry: Readonly<Record<string, unknown>>): string => {
    const found = names.map((name) => entryText(entry, name)).find((id) => id !== undefined);
    return (
      found ??
      createHash('sha256')
        .update(JSON.stringify(inOrder(entry)))
        .digest('hex')
        .slice(0, 32)
    );
  };
}

/** The same value whatever the order of its fields. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, one]) => [name, inOrder(one)]));
}
