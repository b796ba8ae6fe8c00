/** What the endpoints' shifts share. A shift takes away only what an earlier one brought. */
import type { HasOrder, Ordered } from './store/ordered.ts';

/** The first entry, where it was put in front of those the organization was made with. */
export function addedInFront<T extends HasOrder>(list: Ordered<T>): T | undefined {
  const first = list.at(0);
  return first !== undefined && first.order < 0 ? first : undefined;
}
