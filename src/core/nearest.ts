/** Suggests a name for a mistyped one. */

/** `pageSize`, `page-size` and `page_size` are the same mistake away from each other: none. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

/** The known names ranked by how far `name` is from them, the nearest first. */
export function ranked(
  known: readonly string[],
  name: string,
): readonly { readonly name: string; readonly distance: number }[] {
  return known
    .map((candidate) => ({ name: candidate, distance: editDistance(plain(name), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
}

/** The known name that was surely meant; undefined where none is near, or several are. */
export function meant(known: readonly string[], name: string): string | undefined {
  const [first] = ranked(known, name);
  if (first !== undefined && first.distance <= Math.max(2, Math.floor(name.length / 3))) return first.name;
  const [one, ...others] = containing(known, name);
  return others.length === 0 ? one : undefined;
}

/** The known names of which `name` is a part. */
function containing(known: readonly string[], name: string): readonly string[] {
  return name.length > 3 ? known.filter((candidate) => plain(candidate).includes(plain(name))) : [];
}

/** ` Did you mean members?`, or the three nearest where none is near. */
export function suggestion(known: readonly string[], name: string): string {
  const one = meant(known, name);
  if (one !== undefined) return ` Did you mean ${one}?`;
  const parts = containing(known, name);
  if (parts.length > 1 && parts.length <= 5)
    return ` Did you mean ${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}?`;
  const nearest = ranked(known, name).slice(0, 3);
  if (nearest.length === 0) return '';
  return ` The nearest ${nearest.length === 1 ? 'is' : 'are'} ${nearest.map((near) => near.name).join(', ')}.`;
}

/** Insertions, deletions and substitutions that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
