/** Grants, found by their id, by who has them and by what they are on. */
import type { Grant } from '../../entities.ts';
import { Ordered, Registry } from '../../store/ordered.ts';

export class GrantBook extends Registry<Grant> {
  readonly #by = new Map<string, Ordered<Grant>>();

  override add(grant: Grant): void {
    super.add(grant);
    for (const id of keysOf(grant)) {
      const list = this.#by.get(id) ?? new Ordered();
      this.#by.set(id, list);
      list.add(grant);
    }
  }

  override delete(grant: Grant): void {
    super.delete(grant);
    for (const id of keysOf(grant)) {
      const list = this.#by.get(id);
      list?.delete(grant);
      if (list?.length === 0) this.#by.delete(id);
    }
  }

  /** Direct grants of a member, of a team, or on an object; ids never collide between them. */
  of(id: string): Ordered<Grant> {
    return this.#by.get(id) ?? new Ordered();
  }

  /** Removes all grants of a member, of a team, or on an object. */
  deleteOf(id: string): void {
    for (const grant of this.of(id).toArray()) this.delete(grant);
  }
}

function keysOf({ memberId, teamId, inodeId }: Grant): string[] {
  return [memberId, teamId, inodeId].filter((id) => id !== null);
}
