/** Grants, found by their id, by who has them and by what they are on. */
import type { Stamped } from '../../store/entry.ts';
import { Lists, type Ordered, Registry } from '../../store/ordered.ts';
import { oneOf } from '../../store/store.ts';

export interface Grant extends Stamped {
  readonly inodeId: string;
  readonly inodeType:
    | 'workbook'
    | 'report'
    | 'folder'
    | 'data-model'
    | 'dataset'
    | 'connection'
    | 'connection-path';
  readonly memberId: string | null;
  readonly teamId: string | null;
  permission: string;
}

export class GrantBook extends Registry<Grant> {
  readonly #by = new Lists<Grant>();

  override add(grant: Grant): void {
    super.add(grant);
    for (const id of keysOf(grant)) this.#by.add(id, grant);
  }

  override delete(grant: Grant): void {
    super.delete(grant);
    for (const id of keysOf(grant)) this.#by.delete(id, grant);
  }

  /** Direct grants of a member, of a team, or on an object; ids never collide between them. */
  of(id: string): Ordered<Grant> {
    return this.#by.of(id);
  }

  /** Removes all grants of a member, of a team, or on an object. */
  deleteOf(id: string): void {
    for (const grant of this.of(id).toArray()) this.delete(grant);
  }
}

function keysOf({ memberId, teamId, inodeId }: Grant): string[] {
  return [memberId, teamId, inodeId].filter((id) => id !== null);
}

export const grantsOf = oneOf(() => new GrantBook());
/** Grants on connections and their paths, which have lists of their own and are not among the others. */
export const connectionGrantsOf = oneOf(() => new GrantBook());
