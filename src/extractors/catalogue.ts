/** All streams, in the order in which they are shown. */
import type { Stream } from './stream.ts';
import { areas } from './streams.generated.ts';

export { areas };

export const catalogue: readonly Stream[] = Object.values(areas).flat();

/** The named streams with every ancestor they are planned from, in catalogue order. */
export function withAncestors(streams: readonly Stream[], names: ReadonlySet<string>): Stream[] {
  const wanted = new Set<string>();
  const add = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const parent of streams.find((stream) => stream.name === name)?.parents ?? []) add(parent);
  };
  for (const name of names) add(name);
  return streams.filter((stream) => wanted.has(stream.name));
}
